"""What a backfill is fed when AWS does not answer, or refuses."""

import threading
from collections.abc import Callable, Iterator

import pytest

from cli.backfill.patience import Patience
from cli.backfill.sources import Placed, Source
from core.errors import Denied, NotFound, Throttled, Transient
from core.limits import BATCH_GET_MAX
from core.model import ObjectRef
from tests.feeds import all_of, feed_of, keys_of, nothing_known
from tests.listings import Shelf, keys, listed


def test_a_source_that_breaks_goes_on_behind_the_last_key() -> None:
    """Nothing is repeated, nothing lost, and nothing listed twice."""
    names = keys(300)
    source = Shelf([listed(name) for name in names], breaks_before=[names[0], names[150], names[151]])
    failures: list[int] = []

    def wait(count: int, _: Transient) -> bool:
        failures.append(count)
        return True

    assert keys_of(list(feed_of(source, wait=wait))) == names
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

    feed = feed_of(broken, wait=wait)

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

    assert keys_of(list(feed_of(all_of(["a", "b"]), known=known, wait=wait))) == ["b"]
    assert failures == [1, 2]


def _denied(_: object) -> set[ObjectRef]:
    raise Denied("not permitted")


def _denied_source(_: str | None) -> Iterator[Placed]:
    raise Denied("not permitted")


@pytest.mark.parametrize(
    ("source", "known"), [(_denied_source, nothing_known), (all_of(keys(3)), _denied)], ids=["listing", "look-up"]
)
def test_what_is_not_permitted_is_said_at_once(
    source: Source, known: Callable[[list[ObjectRef]], set[ObjectRef]]
) -> None:
    """Waiting does not help: somebody must act."""
    patience = Patience(threading.Event())

    with pytest.raises(Denied, match="not permitted"):
        list(feed_of(source, known=known, wait=patience.wait))


def test_a_failure_that_lasts_is_raised_by_whoever_waits() -> None:
    """From whatever thread looks something up."""

    def known(_: object) -> set[ObjectRef]:
        raise Transient("no answer")

    def wait(failures: int, why: Transient) -> bool:
        raise why

    with pytest.raises(Transient, match="no answer"):
        list(feed_of(all_of(keys(3)), known=known, wait=wait))


def test_a_bucket_that_is_nowhere_is_no_empty_one() -> None:
    """It must not look as if all were done."""

    def nowhere(_: str | None) -> Iterator[Placed]:
        raise NotFound("no such bucket")

    feed = feed_of(nowhere)
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

    feed = feed_of(all_of(names), known=known, wait=lambda _failures, _why: False)
    fed = list(feed)
    for one in fed:
        feed.done(one)

    assert keys_of(fed) == names[:BATCH_GET_MAX]
    assert (feed.place, feed.is_done) == (names[BATCH_GET_MAX - 1], False)
