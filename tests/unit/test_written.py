"""Texts of settings: what they say, and in which line."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import Misspelt
from core.places import Path
from core.written import TEXT_B_MAX, Kind, read

TOML = b'''# Rules of two kinds.
threshold = 1.5
levels = ["A", # one
  "B",
]

[[rules]]
name = """
a # no comment
[[rules]]"""
"prefix" = 'a' # [x]

[[rules]]
name = 'b\\'
threshold = 3

[other."b.c"]
d.e = 1979-05-27 07:32:00.5Z
[[other.q]]
x = [{y = 1},
  {z = {}}]
[[other.q]]
[other.q.r]
k = \'\'\'it's a "\'\'\'
'''
YAML = b"""\
# Rules of two kinds.
threshold: 1.5
levels: [A,
  B]
rules:
  - name: |
      a
      name: b
    prefix: 'a'
  -
    name: b

    threshold: 3
"""
JSON = b"""
{"levels": ["A",
  "B"],
 "rules": [{"name": "a \\" [",
   "threshold": 3}, {
   "name": "b", "prefix": null}]}
"""


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, within in inner:
        yield from _paths(within, (*path, key))


@pytest.mark.parametrize(("kind", "text"), [(Kind.TOML, TOML), (Kind.YAML, YAML), (Kind.JSON, JSON)], ids=str)
def test_each_value_has_a_line(kind: Kind, text: bytes) -> None:
    """And nothing else has one."""
    written = read(text, kind)

    assert {path for path in written.lines if path} == {path for path in _paths(written.value) if path}


@pytest.mark.parametrize(
    ("kind", "text", "lines"),
    [
        (Kind.TOML, TOML, {"levels": 3, "level": 4, "first": 7, "prefix": 11, "second": 13, "threshold": 15}),
        (Kind.YAML, YAML, {"levels": 3, "level": 4, "first": 6, "prefix": 9, "second": 11, "threshold": 13}),
        (Kind.JSON, JSON, {"levels": 2, "level": 3, "first": 4, "prefix": 6, "second": 5, "threshold": 5}),
    ],
    ids=str,
)
def test_a_value_stands_where_its_key_does(kind: Kind, text: bytes, lines: dict[str, int]) -> None:
    """Whatever looks like one in a text or a comment."""
    written = read(text, kind)
    first, second = ("rules", 0), ("rules", 1)
    paths: dict[str, Path] = {
        "levels": ("levels",),
        "level": ("levels", 1),
        "first": first,
        "prefix": (*(second if kind is Kind.JSON else first), "prefix"),
        "second": second,
        "threshold": (*(first if kind is Kind.JSON else second), "threshold"),
    }

    assert {name: written.line_of(path) for name, path in paths.items()} == lines


def test_tables_in_tables_have_their_lines() -> None:
    """As TOML nests them."""
    lines = read(TOML, Kind.TOML).lines

    other: dict[Path, int] = {path[1:]: line for path, line in lines.items() if path[0] == "other" and len(path) > 1}
    assert other == {
        ("b.c",): 17,
        ("b.c", "d"): 18,
        ("b.c", "d", "e"): 18,
        ("q",): 19,
        ("q", 0): 19,
        ("q", 0, "x"): 20,
        ("q", 0, "x", 0): 20,
        ("q", 0, "x", 0, "y"): 20,
        ("q", 0, "x", 1): 21,
        ("q", 0, "x", 1, "z"): 21,
        ("q", 1): 22,
        ("q", 1, "r"): 23,
        ("q", 1, "r", "k"): 24,
    }


def test_what_is_missing_belongs_to_what_it_should_stand_in() -> None:
    """And to nothing, if that is the text as a whole."""
    written = read(YAML, Kind.YAML)

    assert (written.line_of(("rules", 1, "topic_arn")), written.line_of(("table",))) == (11, None)


def test_a_plain_word_of_yaml_means_what_it_looks_like() -> None:
    """As in YAML 1.2: of yes, +10:00, 012 and a date an older reader makes true, 600, 10 and a date."""
    text = b"[yes, NO, +10:00, 012, 2025-09-15, 1_000, .5, true, null, ~, -3, 1.5, 1e3, '4', x]"

    found = read(text, Kind.YAML).value

    texts = ["yes", "NO", "+10:00", "012", "2025-09-15", "1_000", ".5"]
    assert found == [*texts, True, None, None, -3, 1.5, 1000.0, "4", "x"]


def test_an_empty_text_of_yaml_says_nothing() -> None:
    """As one of TOML."""
    assert read(b"# nothing\n", Kind.YAML).value == {}


_BOMB = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("kind", "text", "words", "place"),
    [
        (Kind.YAML, _BOMB, "*a is an alias, and these are not read; write it out, or put a glob into quotes", (2, 8)),
        (Kind.YAML, b"a: 1\nb: 2\na: 3", "a stands here for the second time, first in line 1; say it once", (3, 1)),
        (Kind.YAML, b"a:\n\tb: 1", "a tab stands where YAML takes spaces only; put spaces there", (2, 1)),
        (Kind.YAML, b"a:\tb", "a tab stands where YAML takes spaces only; put spaces there", (1, 3)),
        (Kind.YAML, b"suffix: *.json", "put a text that begins with * or & into quotes", (1, 9)),
        (Kind.YAML, b"time_field: @timestamp", "put a text that begins with @ into quotes", (1, 13)),
        (Kind.YAML, b"a: b: c", "a second `: ` in one value, or an indent that fits no line above", (1, 5)),
        (Kind.YAML, b"a:\n  b: 1\n c: 2", "indent it as the lines that it belongs to", (3, 2)),
        (Kind.YAML, b"a: 1\nb", "write `key: value`, with a space behind the colon", (2, 2)),
        (Kind.YAML, b"a: [1, 2", "a comma or a ] is missing", (1, 9)),
        (Kind.YAML, b"a: 1\nb: 'x\n", "a quote is opened, and never closed", (2, 4)),
        (Kind.YAML, b"--- {}\n--- {}\n", "write one document: without a second ---", (2, 1)),
        (Kind.YAML, b"a: !!python/name:os.system", "the tag !!python/name:os.system is not read; leave it out", (1, 4)),
        (Kind.YAML, b"a: !!int x", "this can't be read as int; put a text into quotes", (1, 4)),
        (Kind.YAML, b"a: " + b"9" * 5000, "this can't be read as int; put a text into quotes", (1, 4)),
        (Kind.YAML, b"1: 2", "a key must be a text; put it into quotes", (1, 1)),
        (Kind.YAML, b"? [a]\n: 1", "a key must be a text; put it into quotes", (1, 3)),
        (Kind.YAML, b"a: 1\nb: \0", "a control character; take it out", (2, 4)),
        (Kind.YAML, "a: ü\nbü: ".encode() + b"\xff", "not UTF-8; save it as UTF-8", (2, 5)),
        (Kind.TOML, b"a = 1\n\xff", "not UTF-8; save it as UTF-8", (2, 1)),
        (Kind.TOML, b"a = 1\nb 2", "expected '=' after a key in a key/value pair", (2, 3)),
        (Kind.TOML, b"a =", "invalid value", (1, 4)),
        (Kind.TOML, b"a = " + b"9" * 5000, "a number has thousands of digits", (None, None)),
        (Kind.JSON, b'{"a": 1,\n "a": 2}', "a stands here for the second time, first in line 1; say it once", (2, 2)),
        (Kind.JSON, b"[1,\n 2", "expecting ',' delimiter", (2, 3)),
    ],
)
def test_what_can_not_be_read_is_named_with_its_place(
    kind: Kind, text: bytes, words: str, place: tuple[int | None, int | None]
) -> None:
    """And, in YAML, with what to do."""
    with pytest.raises(Misspelt) as refused:
        read(text, kind)

    assert str(refused.value) == f"no {kind}: {words}"
    assert (refused.value.line, refused.value.column) == place


@pytest.mark.parametrize(("kind", "begin"), [(Kind.TOML, b"a="), (Kind.YAML, b""), (Kind.JSON, b"")])
def test_what_is_nested_too_deep_is_refused(kind: Kind, begin: bytes) -> None:
    """It would be a stack trace."""
    with pytest.raises(Misspelt, match="it is nested too deep"):
        read(begin + b"[" * 20_000, kind)


def test_a_text_has_a_limit() -> None:
    """It is read by hand."""
    with pytest.raises(Misspelt, match="more than 1 MiB"):
        read(b"#" * (TEXT_B_MAX + 1), Kind.YAML)
