"""A text of settings → its values, and the line where each of them stands. TOML, YAML or JSON, by the file's name."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Final

from msgspec import Struct

from core import json_text, toml_text, yaml_text
from core.errors import Misspelt
from core.limits import MIB
from core.places import Lines, Path

TEXT_B_MAX: Final = MIB  # nobody writes so many settings, and reading them by hand takes time


class Kind(StrEnum):
    """How a text is written."""

    TOML = "TOML"
    YAML = "YAML"
    JSON = "JSON"


class Written(Struct, frozen=True):
    """What a text says."""

    value: Any
    lines: Lines

    def line_of(self, path: Path) -> int | None:
        """Answer where a value stands; if it is not there, what it would stand in. None: nobody can tell."""
        return next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), None)


_READERS: Final[Mapping[Kind, Callable[[str], tuple[Any, Lines]]]] = {
    Kind.TOML: toml_text.read,
    Kind.YAML: yaml_text.read,
    Kind.JSON: json_text.read,
}
_SUFFIXES: Final = {".yaml": Kind.YAML, ".yml": Kind.YAML, ".json": Kind.JSON}


def kind_of(name: str) -> Kind:
    """Answer how a file of this name is written: TOML, unless its end says otherwise."""
    return _SUFFIXES.get(PurePath(name).suffix.lower(), Kind.TOML)


def read(data: bytes, kind: Kind) -> Written:
    """Read a text. Raises Misspelt with the place of what is wrong with it."""
    if len(data) > TEXT_B_MAX:
        raise Misspelt(f"it has more than {TEXT_B_MAX // MIB} MiB")
    try:
        value, lines = _READERS[kind](_text(data))
    except Misspelt as exc:
        raise Misspelt(f"no {kind}: {exc.words}", line=exc.line, column=exc.column) from exc
    except RecursionError as exc:
        raise Misspelt(f"no {kind} of ours: it is nested too deep") from exc
    return Written(value, lines)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as exc:
        before = data[: exc.start]
        # All that stands before it is UTF-8.
        column = len(before[before.rfind(b"\n") + 1 :].decode()) + 1
        raise Misspelt("not UTF-8; save it as UTF-8", line=before.count(b"\n") + 1, column=column) from exc
