"""A decoder that knows some names reads what the plain one reads, whatever comes, and in whatever batches."""

import json
from collections import Counter

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.entries import KNOWN_MAX, LEARNT_MAX, Entries
from core.model import Shape
from core.spellings import Entry

PLAIN = Shape()
DOTTED = Shape(
    levels=frozenset({"ERROR", "50"}),
    service_field="service.name",
    level_field="log.level",
)
NAMES = st.sampled_from(["a", "b", "ERROR", "", "ü", 'q"', "\\", "\U0001f4a5", "x" * 200]) | st.text(max_size=5)
VALUES = st.none() | NAMES | st.integers() | st.booleans() | st.lists(NAMES, max_size=2)
INNER = st.dictionaries(st.sampled_from(["name", "level", "other"]), VALUES)
KEYS = st.sampled_from(["ts", "service", "level", "other", "service.name", "log.level", "log"])
OBJECTS = st.dictionaries(KEYS, VALUES | INNER)
LINES = (
    st.builds(lambda entry, escaped: json.dumps(entry, ensure_ascii=escaped).encode(), OBJECTS, st.booleans())
    | st.sampled_from(
        [
            b"",
            b"# comment",
            b"{",
            b"\xff",
            b"[]",
            b'{"level":"ERROR","level":"a"}',
            b'{"service":"\\u0061"}',
            b'{"level":"ERROR"}{"level":"ERROR"}',
        ]
    )
    | st.binary(max_size=10)
)


@given(batches=st.lists(st.lists(LINES, max_size=40), max_size=8), shape=st.sampled_from([PLAIN, DOTTED]))
def test_a_decoder_that_knows_names_reads_the_same(batches: list[list[bytes]], shape: Shape) -> None:
    """The entries in any order, the malformed lines each."""
    plain, knowing = Entries(shape), Entries(shape)

    for lines in batches:
        text = _text(lines)
        entries, errors, malformed = plain.of(text, in_order=True)
        known = knowing.of(text, in_order=False)

        assert Counter(map(_fields, known.entries)) == Counter(map(_fields, entries))
        assert Counter(map(_fields, known.errors)) == Counter(map(_fields, errors))
        assert errors == [entry for entry in entries if str(entry.level) in shape.levels]
        assert Counter(known.malformed) == Counter(malformed)


def test_a_file_with_a_name_for_each_line_is_read_all_the_same() -> None:
    """It is not worth knowing them: after a few batches nobody tries any more."""
    reader = Entries(PLAIN)
    counts = []

    for batch in range(2 * LEARNT_MAX):
        lines = [msgspec.json.encode({"service": f"{batch}-{n}"}) for n in range(2 * KNOWN_MAX)]
        entries = reader.of(_text(lines), in_order=False).entries
        counts.append(len({entry.service for entry in entries}))

    assert counts == [2 * KNOWN_MAX] * len(counts)


def test_new_names_are_learnt_as_they_come() -> None:
    """A service that begins to log in the middle of a file."""
    reader = Entries(PLAIN)
    seen: set[str | None] = set()

    for name in ("a", "b", "c", "d", "e", "f"):
        lines = [msgspec.json.encode({"service": name, "level": "INFO"})] * 50
        entries, _, malformed = reader.of(_text(lines), in_order=False)
        seen |= {entry.service for entry in entries}
        assert (len(entries), malformed) == (50, [])

    assert seen == {"a", "b", "c", "d", "e", "f"}


def _text(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _fields(entry: Entry) -> tuple[str, str | None, str]:
    return repr(entry.ts), entry.service, repr(entry.level)
