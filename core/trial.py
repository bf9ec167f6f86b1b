"""What a rule would make of the beginning of a file: each of its first lines, and what more of them come to."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from core.analysis import UNKNOWN, analyse
from core.entries import Entries
from core.limits import MIB
from core.lines import batches
from core.model import Rule
from core.presets import SHAPES, Preset
from core.spellings import Entry
from core.times import minute_of, moment_of

BEGINNING_B_MAX: Final = 64 * MIB  # held at once
_LEVELS_SHOWN_MAX: Final = 20


class Line(Struct, frozen=True, kw_only=True):
    """One line, as it is read: neither blank nor a comment."""

    number: int  # in the file, from 1 on
    malformed: bool
    time: datetime | None = None  # in UTC; None: it has none that can be read
    minute: datetime | None = None  # where its error counts; without a time when the file was written
    service: str | None = None  # None: it is malformed
    level: str | float | None = None
    error: bool = False


class Totals(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the lines of a beginning come to."""

    lines: int  # as in a report: all but blank ones and comments
    errors: int
    malformed: int
    undated: int  # errors without a readable time
    without_time: int  # lines, and errors among them
    without_level: int
    levels: dict[str, int]  # the most frequent ones


class Trial(Struct, frozen=True, kw_only=True):
    """What a rule makes of a beginning, and the preset that would make more of it, if there is one."""

    lines: tuple[Line, ...]
    totals: Totals
    read: int  # lines with a time and a level
    suggestion: Preset | None
    suggested_read: int  # the same, by that preset


def beginning(chunks: Iterable[bytes], *, lines_max: int, b_max: int = BEGINNING_B_MAX) -> bytes:
    """Answer the first lines of plain bytes, reading no further than it must. A longer beginning is cut at a line."""
    taken = bytearray()
    missing = lines_max
    for chunk in chunks:
        end = _end_of(chunk, lines=missing)
        if end is not None:
            return bytes(taken + chunk[:end])
        missing -= chunk.count(b"\n")
        taken += chunk
        if len(taken) > b_max:
            return bytes(taken[: taken.rfind(b"\n") + 1] or taken)
    return bytes(taken)


def trial(head: bytes, *, rule: Rule, written_at: datetime, lines_shown: int) -> Trial:
    """Try `rule` on the beginning of a file that was written at `written_at`. Raises Permanent if it is no text."""
    tally = analyse([head], rule=rule, written_at=written_at)
    shown: list[Line] = []
    sums = _Sums()
    for line, entry in _lines(head, rule=rule, written_at=written_at):
        if len(shown) < lines_shown:
            shown.append(line)
        sums.add(line, entry)
    totals = Totals(
        lines=tally.lines,
        errors=tally.total,
        malformed=tally.malformed,
        undated=tally.undated,
        without_time=sums.without_time,
        without_level=sums.without_level,
        levels=dict(sums.levels.most_common(_LEVELS_SHOWN_MAX)),
    )
    preset, read = _better(head, rule=rule, written_at=written_at, sums=sums)
    return Trial(lines=tuple(shown), totals=totals, read=sums.read, suggestion=preset, suggested_read=read)


class _Sums:
    def __init__(self) -> None:
        self.levels: Counter[str] = Counter()
        self.read = self.errors = self.without_time = self.without_level = 0

    def add(self, line: Line, entry: Entry | None) -> None:
        if entry is None:
            return
        self.errors += line.error
        self.without_time += line.time is None
        self.without_level += line.level is None
        self.read += line.time is not None and line.level is not None
        if line.level is not None:
            self.levels[str(line.level)] += 1


def _better(head: bytes, *, rule: Rule, written_at: datetime, sums: _Sums) -> tuple[Preset | None, int]:
    """Answer the preset that reads more lines, or as many, and finds errors where the rule finds none."""
    best, best_read, best_errors = None, sums.read, sums.errors
    for preset, shape in SHAPES.items():
        other = replace(rule, shape=replace(shape, zone=shape.zone or rule.shape.zone))
        found = _Sums()
        for line, entry in _lines(head, rule=other, written_at=written_at):
            found.add(line, entry)
        if found.read > best_read or (found.read == best_read and found.errors > best_errors == 0):
            best, best_read, best_errors = preset, found.read, found.errors
    return best, best_read


def _lines(head: bytes, *, rule: Rule, written_at: datetime) -> Iterator[tuple[Line, Entry | None]]:
    """Yield each line that counts, with its entry. None: it is malformed."""
    reader = Entries(rule.shape)
    # Handed over one by one, so that each is a batch of its own, and those that are too long keep their numbers.
    for number, batch in enumerate(batches(line + b"\n" for line in head.removesuffix(b"\n").split(b"\n")), 1):
        entries, errors, malformed = reader.of(batch.text, in_order=True)
        if malformed or batch.too_long:
            yield Line(number=number, malformed=True), None
        for entry in entries:
            time = moment_of(entry.ts, zone=rule.shape.zone)
            line = Line(
                number=number,
                malformed=False,
                time=time,
                minute=datetime.fromtimestamp(minute_of(written_at if time is None else time), UTC),
                service=UNKNOWN if entry.service is None or not entry.service.strip() else entry.service,
                level=entry.level,
                error=bool(errors),
            )
            yield line, entry


def _end_of(chunk: bytes, *, lines: int) -> int | None:
    """Answer where so many lines end. None: further on."""
    at = -1
    for _ in range(lines):
        at = chunk.find(b"\n", at + 1)
        if at < 0:
            return None
    return at + 1
