"""What is held of a bucket with any number of objects."""

import tracemalloc
from collections.abc import Callable, Iterator, Sequence

import pytest

from cli.backfill.feed import LOOK_UPS
from cli.backfill.sources import Placed
from cli.backfill.wanted import Wanted
from core.limits import BATCH_GET_MAX, MIB
from core.model import ObjectRef
from tests.feeds import all_of, feed_of, nothing_known
from tests.listings import keys, listed

MANY = 300_000


def test_only_some_chunks_are_looked_up_ahead() -> None:
    """What was looked up long ago is not true any more."""
    source = all_of(keys(50 * BATCH_GET_MAX))
    looked_up: list[int] = []

    def known(refs: list[ObjectRef]) -> set[ObjectRef]:
        looked_up.append(len(refs))
        return set()

    feed = iter(feed_of(source, known=known))
    next(feed)

    assert len(looked_up) <= LOOK_UPS + 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wanted", "known"),
    [(Wanted(match="*99999"), nothing_known), (Wanted(), set)],
    ids=["few are wanted", "all are known"],
)
def test_nothing_is_held_of_what_has_gone_by(
    wanted: Wanted, known: Callable[[Sequence[ObjectRef]], set[ObjectRef]]
) -> None:
    """A bucket may hold any number of objects."""
    feed = feed_of(_many, wanted=wanted, known=known)
    tracemalloc.start()
    try:
        for fed in feed:
            feed.done(fed)
        _, peak_b = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert feed.is_done
    assert peak_b < 6 * MIB


@pytest.mark.slow
def test_next_to_nothing_is_held_behind_something_that_is_left() -> None:
    """One file that can't be counted now must not take memory for all that are counted after it."""
    names = (f"{number:0900}" for number in range(MANY // 3))
    feed = feed_of(lambda _: (Placed(listed(name), name) for name in names), known=lambda refs: set(refs[1:]))
    tracemalloc.start()
    try:
        fed = iter(feed)
        left = next(fed)
        for one in fed:
            feed.done(one)
        held_b, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    before = feed.place
    feed.done(left)

    assert held_b < MIB / 4
    assert (before, feed.place, feed.is_done) == (None, f"{MANY // 3 - 1:0900}", True)


def _many(_: str | None) -> Iterator[Placed]:
    return (Placed(listed(f"{number:06}"), f"{number:06}") for number in range(MANY))
