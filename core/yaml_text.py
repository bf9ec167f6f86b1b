"""YAML → its values, and the line of each: what TOML could say, too, and nothing that is read otherwise than it looks.

What a plain word means is as in YAML 1.2 and JSON: `yes` and `+10:00` are texts. What one key says twice, what an alias
repeats (a few of them can stand for gigabytes) and what a tag makes of a value is refused.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import yaml
from yaml.composer import ComposerError
from yaml.error import MarkedYAMLError
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from core.errors import Misspelt
from core.places import Path

_TAG: Final = "tag:yaml.org,2002:"
_WORDS: Final = {"null": None, "~": None, "": None, "true": True, "false": False}
_PLAIN: Final[Mapping[str, tuple[str, str]]] = {  # by tag: what such a word looks like, and how it can begin
    "null": (r"~|null|", "~n\0"),
    "bool": (r"true|false", "tf"),
    "int": (r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    "float": (r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)", "-+0123456789"),
}
_MADE_BY: Final[Mapping[str, Callable[[str], Any]]] = {
    f"{_TAG}null": _WORDS.__getitem__,
    f"{_TAG}bool": _WORDS.__getitem__,
    f"{_TAG}int": int,
    f"{_TAG}float": float,
    f"{_TAG}str": str,
}
# PyYAML's words → what to do. What begins a text there is what globs and fields of loggers begin with.
_ADVICE: Final = (
    (r"character '\\t'", "a tab stands where YAML takes spaces only; put spaces there"),
    (r"expected alphabetic or numeric character", "put a text that begins with * or & into quotes"),
    (r"found character '(.)' that cannot", r"put a text that begins with \1 into quotes"),
    (r"mapping values are not allowed here", "a second `: ` in one value, or an indent that fits no line above"),
    (r"could not find expected ':'", "write `key: value`, with a space behind the colon"),
    (r"expected <block end>", "indent it as the lines that it belongs to"),
    (r"expected ',' or '([\]}])'", r"a comma or a \1 is missing"),
    (r"found unexpected end of stream", "a quote is opened, and never closed"),
    (r"but found another document", "write one document: without a second ---"),
    (r"found unknown escape character", "in double quotes a backslash is \\\\; single quotes take it as it is"),
)


def read(text: str) -> tuple[Any, dict[Path, int]]:
    """Answer what a text says, and where. An empty one says nothing. Raises Misspelt."""
    try:
        node = _Loader(text).get_single_node()
    except ReaderError as exc:
        line = text.count("\n", 0, exc.position) + 1
        column = exc.position - text.rfind("\n", 0, exc.position)
        raise Misspelt("a control character; take it out", line=line, column=column) from exc
    except MarkedYAMLError as exc:
        raise _misspelt(exc) from exc
    lines: dict[Path, int] = {}
    return {} if node is None else _value(node, (), lines), lines


class _Loader(yaml.SafeLoader):
    """Reads as PyYAML's safe one does, without aliases."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        if self.check_event(AliasEvent):
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
            words = f"*{event.anchor} is an alias, and these are not read; write it out, or put a glob into quotes"
            raise ComposerError(None, None, words, event.start_mark)
        return super().compose_node(parent, index)


for _name, (_pattern, _firsts) in _PLAIN.items():
    _Loader.add_implicit_resolver(
        f"{_TAG}{_name}", re.compile(rf"^(?:{_pattern})$"), ["" if c == "\0" else c for c in _firsts]
    )


def _value(node: Node, path: Path, lines: dict[Path, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case MappingNode(tag="tag:yaml.org,2002:map"):
            return _mapping(node, path, lines)
        case SequenceNode(tag="tag:yaml.org,2002:seq"):
            return [_value(item, (*path, n), lines) for n, item in enumerate(node.value)]
        case ScalarNode() if node.tag in _MADE_BY:
            try:
                return _MADE_BY[node.tag](node.value)
            except (KeyError, ValueError) as exc:  # a number of thousands of digits; a tag that does not fit
                raise _at(node, f"this can't be read as {node.tag.removeprefix(_TAG)}; put a text into quotes") from exc
        case _:
            raise _at(node, f"the tag {node.tag.replace(_TAG, '!!')} is not read; leave it out")


def _mapping(node: MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, ScalarNode) or key_node.tag != f"{_TAG}str":
            raise _at(key_node, "a key must be a text; put it into quotes")
        key: str = key_node.value
        if key in made:
            raise _at(
                key_node, f"{key} stands here for the second time, first in line {lines[*path, key]}; say it once"
            )
        lines[*path, key] = key_node.start_mark.line + 1
        made[key] = _value(value_node, (*path, key), lines)
    return made


def _misspelt(exc: MarkedYAMLError) -> Misspelt:
    said = exc.problem or "it can't be read"
    advice = ((re.search(pattern, said), words) for pattern, words in _ADVICE)
    words = next((found.expand(words) for found, words in advice if found), said)
    # A quote that is never closed, and a glob that is taken for an alias, are looked for where they begin.
    is_behind = said.startswith(("found unexpected end", "expected alphabetic"))
    mark = exc.context_mark if is_behind else exc.problem_mark
    return Misspelt(words, line=mark.line + 1, column=mark.column + 1) if mark else Misspelt(words)


def _at(node: Node, words: str) -> Misspelt:
    return Misspelt(words, line=node.start_mark.line + 1, column=node.start_mark.column + 1)
