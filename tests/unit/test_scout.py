"""How many files there are in all, counted beside."""

import threading
from collections.abc import Iterator

from cli.backfill.scout import AFTER_S, Scout
from cli.backfill.sources import Placed, Source
from cli.backfill.wanted import Wanted
from core.errors import Denied
from tests.listings import Shelf, keys, listed

WAIT_S = 10  # for a thread that has nothing to wait for


def _over() -> None:
    for thread in threading.enumerate():
        if thread.name == "scout":
            thread.join(WAIT_S)


def _scouted(source: Source, *, after: str | None = None, match: str | None = None) -> int | None:
    scout = Scout(source, after=after, wanted=Wanted(match=match), wait_s=0)
    scout.start()
    _over()
    return scout.files


def test_what_is_wanted_behind_a_place_is_counted() -> None:
    """Also what the ledger knows: of that, too, somebody has to find out."""
    shelf = Shelf([listed(name) for name in [*keys(20), "x.log", "y.log", "z"]])

    assert _scouted(shelf) == 23
    assert _scouted(shelf, after=keys(20)[9]) == 13
    assert _scouted(shelf, match="*.log") == 2


def test_a_listing_that_fails_leaves_it_open() -> None:
    """Half of a number is none, and nobody needs it."""

    def broken(_: str | None) -> Iterator[Placed]:
        yield Placed(listed("a"), "a")
        raise Denied("not permitted")

    assert _scouted(broken) is None


def test_what_is_over_soon_is_not_listed_twice() -> None:
    """Each page of a listing costs money."""
    shelf = Shelf([listed("a")])
    scout = Scout(shelf, after=None, wanted=Wanted())
    scout.start()
    scout.stop()
    _over()

    assert AFTER_S > 1
    assert (shelf.asked, scout.files) == ([], None)


def test_it_ends_with_the_pass_wherever_it_is() -> None:
    """However many pages are left."""
    seen: list[str] = []
    scout: list[Scout] = []

    def source(_: str | None) -> Iterator[Placed]:
        for name in keys(1000):
            seen.append(name)
            scout[0].stop()
            yield Placed(listed(name), name)

    scout.append(Scout(source, after=None, wanted=Wanted(), wait_s=0))
    scout[0].start()
    _over()

    assert (len(seen), scout[0].files) == (1, None)
