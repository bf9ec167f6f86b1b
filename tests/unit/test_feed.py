"""What a backfill is fed, in which order, and up to where it is done."""

import threading
import tracemalloc
from collections.abc import Callable, Iterator, Sequence

import pytest

from cli.backfill.feed import LISTED_MAX, LOOK_UPS, Fed, Feed
from cli.backfill.sources import Placed, Source
from cli.backfill.sums import Adding
from cli.backfill.wanted import Wanted
from core.errors import Denied, NotFound, Throttled, Transient
from core.limits import BATCH_GET_MAX, MIB
from core.model import ObjectRef
from tests.listings import Shelf, keys, listed

MANY = 300_000


def _nothing(_: Sequence[ObjectRef]) -> set[ObjectRef]:
    return set()


def _knowing(*known: str) -> Callable[[Sequence[ObjectRef]], set[ObjectRef]]:
    return lambda refs: {ref for ref in refs if ref.key in known}


def _feed(
    source: Source,
    *,
    after: str | None = None,
    wanted: Wanted | None = None,
    known: Callable[[list[ObjectRef]], set[ObjectRef]] = _nothing,
    limit: int | None = None,
    sums: Adding | None = None,
    wait: Callable[[int, Transient], bool] = lambda _failures, _why: True,
    stop: threading.Event | None = None,
) -> Feed:
    return Feed(
        source,
        after=after,
        wanted=wanted or Wanted(),
        known=known,
        limit=limit,
        sums=sums or Adding(),
        wait=wait,
        stop=stop or threading.Event(),
    )


def _keys(fed: Sequence[Fed]) -> list[str]:
    return [one.listed.ref.key for one in fed]


def _all_of(names: Sequence[str]) -> Shelf:
    return Shelf([listed(name) for name in names])


def test_objects_are_fed_in_the_order_of_their_source() -> None:
    """Although what the ledger knows of them is asked side by side."""
    names = keys(7 * BATCH_GET_MAX + 1)

    assert _keys(list(_feed(_all_of(names)))) == names


def test_what_the_ledger_knows_is_not_fed() -> None:
    """It was counted before, or by somebody else."""
    sums = Adding()

    fed = list(_feed(_all_of(["a", "b", "c"]), known=_knowing("b"), sums=sums))

    assert _keys(fed) == ["a", "c"]
    assert (sums.now().listed, sums.now().known) == (3, 1)


def test_what_is_not_wanted_is_neither_fed_nor_looked_up() -> None:
    """A look costs money."""
    looked_up: list[str] = []
    sums = Adding()

    def known(refs: list[ObjectRef]) -> set[ObjectRef]:
        looked_up.extend(ref.key for ref in refs)
        return set()

    fed = list(_feed(_all_of(["a.log", "b.txt", "c.log"]), wanted=Wanted(match="*.log"), known=known, sums=sums))

    assert _keys(fed) == looked_up == ["a.log", "c.log"]
    assert (sums.now().listed, sums.now().unwanted) == (3, 1)


def test_a_full_chunk_is_looked_up_in_one_call() -> None:
    """A hundred is what one call to the ledger takes."""
    asked: list[int] = []

    def known(refs: list[ObjectRef]) -> set[ObjectRef]:
        asked.append(len(refs))
        return set()

    list(_feed(_all_of(keys(250)), known=known))

    assert sorted(asked) == [50, 100, 100]


def test_a_source_with_nothing_in_it_is_done_at_once() -> None:
    """And no place is kept for it."""
    feed = _feed(_all_of([]))

    assert list(feed) == []
    assert (feed.is_done, feed.place) == (True, None)


def test_the_place_waits_for_the_first_that_is_not_done() -> None:
    """Whatever is done behind it: the next pass must find it again."""
    feed = _feed(_all_of(keys(3 * BATCH_GET_MAX)))
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
    feed = _feed(_all_of(names))
    fed = list(feed)
    left = fed[BATCH_GET_MAX]  # the first of the second chunk

    for one in (one for one in fed if one is not left):
        feed.done(one)

    assert (feed.place, feed.is_done) == (names[BATCH_GET_MAX - 1], False)


def test_the_place_moves_where_everything_is_known() -> None:
    """Nobody has to count anything for it."""
    names = keys(2 * BATCH_GET_MAX)
    feed = _feed(_all_of(names), known=set)

    assert list(feed) == []
    assert (feed.place, feed.is_done) == (names[-1], True)


def test_the_place_moves_where_next_to_nothing_is_wanted() -> None:
    """A listing of millions must not begin anew because only its last file is wanted."""
    names = keys(2 * LISTED_MAX)
    feed = _feed(_all_of(names), wanted=Wanted(match=names[-1]))
    (fed,) = list(feed)

    assert fed.listed.ref.key == names[-1]
    assert feed.place == names[LISTED_MAX - 1]


def test_a_feed_goes_on_behind_its_place() -> None:
    """What is before it is not even listed."""
    sums = Adding()

    assert _keys(list(_feed(_all_of(keys(10)), after=keys(10)[6], sums=sums))) == keys(10)[7:]
    assert sums.now().listed == 3


@pytest.mark.parametrize(("limit", "is_done"), [(1, False), (99, False), (150, False), (200, True), (201, True)])
def test_no_more_is_fed_than_the_limit(limit: int, is_done: bool) -> None:
    """It is done only if nothing is left behind the last of them."""
    feed = _feed(_all_of(keys(200)), limit=limit)

    fed = list(feed)
    for one in fed:
        feed.done(one)

    assert _keys(fed) == keys(200)[:limit]
    assert feed.is_done is is_done


