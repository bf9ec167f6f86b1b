"""A rule's fields → what decodes a line into them, wherever they stand in it.

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

from core.model import Rule
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


class Decoder(NamedTuple):
    """What reads lines of one spelling, and where the level is in what it answers."""

    decode: Decode
    level_of: Callable[[Any], str | float | None] | None = None  # where its `level` is a property, which takes longer


class _Entry(msgspec.Struct, frozen=True, gc=False):
    """What is read of one line, whichever way it was spelt."""

    ts: Written
    service: str | None
    level: str | float | None


Spelling = frozenset[str]
"""Which of the fields stand in objects: of `ts`, `service` and `level`, those whose name has a dot."""

_TS: Final[Any] = str | int | float | None
_ANYTHING_ELSE: Final[Any] = str | int | float | bool | list[Any] | None


def numbers_of(levels: Names) -> frozenset[int]:
    """Answer the numbers among levels."""
    return frozenset(int(level) for level in levels if level.isascii() and level.isdigit())


def spellings_of(rule: Rule) -> Iterator[Spelling]:
    """Yield every way in which the lines of a file may be spelt."""
    dotted = [field for field, name in _names_of(rule).items() if "." in name]
    return map(frozenset, chain.from_iterable(combinations(dotted, n) for n in range(len(dotted) + 1)))


@lru_cache(maxsize=64)
def decoder_of_all(rule: Rule) -> Decoder:
    """Answer what reads a line however it is spelt."""
    names = _names_of(rule)
    dotted = {field: name for field, name in names.items() if "." in name}
    kinds = _kinds(rule, frozenset(), frozenset())
    if not dotted:
        return Decoder(_decode("Entry", [(field, kinds[field], None) for field in names], names))
    inner = _tree(dotted, kinds, required=False)
    fields = [(field, kinds[field], None) for field in names]
    fields += [(f"in_{n}", kind | _ANYTHING_ELSE, None) for n, kind in enumerate(inner.values())]
    keys = names | {f"in_{n}": key for n, key in enumerate(inner)}
    decode = _decode("Raw", fields, keys)
    places = {key: f"in_{n}" for n, key in enumerate(inner)}
    ways = {field: [places[name.split(".")[0]], *_inner_names(name)] for field, name in dotted.items()}

    def read(line: bytes) -> Entry:
        raw: Any = decode(line)
        found = {field: getattr(raw, field) for field in names}
        for field, way in ways.items():
            if found[field] is None:
                found[field] = _at(raw, way)
        return _Entry(**found)

    return Decoder(read)


@lru_cache(maxsize=64)
def decoder_of(rule: Rule, spelling: Spelling, *, services: Names, levels: Names) -> Decoder:
    """Answer what reads a line that is spelt so, and refuses others.

    `services`, `levels`: the only ones that are read; none: any.
    """
    names = _names_of(rule)
    kinds = _kinds(rule, services, levels)
    nested = {field: name for field, name in names.items() if field in spelling}
    inner = _tree(nested, kinds, required=True)
    # Fields with a dot must be there, or the line may be spelt in the other way.
    fields: list[Any] = [
        (field, kinds[field]) if "." in name else (field, kinds[field], None)
        for field, name in names.items()
        if field not in spelling
    ]
    fields += [(f"in_{n}", kind) for n, kind in enumerate(inner.values())]
    places = {key: f"in_{n}" for n, key in enumerate(inner)}
    ways = {
        field: attrgetter(".".join((places[name.split(".")[0]], *_inner_names(name)))) for field, name in nested.items()
    }
    decode = _decode(
        "Entry",
        sorted(fields, key=len),  # those with a default last
        names | {place: key for key, place in places.items()},
        namespace={field: property(way) for field, way in ways.items()},
    )
    return Decoder(decode, ways.get("level"))


def _names_of(rule: Rule) -> dict[str, str]:
    return {"ts": rule.time_field, "service": rule.service_field, "level": rule.level_field}


def _kinds(rule: Rule, services: Names, levels: Names) -> Mapping[str, Any]:
    level = _one_of(levels)
    return {
        # What can't be read as a time does not make its line any less an error.
        "ts": _TS,
        "service": _one_of(services),
        "level": level | int | float if numbers_of(rule.levels) else level,
    }


def _one_of(names: Names) -> Any:
    """Answer the type of a field that is one of these texts, or of any text if there are none; or null."""
    literal: Any = Literal
    return operator.getitem(literal, tuple(sorted(names))) | None if names else str | None


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
    fields: list[Any] = [(_slot(name), kinds[field]) for field, name in here.items()]
    fields += [(_slot(key), kind if required else kind | _ANYTHING_ELSE) for key, kind in deeper.items()]
    keys = {_slot(key): key for key in (*here.values(), *deeper)}
    return msgspec.defstruct(
        "Inner", fields if required else [(*field, None) for field in fields], rename=keys, gc=False
    )


def _slot(key: str) -> str:
    """Answer the attribute of an object in which the value of a key is held."""
    return f"at_{key.encode().hex()}"


def _inner_names(name: str) -> list[str]:
    return [_slot(key) for key in name.split(".")[1:]]


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
