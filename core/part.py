"""A file in parts, each counted by itself → what all of it comes to, exactly as if one had read it from end to end."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from core.errors import Permanent
from core.limits import CELLS_MAX, SERVICES_SEEN_MAX
from core.model import Cell, Minute, Tally

LEVEL_LINES_MAX: Final = 1000
_LEVELS_SHOWN_MAX: Final = 8

Cells = Mapping[tuple[Minute, str], int]


class Levels(Struct, frozen=True):
    """The levels of a part's first lines, each with the line where it first stands.

    Which lines are a file's first is not known within a part: those of its own head, if the part before it ended among
    them, else those from its first level on.
    """

    head: Mapping[str, int]
    first: int | None  # the line of the first level; None: no line has one
    after: Mapping[str, int]  # counted from that line


class Part(Struct, frozen=True, kw_only=True):
    """What some of a file's lines come to: all of them, or those between two cuts at line ends."""

    decoded: int
    malformed: int
    binary: bool  # holds what no text has; only said for certain if no line could be read
    cells: Cells
    folded: bool  # more services than are held: those that came last count under `other`
    undated: int
    levels: Levels
    first_error: datetime | None
    last_error: datetime | None


def joined(part: Part, following: Part) -> Part | None:
    """Answer what both come to. None: they hold too many services, and which came first, their parts don't know.

    Raises Permanent if they come to more than CELLS_MAX cells.
    """
    cells = Counter(part.cells)
    cells.update(following.cells)
    if part.folded or following.folded or len({service for _, service in cells}) > SERVICES_SEEN_MAX:
        return None
    refuse_too_many(cells)
    return Part(
        decoded=part.decoded + following.decoded,
        malformed=part.malformed + following.malformed,
        binary=part.binary or following.binary,
        cells=cells,
        folded=False,
        undated=part.undated + following.undated,
        levels=_levels(part.levels, following.levels, lines=part.decoded),
        first_error=min(filter(None, (part.first_error, following.first_error)), default=None),
        last_error=max(filter(None, (part.last_error, following.last_error)), default=None),
    )


def refuse_too_many(cells: Cells) -> None:
    """Raise Permanent if there are more than CELLS_MAX."""
    if len(cells) > CELLS_MAX:
        raise Permanent(f"over the limits: errors in more than {CELLS_MAX} minutes x services")


def tally_of(whole: Part) -> Tally:
    """Say what the part comes to that is all of the file. Raises Permanent if it is no text."""
    if whole.binary and not whole.decoded:
        raise Permanent("not text: not even UTF-8, and not one line is a JSON object")
    by_service: Counter[str] = Counter()
    for (_, service), errors in whole.cells.items():
        by_service[service] += errors
    return Tally(
        total=by_service.total(),
        by_service=dict(sorted(by_service.items(), key=lambda item: (-item[1], item[0]))),
        cells=tuple(Cell(minute, service, whole.cells[minute, service]) for minute, service in sorted(whole.cells)),
        lines=whole.decoded + whole.malformed,
        malformed=whole.malformed,
        undated=whole.undated,
        levels=tuple(sorted(whole.levels.after)[:_LEVELS_SHOWN_MAX]),
        first_error=whole.first_error,
        last_error=whole.last_error,
    )


def _levels(levels: Levels, following: Levels, *, lines: int) -> Levels:
    head = _further(levels.head, following.head, by=lines)
    if levels.first is not None:
        after = _further(levels.after, following.head, by=lines - levels.first)
        return Levels(head, levels.first, after)
    first = None if following.first is None else lines + following.first
    return Levels(head, first, following.after)


def _further(levels: Mapping[str, int], following: Mapping[str, int], *, by: int) -> dict[str, int]:
    moved = {level: line + by for level, line in following.items() if line + by < LEVEL_LINES_MAX}
    return moved | dict(levels)
