"""One file of this machine → its report, read from end to end by one process."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from cli.reading.sources import STDIN
from core.analysis import analyse
from core.errors import Denied, LogtallyError, NotFound, Transient, Usage
from core.inflate import inflate
from core.limits import CHUNK_B
from core.model import Report, Rule
from core.reports import report_of_file

Tell = Callable[[int], None]  # how many bytes more have been read


class How(Struct, frozen=True, kw_only=True):
    """What the options say of every file."""

    rule: Rule
    since: datetime | None


def report_of(name: str, how: How, tell: Tell) -> Report:
    """Read a file, or standard input. Raises a LogtallyError that names it."""
    if name == STDIN:
        if sys.stdin is None:
            raise Usage("-: standard input is closed")
        return report_of_open(sys.stdin.fileno(), name, how, tell, written_at=datetime.now(UTC))
    with opened(name) as file:
        return report_of_open(file.fileno(), name, how, tell, written_at=last_written(file.fileno()))


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """Open a file. Whatever the machine refuses within the block is raised as a LogtallyError that names it."""
    try:
        with Path(name).open("rb") as file:
            yield file
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise NotFound(f"{name}: there is no such file") from exc
    except IsADirectoryError as exc:
        raise Usage(f"{name}: is a folder; name a file in it") from exc
    except PermissionError as exc:
        raise Denied(f"{name}: may not be read by you") from exc
    except OSError as exc:
        raise Transient(f"{name}: {unread(exc)}") from exc


def last_written(fd: int) -> datetime:
    """Answer when the file was last written."""
    return datetime.fromtimestamp(os.fstat(fd).st_mtime, UTC)


def unread(exc: OSError) -> str:
    """Say that a read failed, and why."""
    return f"can't be read: {exc.strerror}"


def report_of_open(fd: int, name: str, how: How, tell: Tell, *, written_at: datetime) -> Report:
    """Read what is open from where it stands to its end. Raises a LogtallyError that names it."""
    try:
        tally = analyse(inflate(_chunks(fd, tell)), rule=how.rule, written_at=written_at, since=how.since)
    except LogtallyError as exc:
        raise type(exc)(f"{name}: {exc}") from exc
    return report_of_file(name, tally, rule=how.rule, since=how.since)


def _chunks(fd: int, tell: Tell) -> Iterator[bytes]:
    size_b = _size_b(fd)
    try:
        # A file object waits for whole chunks, and until it has one does not look whether Ctrl-C came.
        while chunk := os.read(fd, CHUNK_B):
            tell(len(chunk))
            yield chunk
    except OSError as exc:
        raise Transient(unread(exc)) from exc
    if _size_b(fd) < size_b:
        # What was behind its end is missing, and nobody can say how much of that had been read.
        raise Transient("was cut short while it was read; try again")


def _size_b(fd: int) -> int:
    found = os.fstat(fd)
    return found.st_size if stat.S_ISREG(found.st_mode) else 0
