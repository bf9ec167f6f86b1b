"""JSON → its values, and the line of each. A key that stands twice is refused: readers differ on which they take."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from core.errors import Misspelt
from core.places import Path

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)


def read(text: str) -> tuple[Any, dict[Path, int]]:
    """Answer what a text says, and where. Raises Misspelt."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as exc:
        words = f"{exc.msg[:1].lower()}{exc.msg[1:]}"
        raise Misspelt(words, line=exc.lineno, column=exc.colno) from exc
    except ValueError as exc:
        raise Misspelt("a number has thousands of digits") from exc
    lines: dict[Path, int] = {}
    _Places(text, lines).value((), first=None)
    return value, lines


class _Places:
    """Walks once more over what has been read, and is therefore right: only to see where it stands."""

    def __init__(self, text: str, lines: dict[Path, int]) -> None:
        self._tokens = self._found(text)
        self._lines = lines
        self._text = text
        self._line, self._start = 1, 0  # of the token that was taken last

    def value(self, path: Path, *, first: str | None) -> None:
        """Note the place of a value, and of all within. `first`: its first, if that was taken already."""
        part = next(self._tokens) if first is None else first
        self._lines.setdefault(path, self._line)
        match part:
            case "[":
                self._items(path)
            case "{":
                self._members(path)
            case _:
                pass

    def _items(self, path: Path) -> None:
        n = 0
        while (part := next(self._tokens)) != "]":
            if part != ",":
                self.value((*path, n), first=part)
                n += 1

    def _members(self, path: Path) -> None:
        while (part := next(self._tokens)) != "}":
            if part == ",":
                continue
            key = json.loads(part)
            if (line := self._lines.get((*path, key))) is not None:
                words = f"{key} stands here for the second time, first in line {line}; say it once"
                column = self._start - self._text.rfind("\n", 0, self._start)
                raise Misspelt(words, line=self._line, column=column)
            self._lines[*path, key] = self._line
            next(self._tokens)  # the colon
            self.value((*path, key), first=None)

    def _found(self, text: str) -> Iterator[str]:
        for token in _TOKEN.finditer(text):
            self._line += text.count("\n", self._start, token.start())
            self._start = token.start()
            yield token[0]
