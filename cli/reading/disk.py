"""Files of this machine, read by several processes: small ones side by side, a large one in parts."""

import os
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from cli.reading.files import How, Tell, last_written, report_of, report_of_open, unread
from cli.reading.order import File, One, Outcome
from core.analysis import part_of
from core.cuts import Span, lines_of, spans_of
from core.errors import LogtallyError, Permanent, Transient
from core.inflate import HEAD_B, plain_from
from core.limits import MIB, OBJECT_B_MAX
from core.model import Report
from core.part import Part, joined, tally_of
from core.reports import report_of_file

PART_B: Final = 16 * MIB
CUT_B_MIN: Final = 2 * PART_B  # smaller files, or all of them together, are read before other processes could help


class WholeFile(Struct, frozen=True):
    """To read a file from end to end."""

    name: str
    how: How


class PartOfFile(Struct, frozen=True, kw_only=True):
    """To read some lines of a file."""

    name: str
    how: How
    inode: tuple[int, int]
    written_at: datetime
    lines: Span  # to read
    within: Span  # where all lines of the file stand


class Counted(Struct, frozen=True):
    """What some lines come to. None: only who reads the whole file can say."""

    start: int
    part: Part | None


Task = WholeFile | PartOfFile
Found = Report | Counted


def size_b_of(name: str) -> int:
    """Answer how large a file is. 0: nobody knows."""
    try:
        return Path(name).stat().st_size
    except (OSError, ValueError):
        return 0


def crew_size(names: Sequence[str], *, jobs: int) -> int:
    """Answer how many processes shall read these files. 0: this one by itself is faster."""
    total_b = sum(map(size_b_of, names))
    if jobs == 1 or total_b < CUT_B_MIN or (len(names) == 1 and not _can_be_cut(names[0])):
        return 0
    return min(jobs, max(len(names), total_b // PART_B))


def files_of(names: Sequence[str], how: How, tell: Tell) -> Iterator[File[Task, Found]]:
    """Answer the files, the large ones in parts, if their lines stand there as they are."""
    for name in names:
        fd = _opened_to_cut(name)
        yield One[Task](WholeFile(name, how)) if fd is None else CutFile(name, fd, how, tell)


def perform(task: Task, tell: Tell) -> Found:
    """Do a task, in whichever process. Raises a LogtallyError that names the file."""
    match task:
        case WholeFile():
            return report_of(task.name, task.how, tell)
        case PartOfFile():
            return Counted(task.lines.start, _part(task, tell))


class CutFile:
    """A large file that is counted in parts. What those can't say exactly is read again, from end to end."""

    def __init__(self, name: str, fd: int, how: How, tell: Tell) -> None:
        self._name = name
        self._fd = fd
        self._how = how
        self._tell = tell
        self._written_at = last_written(fd)
        self._inode = _inode(fd)
        self._counted: dict[int, Part] = {}
        self._joined: Part | None = None
        within = _within(fd)
        assert within is not None
        self._within = within
        self._spans = deque(spans_of(within.start, within.end, part_b=PART_B))  # that are not joined yet

    def tasks(self) -> Iterator[Task]:
        """Answer a task for each part."""
        for lines in tuple(self._spans):
            yield PartOfFile(
                name=self._name,
                how=self._how,
                inode=self._inode,
                written_at=self._written_at,
                lines=lines,
                within=self._within,
            )

    def take(self, found: Found | LogtallyError) -> Outcome | None:
        """Join the parts that have come, in the order in which they stand in the file."""
        outcome = found if isinstance(found, Report | LogtallyError) else self._outcome(found)
        if outcome is not None:
            os.close(self._fd)
        return outcome

    def _outcome(self, found: Counted) -> Outcome | None:
        try:
            if found.part is None:
                return self._read_again()
            self._counted[found.start] = found.part
            while self._spans and (part := self._counted.pop(self._spans[0].start, None)) is not None:
                self._spans.popleft()
                self._joined = part if self._joined is None else joined(self._joined, part)
                if self._joined is None:
                    return self._read_again()
            if self._spans or self._joined is None:
                return None
            return report_of_file(self._name, tally_of(self._joined), rule=self._how.rule, since=self._how.since)
        except Permanent as exc:
            return Permanent(f"{self._name}: {exc}")

    def _read_again(self) -> Outcome:
        try:
            return report_of_open(self._fd, self._name, self._how, self._tell, written_at=self._written_at)
        except LogtallyError as exc:
            return exc


def _part(task: PartOfFile, tell: Tell) -> Part | None:
    try:
        with Path(task.name).open("rb") as file:
            return _count(task, file.fileno(), tell) if _inode(file.fileno()) == task.inode else None
    except OSError:
        return None  # it has another name by now; whoever cut it still has it open


def _count(task: PartOfFile, fd: int, tell: Tell) -> Part | None:
    def read(size_b: int, at: int) -> bytes:
        chunk = os.pread(fd, size_b, at)
        tell(len(chunk))
        return chunk

    try:
        lines = lines_of(task.lines, read, begin=task.within.start, end=task.within.end)
        return part_of(lines, rule=task.how.rule, written_at=task.written_at, since=task.how.since)
    except Permanent:
        return None  # over a limit; whether the file is, depends on what stands before these lines
    except Transient as exc:
        raise Transient(f"{task.name}: {exc}") from exc
    except OSError as exc:
        raise Transient(f"{task.name}: {unread(exc)}") from exc


def _can_be_cut(name: str) -> bool:
    fd = _opened_to_cut(name)
    if fd is not None:
        os.close(fd)
    return fd is not None


def _opened_to_cut(name: str) -> int | None:
    if size_b_of(name) < CUT_B_MIN:
        return None
    try:
        fd = os.open(name, os.O_RDONLY)
    except OSError:
        return None  # whoever reads it says why not
    if _within(fd) is None:
        os.close(fd)
        return None
    return fd


def _within(fd: int) -> Span | None:
    """Answer where the lines of a file stand that can be cut. What is written behind them from now on is left out."""
    found = os.fstat(fd)
    if not (stat.S_ISREG(found.st_mode) and CUT_B_MIN <= found.st_size <= OBJECT_B_MAX):
        return None
    start = plain_from(os.pread(fd, HEAD_B, 0))
    return None if start is None else Span(start, found.st_size)


def _inode(fd: int) -> tuple[int, int]:
    found = os.fstat(fd)
    return found.st_dev, found.st_ino
