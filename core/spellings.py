"""The fields of a shape → what decodes a line into them, wherever they stand in it.

A field `a.b` is written in two ways: as the key `a.b`, or as the key `b` of an object `a`. A decoder that reads both
takes time, and most files write one of them all along. So there are decoders for one spelling each, which refuse a line
that is written otherwise.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import chain, combinations
from operator import attrgetter
from typing import Any, Final, Literal, NamedTuple, Protocol

import msgspec

from core.limits import FIELD_LENGTH_MAX
from core.model import Shape
from core.times import Written

Names = frozenset[str]


class Entry(Protocol):
    """What is read of one line."""

    @property
    def ts(self) -> Written:
        """The time, as written."""

    @property
    def service(self) -> str | None:
        """Who wrote it."""

    @property
    def level(self) -> str | float | None:
        """How bad it is."""


class Decode(Protocol):
    """Reads a line."""

    def __call__(self, line: bytes, /) -> Entry:
        """Answer its entry. Raises what msgspec raises for what is no JSON object of the expected kind."""


Values = frozenset[str | int]
ErrorsOf = Callable[[list[Any], Values], list[Any]]
"""Entries, levels → those entries whose level is one of these, in order."""


def errors_of(entries: list[Any], levels: Values) -> list[Any]:
    """Answer the entries whose level is one of these."""
    # Of all that happens to a line, only this is Python's work: the rest is done for errors alone.
    return [entry for entry in entries if entry.level in levels]


def _errors_one_deep(entries: list[Any], levels: Values) -> list[Any]:
    """Answer the same where the level is in an object, without the property that would find it, but take longer."""
    return [entry for entry in entries if entry.in_0.level in levels]


class Decoder(NamedTuple):
    """What reads lines of one spelling, and what finds the errors among what it answers."""

    decode: Decode
    errors_of: ErrorsOf = errors_of


class _Entry(msgspec.Struct, frozen=True, gc=False):
    """What is read of one line, whichever way it was spelt."""

    ts: Written
    service: str | None
    level: str | float | None


Spelling = frozenset[str]
"""Which of the fields stand in objects: of `ts`, `service` and `level`, those whose name has a dot."""

_ANYTHING_ELSE: Final[Any] = str | int | float | bool | list[Any] | None


def unclear(shape: Shape) -> str | None:
    """Answer what is wrong with the names of the three fields, as the end of a sentence about them. None: nothing."""
    names = _names_of(shape).values()
    if not all(1 <= len(name) <= FIELD_LENGTH_MAX and _is_text(name) for name in names):
        return f"must be texts of 1 to {FIELD_LENGTH_MAX} characters"
    if len(set(names)) < len(names):
        return "must be three different fields"
    if any(name.startswith(f"{other}.") for name in names for other in names):
        return "must be fields of which none stands in another"
    if not all(part for name in names for part in name.split(".")):
        return "must be names that neither begin nor end with a dot, and have no two in a row"
    return None


def numbers_of(levels: Names) -> frozenset[int]:
    """Answer the numbers among levels."""
    return frozenset(int(level) for level in levels if level.isascii() and level.isdigit())


def spellings_of(shape: Shape) -> Iterator[Spelling]:
    """Yield every way in which the lines of a file may be spelt."""
    dotted = [field for field, name in _names_of(shape).items() if "." in name]
    return map(frozenset, chain.from_iterable(combinations(dotted, n) for n in range(len(dotted) + 1)))


@lru_cache(maxsize=64)
def decoder_of_all(shape: Shape) -> Decoder:
    """Answer what reads a line however it is spelt. A key with a dot goes before one in an object."""
    names = _names_of(shape)
    kinds = _kinds(shape, frozenset(), frozenset())
    dotted = [field for field, name in names.items() if "." in name]
    at_the_top = _decode("Entry", [(field, kinds[field], None) for field in names], names)
    if not dotted:
        return Decoder(at_the_top)

    def read(line: bytes) -> Entry:
        entry: Entry = at_the_top(line)
        missing = frozenset(field for field in dotted if getattr(entry, field) is None)
        if not missing:
            return entry
        found = _below(shape, missing)(line)
        return _Entry(**{field: found.get(field, getattr(entry, field)) for field in names})

    return Decoder(read)


@lru_cache(maxsize=64)
def _below(shape: Shape, wanted: Spelling) -> Callable[[bytes], dict[str, Any]]:
    """Answer what looks for fields in the objects of a line."""
    nested = {field: name for field, name in _names_of(shape).items() if field in wanted}
    inner = _tree(nested, _kinds(shape, frozenset(), frozenset()), required=False)
    fields = [(f"in_{n}", kind | _ANYTHING_ELSE, None) for n, kind in enumerate(inner.values())]
    decode = _decode("Below", fields, {f"in_{n}": key for n, key in enumerate(inner)})
    ways = {field: _way(field, name, list(inner)) for field, name in nested.items()}

    def read(line: bytes) -> dict[str, Any]:
        raw = decode(line)
        return {field: _at(raw, way) for field, way in ways.items()}

    return read


@lru_cache(maxsize=64)
def decoder_of(shape: Shape, spelling: Spelling, *, services: Names, levels: Names) -> Decoder:
    """Answer what reads a line that is spelt so, and refuses others.

    `services`, `levels`: the only ones that are read; none: any.
    """
    names = _names_of(shape)
    kinds = _kinds(shape, services, levels)
    there = _kinds(shape, services, levels, or_null=False)
    # The level first: `_errors_one_deep` looks for it there.
    nested = {field: names[field] for field in sorted(spelling, key="level".__ne__)}
    inner = _tree(nested, there, required=True)
    # Fields with a dot must be there, and not in the other way, or this is not how the line is spelt.
    fields: list[Any] = [
        (field, there[field]) if "." in name else (field, kinds[field], None)
        for field, name in names.items()
        if field not in spelling
    ]
    fields += [(f"in_{n}", kind) for n, kind in enumerate(inner.values())]
    fields += [(f"not_{field}", None, None) for field in nested]
    keys = names | {f"in_{n}": key for n, key in enumerate(inner)}
    keys |= {f"not_{field}": name for field, name in nested.items()}
    ways = {field: attrgetter(".".join(_way(field, name, list(inner)))) for field, name in nested.items()}
    decode = _decode(
        "Entry",
        sorted(fields, key=len),  # those with a default last
        keys,
        namespace={field: property(way) for field, way in ways.items()},
    )
    is_one_deep = "level" in nested and names["level"].count(".") == 1
    return Decoder(decode, _errors_one_deep if is_one_deep else errors_of)


def _is_text(name: str) -> bool:
    """Answer whether a name can stand in JSON. Bytes of a command line that are no UTF-8 come as surrogates."""
    return name.encode(errors="ignore").decode() == name


def _names_of(shape: Shape) -> dict[str, str]:
    return {"ts": shape.time_field, "service": shape.service_field, "level": shape.level_field}


def _kinds(shape: Shape, services: Names, levels: Names, *, or_null: bool = True) -> Mapping[str, Any]:
    level = _one_of(levels) | int | float if numbers_of(shape.levels) else _one_of(levels)
    # What can't be read as a time does not make its line any less an error.
    kinds = {"ts": str | int | float, "service": _one_of(services), "level": level}
    return {field: kind | None for field, kind in kinds.items()} if or_null else kinds


def _one_of(names: Names) -> Any:
    """Answer the type of a field that is one of these texts, or of any text if there are none."""
    literal: Any = Literal
    return operator.getitem(literal, tuple(sorted(names))) if names else str


def _tree(nested: Mapping[str, str], kinds: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    """Answer the types of the objects at the top that fields stand in, by their keys."""
    ways: dict[str, dict[str, Any]] = {}
    for field, name in nested.items():
        head, _, rest = name.partition(".")
        ways.setdefault(head, {})[field] = rest
    return {head: _object(below, kinds, required=required) for head, below in ways.items()}


def _object(below: Mapping[str, str], kinds: Mapping[str, Any], *, required: bool) -> Any:
    here = {field: name for field, name in below.items() if "." not in name}
    deeper = _tree({field: name for field, name in below.items() if "." in name}, kinds, required=required)
    fields: list[Any] = [(field, kinds[field]) for field in here]
    fields += [(_slot(key), kind if required else kind | _ANYTHING_ELSE) for key, kind in deeper.items()]
    keys = here | {_slot(key): key for key in deeper}
    return msgspec.defstruct(
        "Inner", fields if required else [(*field, None) for field in fields], rename=keys, gc=False
    )


def _slot(key: str) -> str:
    """Answer the attribute of an object in which the object of a key is held."""
    return f"at_{key.encode().hex()}"


def _way(field: str, name: str, heads: list[str]) -> list[str]:
    """Answer by which attributes a field is reached; the keys of the objects at the top are `heads`, in their order."""
    head, *between, _ = name.split(".")
    return [f"in_{heads.index(head)}", *map(_slot, between), field]


def _at(raw: object, way: list[str]) -> Any:
    for slot in way:
        raw = getattr(raw, slot, None)
    return raw


def _decode(
    name: str, fields: list[Any], keys: Mapping[str, str], *, namespace: dict[str, Any] | None = None
) -> Callable[[bytes], Any]:
    of = {field: keys[field] for field, *_ in fields}
    # Strings and numbers can't form a cycle: nothing for the collector to look at.
    made = msgspec.defstruct(name, fields, rename=of, gc=False, namespace=namespace)
    return msgspec.json.Decoder(made).decode
