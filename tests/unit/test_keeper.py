"""When the place of a backfill is kept."""

import threading
from datetime import UTC, datetime

from cli.backfill.feed import Feed
from cli.backfill.keeper import Keeper
from cli.backfill.sums import Adding
from cli.backfill.wanted import Wanted
from core.aws.points import Point
from core.errors import Transient
from core.limits import BATCH_GET_MAX
from tests.listings import Shelf, keys, listed

BEGAN_AT = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_place_that_could_not_be_kept_is_kept_the_next_time() -> None:
    """It was not kept yet, although it is the same place."""
    names = keys(2 * BATCH_GET_MAX)
    feed = Feed(
        Shelf([listed(name) for name in names]),
        after=None,
        wanted=Wanted(),
        known=lambda _: set(),
        limit=BATCH_GET_MAX,
        sums=Adding(),
        wait=lambda _failures, _why: True,
        stop=threading.Event(),
    )
    for fed in feed:
        feed.done(fed)
    refusals = [Transient("no answer")]
    kept: list[Point | None] = []

    def keep(point: Point | None) -> None:
        if refusals:
            raise refusals.pop()
        kept.append(point)

    keeper = Keeper(keep, BEGAN_AT)
    for _ in range(3):
        with keeper.keeping(feed):
            pass

    assert kept == [Point(place=names[BATCH_GET_MAX - 1], began_at=BEGAN_AT)]
