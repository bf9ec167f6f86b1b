"""Where the objects of a backfill come from, one by one, each with the place from which one can go on."""

import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from core import inventory
from core.aws.objects import Listed, Objects
from core.inventory import Manifest
from core.model import Bucket


class Placed(NamedTuple):
    """An object, and its place in its source."""

    listed: Listed
    place: str


Source = Callable[[str | None], Iterator[Placed]]  # what comes behind a place; None: all of it


def of_listing(objects: Objects, bucket: Bucket, prefix: str) -> Source:
    """Answer the source that lists a prefix, a page at a time. A place is a key."""

    def behind(place: str | None) -> Iterator[Placed]:
        for listed in objects.under(bucket, prefix, after=place):
            yield Placed(listed, listed.ref.key)

    return behind


def of_inventory(objects: Objects, manifest: Manifest, bucket: Bucket, prefix: str, *, stop: threading.Event) -> Source:
    """Answer the source that reads an inventory, for what it says of a prefix. A place is a file of it and a row.

    It ends when `stop` is set: of millions of rows none may be under the prefix.
    """

    def behind(place: str | None) -> Iterator[Placed]:
        first, done = map(int, place.split(":")) if place is not None else (0, 0)
        for number in range(first, len(manifest.files)):
            rows = inventory.rows(manifest, number, objects=objects)
            for row, listed in enumerate(rows, 1):
                if stop.is_set():
                    return
                is_behind = number > first or row > done
                if is_behind and listed is not None and _is_under(listed, bucket, prefix):
                    yield Placed(listed, f"{number}:{row}")

    return behind


def _is_under(listed: Listed, bucket: Bucket, prefix: str) -> bool:
    return listed.ref.bucket == bucket and listed.ref.key.startswith(prefix)
