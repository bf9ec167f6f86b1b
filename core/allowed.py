"""What a setting may be, in words: for the messages about wrong ones, and for the page that lists them all."""

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Final, get_args

from msgspec import Struct
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

PREFIX: Final = "LOGTALLY_"  # of all variables
VALUE_SHOWN_MAX: Final = 80  # characters
WORDS: Final = "words"  # the type of an error that says by itself what is wrong
RELATION: Final = "relation"  # the type of an error about several settings, each named in its context

Name = Callable[[str], str]  # a setting → how the user wrote it: as a variable, or as a key of the file


class Allowed(Struct, frozen=True):
    """What a field takes, where its type and its limits do not say it. It goes behind "must be"."""

    words: str


def allowed(field: FieldInfo) -> str:
    """Answer what a field takes, in words that go behind "must be"."""
    for mark in field.metadata:
        if isinstance(mark, Allowed):
            return mark.words
    kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
    for kind in kinds:
        if issubclass(kind, Enum):
            *most, last = [str(member.value) for member in kind]
            return f"{', '.join(most)} or {last}"
        if issubclass(kind, int | float):
            return f"a {'whole ' if issubclass(kind, int) else ''}number{_limits(field.metadata)}"
    raise AssertionError(f"say what is allowed: {field}")


def wrong(words: str) -> PydanticCustomError:
    """Answer an error that says by itself what is wrong with the setting it belongs to."""
    return PydanticCustomError(WORDS, "{words}", {"words": words})


def problem(error: ErrorDetails, model: type[BaseModel], *, name: Name) -> str:
    """Answer one line that says what is wrong, where, and what is allowed."""
    context: Mapping[str, Any] = error.get("ctx", {})
    if error["type"] == RELATION:
        values = " < ".join(f"{name(setting)}={value:g}" for setting, value in context["values"].items())
        return f"{values} must hold: {context['why']}"
    head, *rest = error["loc"]
    where = name(str(head)) + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
    if error["type"] == WORDS:
        return f"{where}: {error['msg']}"
    if error["type"] == "extra_forbidden":
        key = meant(str(error["loc"][-1]))
        return no_such(where, "no field of a rule" if rest else "no setting", key, _model(error, model).model_fields)
    field = _field(error, model)
    if error["type"] == "missing":
        return f"{where} is not set: {said_of(field)}"
    may_be = 'a rule, such as {"name": "all"}' if field is None else allowed(field)
    value = error["input"]
    return f"{where} must be {may_be}{', and is empty' if value == '' else f', not {_shown(value)}'}"


def no_such(where: str, kind: str, name: str, known: Iterable[str], *, prefix: str = "") -> str:
    """Answer that there is no such thing, and which one may be meant. All names begin with `prefix`."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"{where} is {kind}" + (f"; is {prefix}{close[0]} meant?" if close else "")


def meant(key: str) -> str:
    """Answer a key of a file as it is compared with those that are known: somebody may have written a variable."""
    return key.lower().removeprefix(PREFIX.lower())


def said_of(field: FieldInfo | None) -> str:
    """Answer a field's description, as a part of a sentence."""
    text = (field.description if field else None) or ""
    return text[:1].lower() + text[1:].removesuffix(".")


def _limits(metadata: Iterable[object]) -> str:
    limits = {name: getattr(mark, name) for mark in metadata for name in ("gt", "ge", "le") if hasattr(mark, name)}
    match limits:
        case {"gt": low, "le": high}:
            return f" over {low}, up to {high}"
        case {"gt": low}:
            return f" over {low}"
        case {"ge": low, "le": high}:
            return f" from {low} to {high}"
        case {"ge": low}:
            return f" of {low} or more"
        case _:
            return ""


def _model(error: ErrorDetails, model: type[BaseModel]) -> type[BaseModel]:
    """Answer the model that the last part of an error's place is a field of: ours, or that of one in a list."""
    head, *rest = error["loc"]
    if not rest:
        return model
    inner: type[BaseModel] = get_args(model.model_fields[str(head)].annotation)[0]
    return inner


def _field(error: ErrorDetails, model: type[BaseModel]) -> FieldInfo | None:
    """Answer the field that an error is about; None: it is about one of a list as a whole."""
    last = error["loc"][-1]
    return None if isinstance(last, int) else _model(error, model).model_fields[last]


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= VALUE_SHOWN_MAX else f"{text[:VALUE_SHOWN_MAX]}…"
