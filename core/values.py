"""The values of settings: how each kind is read from a variable or a file, and what it may be, in words."""

import json
import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from core.allowed import Allowed, wrong
from core.levels import NO_COMMAS
from core.limits import FIELD_LENGTH_MAX

TOKEN_LENGTH_MIN: Final = 16
SOME_ARN: Final = "the ARN of an SNS topic, such as arn:aws:sns:eu-west-1:123456789012:alerts"
SOME_LEVELS: Final = 'names with commas between them, such as ERROR,FATAL, or a list, such as ["ERROR", "FATAL"]'
SOME_FIELD: Final = f"a text of 1 to {FIELD_LENGTH_MAX} characters, such as level or log.level"
SOME_ZONE: Final = "Z, or an offset from UTC, such as +02:00"
SOME_TOKENS: Final = (
    f"texts of {TOKEN_LENGTH_MIN} or more printable characters without spaces, such as `openssl rand -hex 32` makes,"
    " with commas between them"
)
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
SOME_NAMES: Final = 'names with commas between them, such as logs,audit, or a list, such as ["logs", "audit"]'


def listed(value: object) -> object:
    """Read a list from a variable: JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as exc:
        raise wrong(f"no JSON: {exc.msg[:1].lower()}{exc.msg[1:]}, line {exc.lineno}, column {exc.colno}") from exc


def levels_of(value: object) -> object:
    """Read the levels: a list, or a text with commas, wherever they stand. At least one."""
    if isinstance(value, str) and not NO_COMMAS.isdisjoint(value):
        raise ValueError
    if isinstance(value, list | tuple):  # pino's are numbers
        value = [str(level) if isinstance(level, int) and not isinstance(level, bool) else level for level in value]
    levels = _texts(value)
    if not levels:
        raise ValueError
    return frozenset(levels)


def names_of(value: object) -> object:
    """Read names, in order: a list, or a text with commas, wherever they stand."""
    return tuple(_texts(value))


def tokens_of(value: object) -> object:
    """Read tokens, as names are read. What was found is shown nowhere."""
    try:
        tokens = _texts(value)
    except ValueError as exc:
        raise wrong(f"must be {SOME_TOKENS}") from exc
    if any(len(token) < TOKEN_LENGTH_MIN or not _TOKEN.fullmatch(token) for token in tokens):
        raise wrong(f"must be {SOME_TOKENS}")
    return tuple(map(SecretStr, tokens))


def named(value: object) -> object:
    """Refuse an empty path."""
    if value == "":
        raise ValueError  # it would be the folder that we are in
    return value


def no_yes_or_no(value: object) -> object:
    """Refuse true and false for numbers and texts."""
    if isinstance(value, bool):
        raise ValueError  # noqa: TRY004 - what pydantic makes a problem of; it would be taken for 1 or 0
    return value


def lowered(value: object) -> object:
    """Read a word of a choice, in any case."""
    return value.lower() if isinstance(value, str) else value


Url = Annotated[
    str,
    Field(pattern=r"^https?://[^\s/]+/\S+$"),
    Allowed("the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/uploads"),
]
Arn = Annotated[
    str, Field(pattern=r"^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?$"), Allowed(SOME_ARN)
]
Levels = Annotated[frozenset[str], NoDecode, BeforeValidator(levels_of), Allowed(SOME_LEVELS)]
Threshold = Annotated[int, Field(ge=1, description="Errors from which on a file rings.")]
FieldName = Annotated[str, Field(min_length=1, max_length=FIELD_LENGTH_MAX)]
Zone = Annotated[str, Field(pattern=r"^(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$")]
Dollars = Annotated[float, Field(ge=0), Allowed("US dollars, 0 or more")]
HealthFile = Annotated[
    Path | None,
    BeforeValidator(named),
    Allowed("the path of a file, in a folder that is there"),
    Field(description="Where the worker says that it is alive; else `logtally-worker.json` in the temp folder."),
]
ApiHost = Annotated[
    str, Allowed("an address, such as 0.0.0.0"), Field(min_length=1, description="Where the API listens.")
]
ApiPort = Annotated[int, Field(ge=0, le=65535, description="At which port; 0: a free one.")]
Tokens = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(tokens_of), Allowed(SOME_TOKENS)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(names_of), Allowed(SOME_NAMES)]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        value = listed(value) if value.startswith("[") else [part.strip() for part in value.split(",")]
    if not isinstance(value, list | tuple | frozenset) or not all(map(_is_text, value)):
        raise ValueError
    return list(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
