"""Files in S3, read by several threads: whoever reads one of them mostly waits."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from cli.reading.files import How, Tell
from cli.reading.order import File, One, Outcome
from cli.reading.sources import Every, Newest
from core.aws.objects import Listed, Objects
from core.errors import LogtallyError, NotFound
from core.examine import examine, latest
from core.model import ObjectRef, Report

T = TypeVar("T")

Task = ObjectRef | Newest | LogtallyError  # the last: what a listing ended with


class Reader(Struct, frozen=True):
    """Reads what is found in S3."""

    objects: Objects
    how: How

    def __call__(self, task: Task, tell: Tell) -> Report:
        """Read one file. Raises a LogtallyError that names it."""
        match task:
            case LogtallyError():
                raise task
            case Newest():
                ref = latest(task.bucket, task.prefix, objects=self.objects)
            case ObjectRef():
                ref = task
        return examine(ref, objects=self.objects, rule=self.how.rule, since=self.how.since, watch=_Stored(tell))


def files_of(
    sources: Sequence[Newest | Every], objects: Objects, *, expect: Callable[[int], None], listed: Callable[[], None]
) -> Iterator[File[Task, Outcome]]:
    """Answer the files under the prefixes, as they are listed.

    `expect` hears of the bytes of each file of a listing, `listed` of its end.
    """
    for source in sources:
        match source:
            case Newest():
                yield One[Task](source)
            case Every():
                for found in _every(source, objects):
                    if isinstance(found, Listed):
                        expect(found.size_b)
                    yield One[Task](found.ref if isinstance(found, Listed) else found)
                listed()


def _every(source: Every, objects: Objects) -> Iterator[Listed | LogtallyError]:
    none = True
    try:
        for found in objects.under(source.bucket, source.prefix):
            if not found.is_folder:
                none = False
                yield found
        if none:
            raise NotFound(f"nothing under s3://{source.bucket}/{source.prefix}")
    except LogtallyError as exc:
        yield exc


class _Stored:
    """Tells of the bytes of an object as they are stored: what is watched first. Then it is what these inflate to."""

    def __init__(self, tell: Tell) -> None:
        self._tell: Tell | None = tell

    def __call__(self, items: Iterator[T]) -> Iterator[T]:
        tell, self._tell = self._tell, None
        return items if tell is None else _told(items, tell)


def _told(items: Iterator[T], tell: Tell) -> Iterator[T]:
    for item in items:
        if isinstance(item, bytes):
            tell(len(item))
        yield item
