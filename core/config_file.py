"""The file of settings: TOML or YAML, where a variable says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from core.errors import Misspelt, Usage
from core.written import TEXT_B_MAX, Kind, kind_of, read

CONFIG: Final = "LOGTALLY_CONFIG"  # names a TOML or YAML file; the environment wins over it


def of_the_file(environ: Mapping[str, str]) -> dict[str, Any]:
    """Answer what the file says that `environ` names; nothing, if it names none. Raises Usage if it can't be read."""
    name = environ.get(CONFIG)
    if not name:
        return {}
    kind = Kind.YAML if kind_of(name) is Kind.YAML else Kind.TOML
    try:
        value = read(_bytes(name, kind), kind).value
    except Misspelt as exc:
        place = "" if exc.line is None else f", line {exc.line}, column {exc.column}"
        raise Usage(f"{name}{place}: {exc}") from exc
    if not isinstance(value, dict):
        raise Usage(f"{name}, line 1, column 1: settings stand as `key: value`, each in a line, and here they do not")
    return value


def _bytes(name: str, kind: Kind) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(TEXT_B_MAX + 1)
    except FileNotFoundError as exc:
        raise Usage(f"{CONFIG}: there is no file {name}") from exc
    except IsADirectoryError as exc:
        raise Usage(f"{CONFIG}: {name} is a folder; name a {kind} file in it") from exc
    except OSError as exc:
        raise Usage(f"{CONFIG}: {name} can't be read: {exc.strerror}") from exc
