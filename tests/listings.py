"""Objects as a listing shows them, and sources of them that nobody has to ask S3 for."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from cli.backfill.sources import Placed
from core.aws.objects import Listed
from core.errors import Transient
from core.model import Bucket, ETag, ObjectKey, ObjectRef

WRITTEN: Final = datetime(2025, 9, 15, 12, 30, tzinfo=UTC)


def listed(key: str, *, at: datetime = WRITTEN, size_b: int = 100) -> Listed:
    """Answer an object as a listing shows it."""
    ref = ObjectRef(bucket=Bucket("logs"), key=ObjectKey(key), etag=ETag("e"))
    return Listed(ref=ref, last_modified=at, size_b=size_b)


def keys(count: int) -> list[str]:
    """Answer so many keys, in the order in which S3 lists them."""
    return [f"{number:06}" for number in range(count)]


class Shelf:
    """A source of some objects, in order. `breaks_before`: at each of these keys it fails once before it goes on."""

    def __init__(self, objects: Sequence[Listed], *, breaks_before: Sequence[str] = ()) -> None:
        self._objects = objects
        self._breaks_before = set(breaks_before)
        self.asked: list[str | None] = []  # behind which places

    def __call__(self, after: str | None) -> Iterator[Placed]:
        """Yield what is behind a place."""
        self.asked.append(after)
        for one in self._objects:
            key = one.ref.key
            if after is not None and key <= after:
                continue
            if key in self._breaks_before:
                self._breaks_before.remove(key)
                raise Transient(f"broke before {key}")
            yield Placed(one, key)
