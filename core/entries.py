"""Lines → entries: of each line just what it is counted by.

Most files name few services and levels, again and again, and spell their fields in one way. A decoder that knows these
answers the same text each time instead of making another, which takes 5 to 10 % off the time of an analysis
(bench/README.md); a line that it does not know is read by the plain one. So what comes out is the same.
"""

from collections.abc import Iterable
from io import BytesIO
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from core.model import Shape
from core.spellings import Decode, Decoder, Entry, Names, Spelling, decoder_of, decoder_of_all, numbers_of, spellings_of

KNOWN_MAX: Final = 64  # names of a field; a file that has more of them is read by the plain decoder
NAME_LENGTH_MAX: Final = 64  # characters
STRANGE_SHARE: Final = 16  # of the lines of a batch: one in so many that are unknown is too many
LEARNT_MAX: Final = 4  # times
SPELT_BY: Final = 100  # lines, to see how they are spelt


class Read(NamedTuple):
    """What some lines are."""

    entries: list[Entry]
    errors: list[Entry]  # those of them whose level is one of the shape's
    malformed: list[bytes]


class Entries:
    """Reads the lines of one file, or of a part of it, by a shape."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._errors = shape.levels | numbers_of(shape.levels)
        self._plain = decoder_of_all(shape)
        self._knowing: Decoder | None = None
        self._services: Names = frozenset()
        self._levels: Names = frozenset()
        self._learnt = 0

    def of(self, text: bytes, *, in_order: bool) -> Read:
        """Read whole lines. Blank ones and comments are neither entries nor malformed.

        `in_order`: the entries are as the lines are; else in any order, which takes less time.
        """
        if in_order or self._knowing is None:
            entries, refused = _decoded(text, self._plain.decode)
            errors = self._plain.errors_of(entries, self._errors)
            if not in_order and self._learnt < LEARNT_MAX:
                self._learn(entries, text)
        else:
            entries, refused = _decoded(text, self._knowing.decode)
            errors = self._knowing.errors_of(entries, self._errors)
            if refused:
                strange = b"".join(refused)
                rescued, refused = _decoded(strange, self._plain.decode)
                errors += self._plain.errors_of(rescued, self._errors)
                entries += rescued
                if len(rescued) > (len(entries) + len(refused)) // STRANGE_SHARE:
                    self._learn(rescued, strange)
        malformed = [line for line in refused if (words := line.strip()) and not words.startswith(b"#")]
        return Read(entries, errors, malformed)

    def _learn(self, entries: list[Entry], text: bytes) -> None:
        self._learnt += 1
        self._services |= _names(entry.service for entry in entries)
        self._levels |= _names(entry.level for entry in entries)
        few = max(len(self._services), len(self._levels)) <= KNOWN_MAX
        if few and self._learnt <= LEARNT_MAX:
            self._knowing = decoder_of(self._shape, self._spelling(text), services=self._services, levels=self._levels)
        else:
            self._knowing, self._learnt = None, LEARNT_MAX

    def _spelling(self, text: bytes) -> Spelling:
        """Answer how most of the first of these lines are spelt."""
        any_name: Names = frozenset()
        first = b"".join(islice(BytesIO(text), SPELT_BY))

        def refused(spelling: Spelling) -> int:
            decoder = decoder_of(self._shape, spelling, services=any_name, levels=any_name)
            return len(_decoded(first, decoder.decode)[1])

        return min(spellings_of(self._shape), key=refused)


def is_entry(line: bytes, shape: Shape) -> bool:
    """Answer whether a line can be read in a shape, whatever it says."""
    return bool(Entries(shape).of(line + b"\n", in_order=True).entries)


def _names(values: Iterable[str | float | None]) -> Names:
    return frozenset(value for value in set(values) if isinstance(value, str) and len(value) <= NAME_LENGTH_MAX)


def _decoded(text: bytes, decode: Decode) -> tuple[list[Entry], list[bytes]]:
    """Answer the entries in order, and the lines that `decode` refuses.

    Decoding whole batches (`decode_lines`) is faster, but takes two objects on one line and one object on two, and
    looking for these costs what it gains (see bench/README.md).
    """
    entries: list[Entry] = []
    refused: list[bytes] = []
    # One line at a time is there, in the cache: a list of them takes a sixth longer.
    lines = BytesIO(text)
    rest = map(decode, lines)
    while True:
        try:
            entries.extend(rest)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # It stopped behind all that could be decoded, and the rest of the map goes on behind this line.
            end = lines.tell()
            refused.append(text[text.rfind(b"\n", 0, end - 1) + 1 : end])
        else:
            return entries, refused
