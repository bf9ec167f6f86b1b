"""TOML → its values, and the line of each."""

import re
import tomllib
from collections import Counter
from typing import Any, Final

from core.errors import Misspelt
from core.places import Path

_PLACE: Final = re.compile(
    r"(?P<words>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL
)
# Of a text that is TOML. A point divides keys, and is a token by itself in numbers, too: those are not looked at.
_TOKEN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|#[^\n]*"
    r"|[\[\]{},=.\n]"
    r"|[^\s\[\]{},=.\"'#]+",
    re.DOTALL,
)


def read(text: str) -> tuple[Any, dict[Path, int]]:
    """Answer what a text says, and where. Raises Misspelt."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise _misspelt(str(exc), text) from exc
    except ValueError as exc:
        raise Misspelt("a number has thousands of digits") from exc
    places = _Places(text)
    places.statements()
    return value, places.lines


def _misspelt(said: str, text: str) -> Misspelt:
    found = _PLACE.fullmatch(said)
    words = said if found is None else found["words"]
    words = f"{words[:1].lower()}{words[1:]}"
    if found is None:
        return Misspelt(words)
    if found["line"]:
        return Misspelt(words, line=int(found["line"]), column=int(found["column"]))
    return Misspelt(words, line=text.count("\n") + 1, column=len(text) - text.rfind("\n"))


class _Places:
    """Walks once more over what has been read, and is therefore right: only to see where it stands."""

    def __init__(self, text: str) -> None:
        found = [(token[0], token.start()) for token in _TOKEN.finditer(text) if not token[0].startswith("#")]
        self._tokens = [token for token, _ in found] + ["\n"]
        self._starts = [start for _, start in found] + [len(text)]
        self._text = text
        self._at = 0
        self._seen, self._line = 0, 1
        self._tables: Counter[Path] = Counter()  # of each array, so far
        self.lines: dict[Path, int] = {}

    def statements(self) -> None:
        """Note the place of everything."""
        table: Path = ()
        while self._at < len(self._tokens):
            if self._tokens[self._at] == "\n":
                self._at += 1
            elif self._tokens[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Path:
        line = self._line_here()
        is_array = self._tokens[self._at + 1] == "["
        self._at += 1 + is_array
        keys = self._keys("]")
        self._at += is_array
        table: Path = ()
        for n, key in enumerate(keys, 1):
            table = (*table, key)
            self.lines.setdefault(table, line)
            if is_array and n == len(keys):
                self._tables[table] += 1
            if table in self._tables:
                table = (*table, self._tables[table] - 1)
                self.lines.setdefault(table, line)
        return table

    def _pair(self, table: Path) -> None:
        line = self._line_here()
        path = table
        for key in self._keys("="):
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._value(path)

    def _keys(self, end: str) -> list[str]:
        keys = []
        while (part := self._tokens[self._at]) != end:
            if part != ".":
                [key] = tomllib.loads(f"{part} = 0")  # in quotes or not
                keys.append(key)
            self._at += 1
        self._at += 1
        return keys

    def _value(self, path: Path) -> None:
        self.lines.setdefault(path, self._line_here())
        match self._tokens[self._at]:
            case "[":
                self._at += 1
                self._items(path)
            case "{":
                self._at += 1
                self._members(path)
            case _:
                while self._tokens[self._at] not in {",", "]", "}", "\n"}:
                    self._at += 1

    def _items(self, path: Path) -> None:
        n = 0
        while (part := self._tokens[self._at]) != "]":
            if part in {",", "\n"}:
                self._at += 1
            else:
                self._value((*path, n))
                n += 1
        self._at += 1

    def _members(self, path: Path) -> None:
        while (part := self._tokens[self._at]) != "}":
            if part in {",", "\n"}:
                self._at += 1
            else:
                self._pair(path)
        self._at += 1

    def _line_here(self) -> int:
        start = self._starts[self._at]
        self._line += self._text.count("\n", self._seen, start)
        self._seen = start
        return self._line
