"""Lines → a tally: how many errors, of which service, in which minute."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache, lru_cache
from typing import Final, TypeGuard, cast

from core.cells import OTHER
from core.entries import Entries
from core.limits import MIB, MINUTE_S, SERVICE_LENGTH_MAX, SERVICES_SEEN_MAX, TIME_LENGTH_MAX
from core.lines import batches
from core.model import Minute, Rule, Tally
from core.part import LEVEL_LINES_MAX, Levels, Part, refuse_too_many, tally_of
from core.spellings import Entry
from core.times import Written, instant, minute_of, moment_of, per_second

UNKNOWN: Final = "unknown"  # the service of an error that names none

_MINUTE_LENGTH: Final = len("2025-09-15T12:00")
_SECONDS_AT: Final = len("2025-09-15T12:00:")
_TENS_OF_SECONDS: Final = "012345"
_ANY_DIGIT: Final = str.maketrans("123456789", "000000000")
_SHAPE: Final = re.compile(r"0000-00-00[T ]00:00:00(?:[.,]0+)?(?P<zone>Z?)")

_LEVEL_LENGTH_MAX: Final = 32


def analyse(chunks: Iterable[bytes], *, rule: Rule, written_at: datetime, since: datetime | None = None) -> Tally:
    """Count the errors in plain bytes (see `core.inflate`), cut anywhere, by `rule`.

    `since` is exclusive. An error without a readable time counts in the minute of `written_at`, and not at all if there
    is a `since`. Raises Permanent if the bytes are no text, or come to more than CELLS_MAX cells.
    """
    return tally_of(part_of(chunks, rule=rule, written_at=written_at, since=since))


def part_of(chunks: Iterable[bytes], *, rule: Rule, written_at: datetime, since: datetime | None = None) -> Part:
    """Count as `analyse` does what may be no more than some of a file's lines. Raises Permanent for too many cells."""
    analysis = Analysis(rule=rule, written_at=written_at, since=since)
    analysis.read(chunks)
    return analysis.part()


class Analysis:
    """The lines of a file, being counted: what was read so far."""

    def __init__(self, *, rule: Rule, written_at: datetime, since: datetime | None = None) -> None:
        _keep_freed_memory()
        self._entries = Entries(rule.shape)
        self._counted = _Counted(written_at=written_at, since=since, zone=rule.shape.zone)
        self._seen = _LevelsSeen()
        self._binary = _Binary()
        self._decoded = self._malformed = 0

    def read(self, chunks: Iterable[bytes]) -> None:
        """Count the lines of `chunks`, which follow those that were read. Raises Permanent for too many cells."""
        for batch in batches(self._binary.watch(chunks)):
            entries, errors, malformed = self._entries.of(batch.text, in_order=not self._seen.is_over)
            self._malformed += len(malformed) + batch.too_long
            self._decoded += len(entries)
            self._binary.look(malformed, anything_read=self._decoded > 0)
            self._seen.look(entries)
            self._counted.add(errors)

    def cells(self) -> Counter[tuple[Minute, str]]:
        """Answer what the lines come to so far, in a copy."""
        return self._counted.cells.copy()

    def part(self) -> Part:
        """Answer what the lines come to."""
        return Part(
            decoded=self._decoded,
            malformed=self._malformed,
            binary=self._binary.seen,
            cells=self._counted.cells,
            folded=self._counted.folded,
            undated=self._counted.undated,
            levels=self._seen.levels(),
            first_error=self._counted.first,
            last_error=self._counted.last,
        )


@cache
def _keep_freed_memory() -> None:
    """Let the memory of one batch serve the next.

    glibc gives what is free at its end back to the system, from some hundred KiB on, and gets it again page by page: a
    fifth of the time of reading. It keeps twice the largest piece that was ever freed; this one is never touched.
    """
    bytearray(4 * MIB)


class _LevelsSeen:
    """The levels in the first lines: enough to see whether they are written otherwise."""

    def __init__(self) -> None:
        self._lines = 0
        self._head: dict[str, int] = {}
        self._first: int | None = None
        self._after: dict[str, int] = {}

    def look(self, entries: list[Entry]) -> None:
        line = self._lines
        self._lines += len(entries)
        _note(self._head, entries, line=line)
        if self._first is None:
            self._first = next((n for n, entry in enumerate(entries, line) if entry.level is not None), None)
        if self._first is not None:
            _note(self._after, entries, line=line - self._first)

    @property
    def is_over(self) -> bool:
        """Whether the first lines are all seen."""
        return self._first is not None and self._lines - self._first >= LEVEL_LINES_MAX

    def levels(self) -> Levels:
        return Levels(self._head, self._first, self._after)


def _note(levels: dict[str, int], entries: list[Entry], *, line: int) -> None:
    first = max(line, 0)
    for n, entry in enumerate(entries[first - line : max(LEVEL_LINES_MAX - line, 0)], first):
        if entry.level is not None:
            levels.setdefault(str(entry.level)[:_LEVEL_LENGTH_MAX], n)


