"""The words of a command line → where the files are that they name."""

import glob
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from cli.names import SCHEME, bucket_and_prefix
from core.errors import LogtallyError, NotFound, Usage
from core.model import Bucket

STDIN: Final = "-"
_WILD: Final = frozenset("*?[")


class OnDisk(Struct, frozen=True):
    """A file that can be read in any order, if it can be read at all."""

    name: str


class Piped(Struct, frozen=True):
    """Standard input, a named pipe or a device: read once, from its beginning, by this process."""

    name: str


class Newest(Struct, frozen=True):
    """The newest file under a prefix in S3."""

    bucket: Bucket
    prefix: str


class Every(Struct, frozen=True):
    """All files under a prefix in S3."""

    bucket: Bucket
    prefix: str


Source = OnDisk | Piped | Newest | Every | LogtallyError  # the last: words that name nothing, in their place


def sources_of(names: Sequence[str], *, every: bool) -> list[Source]:
    """Say what each name stands for. `every`: a prefix means all files under it. Raises Usage for wrong words."""
    if names.count(STDIN) > 1:
        raise Usage("-: standard input can be read once; name it once")
    return [source for name in names for source in _sources(name, every=every)]


def under(bucket: Bucket, prefix: str, *, every: bool) -> Source:
    """Say what a prefix stands for."""
    return Every(bucket, prefix) if every else Newest(bucket, prefix)


def _sources(name: str, *, every: bool) -> Iterator[Source]:
    if name.startswith(SCHEME):
        bucket, prefix = bucket_and_prefix(name)
        yield under(bucket, prefix, every=every)
    elif name == STDIN:
        yield Piped(name)
    elif _WILD.isdisjoint(name) or Path(name).exists():
        yield _on_this_machine(name)
    else:
        yield from _matching(name)


def _matching(pattern: str) -> Iterator[Source]:
    found = [name for name in sorted(glob.glob(pattern, recursive=True)) if not Path(name).is_dir()]
    if not found:
        yield NotFound(f"{pattern}: no file matches")
    yield from map(_on_this_machine, found)


def _on_this_machine(name: str) -> Source:
    try:
        mode = Path(name).stat().st_mode
    except (OSError, ValueError):
        return OnDisk(name)  # whoever reads it says what is wrong
    return OnDisk(name) if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else Piped(name)
