"""How reports wait for each other on their way into one push."""

import time

from core.model import Bucket, Delivery, End, EndKind, ETag, MessageId, ObjectKey, ObjectRef, ReceiptHandle
from core.push import Gather

GONE = End(
    ref=ObjectRef(bucket=Bucket("b"), key=ObjectKey("k"), etag=ETag("e")), kind=EndKind.GONE, reason="was deleted"
)
DELIVERY = Delivery(
    message_id=MessageId("m"), receipt=ReceiptHandle("r"), body="", receive_count=1, sent_at=0.0, received_at=0.0
)
LINGER_S = 0.3


def test_what_lingers_is_waited_for_without_looking_all_the_time() -> None:
    """Longer than whoever takes it would wait for nothing: one slow file may keep the others for a minute."""
    looks = 0

    def looked_at() -> float:
        nonlocal looks
        looks += 1
        return time.monotonic()

    gather: Gather[Delivery] = Gather(linger_s=LINGER_S, expected=lambda: 2, clock=looked_at)
    gather.put(GONE, DELIVERY)
    before = time.monotonic()

    taken = gather.take(wait_s=0.01)

    assert [found.entry for found in taken] == [GONE]
    assert time.monotonic() - before >= LINGER_S - 0.01
    assert looks < 10


def test_nothing_is_taken_when_nothing_came() -> None:
    """For as long as one waits for it."""
    gather: Gather[Delivery] = Gather(linger_s=LINGER_S, expected=lambda: 1, clock=time.monotonic)

    assert gather.take(wait_s=0.01) == []


def test_nobody_lingers_for_others_when_the_worker_stops() -> None:
    """Its time is short."""
    gather: Gather[Delivery] = Gather(linger_s=3600.0, expected=lambda: 2, clock=time.monotonic)
    gather.put(GONE, DELIVERY)
    gather.hurry()

    assert len(gather.take(wait_s=0)) == 1