class _Binary:
    """Watches chunks on their way through for what no text has, until the first line can be read."""

    def __init__(self) -> None:
        self.seen = False
        self._looking = True

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            # Here, and not in the lines: those that are too long are never seen.
            self.seen = self.seen or (self._looking and b"\0" in chunk)
            yield chunk

    def look(self, refused: Iterable[bytes], *, anything_read: bool) -> None:
        self._looking = not anything_read
        if self._looking and not self.seen:
            self.seen = not all(map(_is_utf8, refused))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


class _Counted:
    """The errors so far, in bounded memory."""

    def __init__(self, *, written_at: datetime, since: datetime | None, zone: str | None) -> None:
        self._written_in = minute_of(written_at)
        self._since = since
        self._zone = zone
        self._services: set[str] = set()
        self.cells: Counter[tuple[Minute, str]] = Counter()
        self.folded = False
        self.undated = 0
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, errors: list[Entry]) -> None:
        times = [error.ts for error in errors]
        services = [error.service for error in errors]
        if errors and (
            self._since is not None or not (self._add_alike(times, services) or self._add_numbers(times, services))
        ):
            self._add_each(times, services)
        refuse_too_many(self.cells)

    def _add_alike(self, times: list[Written], services: list[str | None]) -> bool:
        """Add errors whose times are written alike, minute by minute. False: they are not, and nothing was added."""
        if not _alike(times, zone=self._zone):
            return False
        # Written alike, in one zone: the order of the texts is the order of the times.
        first, last = min(times), max(times)
        minute = first[:_MINUTE_LENGTH]
        if last.startswith(minute):
            minutes = {(minute, service): count for service, count in Counter(services).items()}
        else:
            minutes = Counter(zip([ts[:_MINUTE_LENGTH] for ts in times], services, strict=True))
        moments = {text: _moment(f"{text}:00Z", None) for text, _ in minutes}
        if _NEVER in moments.values():
            return False
        for (text, service), count in minutes.items():
            self._count(moments[text][1], service, count)
        self._span(instant(first, zone=self._zone), instant(last, zone=self._zone))
        return True

    def _add_numbers(self, times: list[Written], services: list[str | None]) -> bool:
        """Add errors whose times are numbers of one scale. False: they are not, and nothing was added."""
        numbers = [ts for ts in times if isinstance(ts, int | float)]
        if len(numbers) != len(times):
            return False
        first, last = min(numbers), max(numbers)
        scale = per_second(first)
        if scale is None or per_second(last) != scale:
            return False
        in_a_minute = MINUTE_S * scale
        minutes = Counter(zip([ts // in_a_minute for ts in numbers], services, strict=True))
        for (minute, service), count in minutes.items():
            self._count(Minute(int(minute) * MINUTE_S), service, count)
        self._span(moment_of(first), moment_of(last))
        return True

    def _add_each(self, times: list[Written], services: list[str | None]) -> None:
        for (ts, service), count in Counter(zip(times, services, strict=True)).items():
            at, minute = _moment(ts, self._zone)
            self.undated += count if at is None else 0
            if self._since is not None and (at is None or at <= self._since):
                continue
            self._count(minute, service, count)
            self._span(at, at)

    def _count(self, minute: Minute | None, service: str | None, errors: int) -> None:
        name = service if service in self._services else self._named(service)
        self.cells[self._written_in if minute is None else minute, name] += errors

    def _span(self, first: datetime | None, last: datetime | None) -> None:
        if first is not None and (self.first is None or first < self.first):
            self.first = first
        if last is not None and (self.last is None or last > self.last):
            self.last = last

    def _named(self, service: str | None) -> str:
        if service is None or not service.strip():
            return UNKNOWN
        name = _held(service)
        if name not in self._services and len(self._services) >= SERVICES_SEEN_MAX:
            self.folded = True
            return OTHER
        self._services.add(name)
        return name


_NEVER: Final = (None, None)


# One second's errors stand together, so most times are read once.
@lru_cache(maxsize=4096)
def _moment(ts: Written, zone: str | None) -> tuple[datetime, Minute] | tuple[None, None]:
    at = moment_of(ts, zone=zone)
    return _NEVER if at is None else (at, minute_of(at))


def _alike(times: list[Written], *, zone: str | None) -> TypeGuard[list[str]]:
    """Answer whether all are UTC times of one length and one spelling, whatever date and minute they name."""
    if set(map(type, times)) != {str}:
        return False
    texts = cast("list[str]", times)
    text = "\n".join(texts)
    length = len(texts[0])
    if length > TIME_LENGTH_MAX or not text.isascii():
        return False
    shape = text.translate(_ANY_DIGIT)
    one = _SHAPE.fullmatch(shape, 0, length)
    if one is None or not (one["zone"] or zone == "Z"):
        return False
    # As long as all of them in this shape: none holds two.
    return f"{shape}\n" == f"{one[0]}\n" * len(texts) and not text[_SECONDS_AT :: length + 1].strip(_TENS_OF_SECONDS)


def _held(service: str) -> str:
    if len(service) <= SERVICE_LENGTH_MAX:
        return service
    digest = hashlib.sha256(service.encode()).hexdigest()[:8]
    return f"{service[: SERVICE_LENGTH_MAX - 9]}~{digest}"
