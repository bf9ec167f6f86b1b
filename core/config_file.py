"""The file of settings: TOML, where a variable says."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from core.errors import Usage

CONFIG: Final = "LOGTALLY_CONFIG"  # names a TOML file; the environment wins over it

_TOML_PLACE: Final = re.compile(r"(?P<words>.*) \(at (?P<where>.*)\)", re.DOTALL)


def of_the_file(environ: Mapping[str, str]) -> dict[str, Any]:
    """Answer what the file says that `environ` names; nothing, if it names none. Raises Usage if it can't be read."""
    name = environ.get(CONFIG)
    if not name:
        return {}
    try:
        return tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise Usage(f"{CONFIG}: there is no file {name}") from exc
    except IsADirectoryError as exc:
        raise Usage(f"{CONFIG}: {name} is a folder; name a TOML file in it") from exc
    except OSError as exc:
        raise Usage(f"{CONFIG}: {name} can't be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise Usage(f"{name}: no TOML: not UTF-8") from exc
    except tomllib.TOMLDecodeError as exc:
        found = _TOML_PLACE.fullmatch(str(exc))
        where, words = (f", {found['where']}", found["words"]) if found else ("", str(exc))
        raise Usage(f"{name}{where}: no TOML: {words[:1].lower()}{words[1:]}") from exc
