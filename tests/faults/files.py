"""The log files of the stories, and what must come of each."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

THRESHOLD: Final = 10

Cell = tuple[str, int]  # a service, which is this file's alone, and a minute


class File(Struct, frozen=True, kw_only=True):
    """A log file, and what must come of it."""

    key: str
    body: bytes
    to_come: bytes = b""  # of a line that was cut
    errors: Mapping[Cell, int]
    outside: frozenset[Cell] = frozenset()  # cells that may be too old by the time they are sent

    @property
    def rings(self) -> bool:
        """Whether it holds too many errors."""
        return sum(self.errors.values()) >= THRESHOLD


def file_of(key: str, cells: Sequence[Cell], *, errors: int) -> File:
    """Make a file with so many errors in each cell."""
    body = b"".join(_lines(cell, errors) for cell in cells)
    return File(key=key, body=body, errors=dict.fromkeys(cells, errors))


def grown(file: File, cell: Cell, *, errors: int, cut_b: int) -> File:
    """Append errors to a file; `cut_b`: so many bytes of their end come with the next."""
    body = file.body + file.to_come + _lines(cell, errors)
    ended = len(body) - cut_b
    return File(key=file.key, body=body[:ended], to_come=body[ended:], errors={**file.errors, cell: errors})


def _lines(cell: Cell, errors: int) -> bytes:
    service, minute = cell
    line = (
        f'{{"ts":"{datetime.fromtimestamp(minute, UTC):%Y-%m-%dT%H:%M:%SZ}","service":"{service}","level":"ERROR"}}\n'
    )
    return line.encode() * errors