def test_a_limit_does_not_count_what_is_known() -> None:
    """Else the same command would never get any further."""
    assert _keys(list(_feed(_all_of(["a", "b", "c"]), known=_knowing("a"), limit=1))) == ["b"]


def test_a_source_that_breaks_goes_on_behind_the_last_key() -> None:
    """Nothing is repeated, nothing lost, and nothing listed twice."""
    names = keys(300)
    source = Shelf([listed(name) for name in names], breaks_before=[names[0], names[150], names[151]])
    failures: list[int] = []

    def wait(count: int, _: Transient) -> bool:
        failures.append(count)
        return True

    assert _keys(list(_feed(source, wait=wait))) == names
    assert source.asked == [None, None, names[149], names[150]]
    assert failures == [1, 1, 1]  # each came after something had come


def test_failures_in_a_row_are_counted() -> None:
    """So that whoever waits can wait longer each time, and give up at last."""
    failures: list[int] = []

    def broken(_: str | None) -> Iterator[Placed]:
        raise Throttled("slow down")

    def wait(count: int, why: Transient) -> bool:
        failures.append(count)
        return count < 4

    feed = _feed(broken, wait=wait)

    assert list(feed) == []
    assert (failures, feed.is_done) == ([1, 2, 3, 4], False)


def test_a_look_that_fails_is_tried_again() -> None:
    """An object is never fed because nobody knows whether it was counted."""
    breaks = [Transient("no answer"), Throttled("slow down")]
    failures: list[int] = []

    def known(refs: list[ObjectRef]) -> set[ObjectRef]:
        if breaks:
            raise breaks.pop()
        return {ref for ref in refs if ref.key == "a"}

    def wait(count: int, _: Transient) -> bool:
        failures.append(count)
        return True

    assert _keys(list(_feed(_all_of(["a", "b"]), known=known, wait=wait))) == ["b"]
    assert failures == [1, 2]


def _denied(_: object) -> set[ObjectRef]:
    raise Denied("not permitted")


def _denied_source(_: str | None) -> Iterator[Placed]:
    raise Denied("not permitted")


@pytest.mark.parametrize(
    ("source", "known"), [(_denied_source, _nothing), (_all_of(keys(3)), _denied)], ids=["listing", "look-up"]
)
def test_what_is_not_permitted_is_said_at_once(
    source: Source, known: Callable[[list[ObjectRef]], set[ObjectRef]]
) -> None:
    """Waiting does not help: somebody must act."""
    waited: list[int] = []

    def wait(count: int, _: Transient) -> bool:
        waited.append(count)
        return True

    with pytest.raises(Denied, match="not permitted"):
        list(_feed(source, known=known, wait=wait))

    assert waited == []


def test_a_failure_that_lasts_is_raised_by_whoever_waits() -> None:
    """From whatever thread looks something up."""

    def known(_: object) -> set[ObjectRef]:
        raise Transient("no answer")

    def wait(failures: int, why: Transient) -> bool:
        raise why

    with pytest.raises(Transient, match="no answer"):
        list(_feed(_all_of(keys(3)), known=known, wait=wait))


def test_a_bucket_that_is_nowhere_is_no_empty_one() -> None:
    """It must not look as if all were done."""

    def nowhere(_: str | None) -> Iterator[Placed]:
        raise NotFound("no such bucket")

    feed = _feed(nowhere)
    with pytest.raises(NotFound):
        list(feed)

    assert not feed.is_done


def test_whoever_is_told_not_to_wait_any_more_has_not_done_all() -> None:
    """What came before is fed; what could not be looked up is not, nor anything behind it."""
    names = keys(3 * BATCH_GET_MAX)

    def known(refs: list[ObjectRef]) -> set[ObjectRef]:
        if refs[0].key == names[BATCH_GET_MAX]:
            raise Transient("no answer")
        return set()

    feed = _feed(_all_of(names), known=known, wait=lambda _failures, _why: False)
    fed = list(feed)
    for one in fed:
        feed.done(one)

    assert _keys(fed) == names[:BATCH_GET_MAX]
    assert (feed.place, feed.is_done) == (names[BATCH_GET_MAX - 1], False)


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

    feed = _feed(source, wanted=Wanted(match="none"), stop=stop)

    assert list(feed) == []
    assert (len(seen), feed.is_done) == (10, False)


def test_only_some_chunks_are_looked_up_ahead() -> None:
    """What was looked up long ago is not true any more."""
    source = _all_of(keys(50 * BATCH_GET_MAX))
    looked_up: list[int] = []

    def known(refs: list[ObjectRef]) -> set[ObjectRef]:
        looked_up.append(len(refs))
        return set()

    feed = iter(_feed(source, known=known))
    next(feed)

    assert len(looked_up) <= LOOK_UPS + 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wanted", "known"),
    [(Wanted(match="*99999"), _nothing), (Wanted(), set)],
    ids=["few are wanted", "all are known"],
)
def test_nothing_is_held_of_what_has_gone_by(
    wanted: Wanted, known: Callable[[Sequence[ObjectRef]], set[ObjectRef]]
) -> None:
    """A bucket may hold any number of objects."""
    feed = _feed(_many, wanted=wanted, known=known)
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
    feed = _feed(lambda _: (Placed(listed(name), name) for name in names), known=lambda refs: set(refs[1:]))
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
