"""Feeds over made-up listings."""

import threading
from collections.abc import Callable, Sequence

from cli.backfill.feed import Fed, Feed
from cli.backfill.sources import Source
from cli.backfill.sums import Adding
from cli.backfill.wanted import Wanted
from core.errors import Transient
from core.model import ObjectRef
from tests.listings import Shelf, listed


def nothing_known(_: Sequence[ObjectRef]) -> set[ObjectRef]:
    """Answer that none is counted."""
    return set()


def knowing(*known: str) -> Callable[[Sequence[ObjectRef]], set[ObjectRef]]:
    """Answer what knows these keys."""
    return lambda refs: {ref for ref in refs if ref.key in known}


def feed_of(
    source: Source,
    *,
    after: str | None = None,
    wanted: Wanted | None = None,
    known: Callable[[list[ObjectRef]], set[ObjectRef]] = nothing_known,
    limit: int | None = None,
    sums: Adding | None = None,
    wait: Callable[[int, Transient], bool] = lambda _failures, _why: True,
    stop: threading.Event | None = None,
) -> Feed:
    """Answer a feed that wants all, unless the test says otherwise."""
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


def keys_of(fed: Sequence[Fed]) -> list[str]:
    """Answer the keys of what was fed."""
    return [one.listed.ref.key for one in fed]


def all_of(names: Sequence[str]) -> Shelf:
    """Answer a source of objects with these keys."""
    return Shelf([listed(name) for name in names])
