"""Pushes of made-up members, by a worker's hands."""

from collections import Counter
from collections.abc import Callable, Sequence

from core.limits import HOUR_S
from core.model import (
    Bucket,
    Datum,
    ETag,
    Member,
    ObjectKey,
    ObjectRef,
    Outside,
)
from core.writers import Slot
from tests.e2e.hands import Hand, Hands
from tests.e2e.members import member_of


def ref_of(key: str) -> ObjectRef:
    """Answer a version of a key."""
    return ObjectRef(bucket=Bucket("logs"), key=ObjectKey(key), etag=ETag(f"etag-of-{key}"))


def member(key: str, data: Sequence[Datum], *, topic_arn: str | None = None, outside: Outside | None = None) -> Member:
    """Answer a member that sends `data`."""
    return member_of(ref_of(key), data, topic_arn=topic_arn, outside=outside)


def minutes(clock: Callable[[], float], n: int, *, service: str = "orders") -> list[Datum]:
    """`n` cells of one service, one error in the first, two in the second and so on."""
    this_minute = int(clock()) // 60 * 60
    return [Datum(this_minute - 60 * (n - i), service, i + 1) for i in range(n)]


def counts(*data: Datum) -> Counter[tuple[str, int]]:
    """Answer what CloudWatch holds of these."""
    counts: Counter[tuple[str, int]] = Counter()
    for datum in data:
        counts[datum.service or "", datum.at] += datum.count
    return counts


def push(hand: Hand, *members: Member) -> None:
    """Push members, and commit."""
    hand.pusher.intend(members)
    hand.pusher.finish()
    hand.pusher.rest()


def settle_all(hand: Hand, hands: Hands, *, hours: int = 2) -> None:
    """Let AWS's clock run on, with a round of settling every few minutes."""
    for _ in range(hours * 12):
        hands.clock.advance(HOUR_S / 12)
        hand.settler.round()


def outstanding(hand: Hand) -> list[Slot]:
    """Answer the slots with a push that is not over."""
    return [writer.slot for writer in hand.ledger.writers() if writer.outstanding is not None]
