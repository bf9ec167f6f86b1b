"""What a backfill is fed, in which order, and up to where it is done."""

import threading
from collections.abc import Iterator

import pytest

from cli.backfill.feed import LISTED_MAX
from cli.backfill.sources import Placed
from cli.backfill.sums import Adding
from cli.backfill.wanted import Wanted
from core.limits import BATCH_GET_MAX
from core.model import ObjectRef
from tests.feeds import all_of, feed_of, keys_of, knowing
from tests.listings import keys, listed

MANY = 300_000


def test_objects_are_fed_in_the_order_of_their_source() -> None:
    """Although what the ledger knows of them is asked side by side."""
    names = keys(7 * BATCH_GET_MAX + 1)

    assert keys_of(list(feed_of(all_of(names)))) == names


def test_what_the_ledger_knows_is_not_fed() -> None:
    """It was counted before, or by somebody else."""
    sums = Adding()

    fed = list(feed_of(all_of(["a", "b", "c"]), known=knowing("b"), sums=sums))

    assert keys_of(fed) == ["a", "c"]
    assert (sums.now().listed, sums.now().known) == (3, 1)


def test_what_is_not_wanted_is_neither_fed_nor_looked_up() -> None:
    """A look costs money."""
    looked_up: list[str] = []
    sums = Adding()

    def known(refs: list[ObjectRef]) -> set[ObjectRef]:
        looked_up.extend(ref.key for ref in refs)
        return set()

    fed = list(feed_of(all_of(["a.log", "b.txt", "c.log"]), wanted=Wanted(match="*.log"), known=known, sums=sums))

    assert keys_of(fed) == looked_up == ["a.log", "c.log"]
    assert (sums.now().listed, sums.now().unwanted) == (3, 1)


def test_a_full_chunk_is_looked_up_in_one_call() -> None:
    """A hundred is what one call to the ledger takes."""
    asked: list[int] = []

    def known(refs: list[ObjectRef]) -> set[ObjectRef]:
        asked.append(len(refs))
        return set()

    list(feed_of(all_of(keys(250)), known=known))

    assert sorted(asked) == [50, 100, 100]


def test_a_source_with_nothing_in_it_is_done_at_once() -> None:
    """And no place is kept for it."""
    feed = feed_of(all_of([]))

    assert list(feed) == []
    assert (feed.is_done, feed.place) == (True, None)


def test_the_place_waits_for_the_first_that_is_not_done() -> None:
    """Whatever is done behind it: the next pass must find it again."""
    feed = feed_of(all_of(keys(3 * BATCH_GET_MAX)))
    first, *others = list(feed)

    for fed in reversed(others):
        feed.done(fed)
    before = feed.place
    feed.done(first)

    assert before is None
    assert (feed.place, feed.is_done) == (keys(3 * BATCH_GET_MAX)[-1], True)


def test_something_left_never_lets_the_place_pass() -> None:
    """What could not be counted now is fed again by the next pass."""
    names = keys(3 * BATCH_GET_MAX)
    feed = feed_of(all_of(names))
    fed = list(feed)
    left = fed[BATCH_GET_MAX]  # the first of the second chunk

    for one in (one for one in fed if one is not left):
        feed.done(one)

    assert (feed.place, feed.is_done) == (names[BATCH_GET_MAX - 1], False)


def test_the_place_moves_where_everything_is_known() -> None:
    """Nobody has to count anything for it."""
    names = keys(2 * BATCH_GET_MAX)
    feed = feed_of(all_of(names), known=set)

    assert list(feed) == []
    assert (feed.place, feed.is_done) == (names[-1], True)


def test_the_place_moves_where_next_to_nothing_is_wanted() -> None:
    """A listing of millions must not begin anew because only its last file is wanted."""
    names = keys(2 * LISTED_MAX)
    feed = feed_of(all_of(names), wanted=Wanted(match=names[-1]))
    (fed,) = list(feed)

    assert fed.listed.ref.key == names[-1]
    assert feed.place == names[LISTED_MAX - 1]


def test_a_feed_goes_on_behind_its_place() -> None:
    """What is before it is not even listed."""
    sums = Adding()

    assert keys_of(list(feed_of(all_of(keys(10)), after=keys(10)[6], sums=sums))) == keys(10)[7:]
    assert sums.now().listed == 3


@pytest.mark.parametrize(("limit", "is_done"), [(1, False), (99, False), (150, False), (200, True), (201, True)])
def test_no_more_is_fed_than_the_limit(limit: int, is_done: bool) -> None:
    """It is done only if nothing is left behind the last of them."""
    feed = feed_of(all_of(keys(200)), limit=limit)

    fed = list(feed)
    for one in fed:
        feed.done(one)

    assert keys_of(fed) == keys(200)[:limit]
    assert feed.is_done is is_done


def test_a_limit_does_not_count_what_is_known() -> None:
    """Else the same command would never get any further."""
    assert keys_of(list(feed_of(all_of(["a", "b", "c"]), known=knowing("a"), limit=1))) == ["b"]


def test_a_feed_that_is_stopped_lists_no_further() -> None:
    """However little of a listing of millions is wanted."""
    stop = threading.Event()
    seen: list[str] = []

    def source(_: str | None) -> Iterator[Placed]:
        for name in keys(MANY):
            seen.append(name)
            if len(seen) == 10:
                stop.set()
            yield Placed(listed(name), name)

    feed = feed_of(source, wanted=Wanted(match="none"), stop=stop)

    assert list(feed) == []
    assert (len(seen), feed.is_done) == (10, False)
