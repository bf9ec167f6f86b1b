"""What a backfill would come to, from what the listing and the ledger say: no file is read."""

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from cli.backfill.feed import Feed
from cli.backfill.sums import Adding
from cli.backfill.wanted import effect_of
from core.aws.objects import Listed
from core.costs import Charge, Prices, bill
from core.examine import named_time
from core.limits import DAY_S, MINUTE_S, WINDOW_BACK_S
from core.model import Effect

EPOCH: Final = datetime(2006, 3, 1, tzinfo=UTC)  # S3 is no older
FILE_S_MAX: Final = 7 * DAY_S  # that a file is taken to span; a name that says more names something else


class Estimate(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is there, and what counting it takes."""

    files: int  # to be counted
    bytes: int
    known: int  # counted before
    unwanted: int
    silent: int  # of the files: without an alert, whatever they hold
    outside_files: int  # of the files: last written before CloudWatch's two weeks, so none of their errors is pushed
    outside_minutes: int  # that such files cover, by their names and last changes
    oldest: datetime | None
    newest: datetime | None
    bill: tuple[Charge, ...]
    dollars: float


class _Minutes:
    """A set of minutes since S3 began, a byte each."""

    def __init__(self, until: datetime) -> None:
        self._is_in = bytearray(max(0, _minute(until)))

    def add(self, first: datetime, last: datetime) -> None:
        """Add the minutes from one to the other, but those that are not before the end."""
        start, stop = max(0, _minute(first)), min(_minute(last) + 1, len(self._is_in))
        if start < stop:
            self._is_in[start:stop] = b"\1" * (stop - start)

    def __len__(self) -> int:
        return self._is_in.count(1)


def estimate(
    feed: Feed, *, sums: Adding, effect: Effect | None, enqueue: bool, lists: bool, prices: Prices, now: datetime
) -> Estimate:
    """Add up what a feed brings; `lists`: by listing, not from an inventory. Raises what the feed raises."""
    edge = now - timedelta(seconds=WINDOW_BACK_S)
    outside = _Minutes(edge)
    files = size_b = silent = outside_files = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    for fed in feed:
        changed = fed.listed.last_modified
        files += 1
        size_b += fed.listed.size_b
        silent += effect_of(fed.listed, asked=effect, now=now) is not Effect.ALL
        oldest = changed if oldest is None else min(oldest, changed)
        newest = changed if newest is None else max(newest, changed)
        if changed < edge and effect is not Effect.NONE:
            outside_files += 1
            outside.add(_began(fed.listed), changed)
        feed.done(fed)
    seen = sums.now()
    charges = bill(
        listed=seen.listed if lists else 0,
        looked_up=seen.listed - seen.unwanted,
        files=files,
        rings_max=files - silent,
        pushes=effect is not Effect.NONE,
        enqueue=enqueue,
        prices=prices,
    )
    return Estimate(
        files=files,
        bytes=size_b,
        known=seen.known,
        unwanted=seen.unwanted,
        silent=silent,
        outside_files=outside_files,
        outside_minutes=len(outside),
        oldest=oldest,
        newest=newest,
        bill=charges,
        dollars=sum(charge.dollars for charge in charges),
    )


def _began(listed: Listed) -> datetime:
    """Answer when a file probably began: the time in its name, if it fits its last change."""
    named = named_time(listed.ref.key)
    fits = named is not None and timedelta() <= listed.last_modified - named <= timedelta(seconds=FILE_S_MAX)
    return named if named is not None and fits else listed.last_modified


def _minute(at: datetime) -> int:
    return int((at - EPOCH).total_seconds()) // MINUTE_S
