"""The files of a command line → what each comes to, in order, each kind read in its own way."""

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING

from cli.bar import Bar
from cli.reading import disk
from cli.reading.crews import Alone, threads
from cli.reading.files import How
from cli.reading.order import One, Outcome, in_order
from cli.reading.sources import Every, Newest, OnDisk, Piped, Source
from core.errors import LogtallyError

if TYPE_CHECKING:
    from core.aws.objects import Objects


def outcomes(
    sources: Sequence[Source], how: How, *, jobs: int, bar: Bar, objects: "Callable[[], Objects]"
) -> Generator[Outcome]:
    """Read what the sources name, by `jobs` at once. What fails is an outcome, too, and the next file is read."""
    _expect(sources, bar)
    for found in itertools.chain.from_iterable(
        _outcomes(list(alike), how, jobs=jobs, bar=bar, objects=objects)
        for _, alike in itertools.groupby(sources, key=_kind)
    ):
        bar.done()
        yield found


def _expect(sources: Sequence[Source], bar: Bar) -> None:
    for source in sources:
        match source:
            case OnDisk(name):
                bar.expect(disk.size_b_of(name))
            case Every():
                bar.expect_more()
            case Piped() | Newest():
                bar.expect(None)
            case LogtallyError():
                bar.expect(0)


def _kind(source: Source) -> type[Source]:
    return Newest if isinstance(source, Every) else type(source)


def _outcomes(
    alike: Sequence[Source], how: How, *, jobs: int, bar: Bar, objects: "Callable[[], Objects]"
) -> Iterator[Outcome]:
    on_disk = [source.name for source in alike if isinstance(source, OnDisk)]
    in_s3 = [source for source in alike if isinstance(source, Newest | Every)]
    if on_disk:
        yield from _on_disk(on_disk, how, jobs=jobs, bar=bar)
    elif in_s3:
        yield from _in_s3(in_s3, how, jobs=jobs, bar=bar, objects=objects)
    else:
        yield from _one_by_one([source.name for source in alike if isinstance(source, Piped)], how, bar=bar)
        yield from (source for source in alike if isinstance(source, LogtallyError))


def _on_disk(names: Sequence[str], how: How, *, jobs: int, bar: Bar) -> Iterator[Outcome]:
    size = disk.crew_size(names, jobs=jobs)
    if not size:
        yield from _one_by_one(names, how, bar=bar)
        return
    # What most files do not need.
    from cli.reading.processes import processes

    with processes(disk.perform, bar.read, size=size) as crew:
        yield from in_order(disk.files_of(names, how, bar.read), crew)


def _one_by_one(names: Sequence[str], how: How, *, bar: Bar) -> Iterator[Outcome]:
    files = (One[disk.Task](disk.WholeFile(name, how)) for name in names)
    yield from in_order(files, Alone(disk.perform, bar.read))


def _in_s3(
    sources: Sequence[Newest | Every], how: How, *, jobs: int, bar: Bar, objects: "Callable[[], Objects]"
) -> Iterator[Outcome]:
    # boto3 takes longer to import than most local files to read.
    from cli.reading import s3

    try:
        found = objects()
    except LogtallyError as exc:  # no region, say: it is the same for all of them
        yield exc
        return
    reader = s3.Reader(found, how)
    files = s3.files_of(sources, found, expect=bar.expect, listed=bar.expect_no_more)
    if jobs == 1 or (len(sources) == 1 and isinstance(sources[0], Newest)):
        yield from in_order(files, Alone(reader, bar.read))
    else:
        with threads(reader, bar.read, size=jobs) as crew:
            yield from in_order(files, crew)
