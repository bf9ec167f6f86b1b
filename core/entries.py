"""Lines → entries: of each line just what it is counted by.

Most files name few services and levels, again and again. A decoder that knows these answers the same text each time
instead of making another, which takes 5 to 10 % off the time of an analysis (bench/README.md); a line with a name that
it does not know is read by the plain one. So what comes out is the same.
"""

import operator
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, Literal, Protocol

import msgspec

from core.model import Rule

KNOWN_MAX: Final = 64  # names of a field; a file that has more of them is read by the plain decoder
NAME_LENGTH_MAX: Final = 64  # characters
STRANGE_SHARE: Final = 16  # of the lines of a batch: one in so many with an unknown name is too many
LEARNT_MAX: Final = 4  # times


class Entry(Protocol):
    """What is read of one line."""

    ts: str | float | None
    service: str | None
    level: str | None


class _Decode(Protocol):
    def __call__(self, line: bytes, /) -> Entry: ...


Names = frozenset[str]


class Entries:
    """Reads the lines of one file, or of a part of it, by a rule."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._plain = _decoder(rule, frozenset(), frozenset()).decode
        self._knowing: _Decode | None = None
        self._services: Names = frozenset()
        self._levels: Names = frozenset()
        self._learnt = 0

    def of(self, lines: list[bytes], *, in_order: bool) -> tuple[list[Entry], list[bytes]]:
        """Answer the entries of `lines`, and the lines that are malformed. Blank ones and comments are neither.

        `in_order`: as the lines are; else in any order, which takes less time.
        """
        if in_order or self._knowing is None:
            entries, refused = _decoded(lines, self._plain)
            if not in_order and self._learnt < LEARNT_MAX:
                self._learn(entries)
        else:
            entries, strange = _decoded(lines, self._knowing)
            rescued, refused = _decoded(strange, self._plain)
            entries += rescued
            if len(rescued) > len(lines) // STRANGE_SHARE:
                self._learn(rescued)
        return entries, [line for line in refused if (words := line.strip()) and not words.startswith(b"#")]

    def _learn(self, entries: list[Entry]) -> None:
        self._learnt += 1
        self._services |= _names(entry.service for entry in entries)
        self._levels |= _names(entry.level for entry in entries)
        few = max(len(self._services), len(self._levels)) <= KNOWN_MAX
        if few and self._learnt <= LEARNT_MAX:
            self._knowing = _decoder(self._rule, self._services, self._levels).decode
        else:
            self._knowing, self._learnt = None, LEARNT_MAX


def is_entry(line: bytes, rule: Rule) -> bool:
    """Answer whether a line can be read by a rule, whatever it says."""
    entries, _ = Entries(rule).of([line], in_order=True)
    return bool(entries)


def _names(values: Iterable[str | None]) -> Names:
    return frozenset(value for value in set(values) if value is not None and len(value) <= NAME_LENGTH_MAX)


@lru_cache(maxsize=64)
def _decoder(rule: Rule, services: Names, levels: Names) -> "msgspec.json.Decoder[Entry]":
    entry = msgspec.defstruct(
        "Entry",
        [
            # An epoch is no RFC 3339 time, but its line is no less an error for it.
            ("ts", str | int | float | None, None),
            ("service", _one_of(services), None),
            ("level", _one_of(levels), None),
        ],
        rename={"ts": rule.time_field, "service": rule.service_field, "level": rule.level_field},
        gc=False,  # three strings can't form a cycle: nothing for the collector to look at
    )
    return msgspec.json.Decoder(entry)


def _one_of(names: Names) -> Any:
    """Answer the type of a field that is one of these texts, or of any text if there are none; or null."""
    literal: Any = Literal
    return operator.getitem(literal, tuple(sorted(names))) | None if names else str | None


def _decoded(lines: list[bytes], decode: _Decode) -> tuple[list[Entry], list[bytes]]:
    """Answer the entries in order, and the lines that `decode` refuses.

    Decoding whole batches (`decode_lines`) is faster, but takes two objects on one line and one object on two, and
    looking for these costs what it gains (see bench/README.md).
    """
    entries: list[Entry] = []
    refused: list[bytes] = []
    rest = map(decode, lines)
    # A line that can't be decoded stops `extend` behind all that could be; the rest of the map goes on after it.
    while len(entries) + len(refused) < len(lines):
        try:
            entries.extend(rest)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            refused.append(lines[len(entries) + len(refused)])
    return entries, refused
