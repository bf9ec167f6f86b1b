"""The beginning of a file, and what a rule would make of it."""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.analysis import analyse
from core.limits import LINE_B_MAX
from core.model import Rule
from core.presets import SHAPES, Preset
from core.trial import beginning, trial
from tests.unit.test_presets import LINES

NOON = datetime(2025, 9, 15, 12, tzinfo=UTC)
PLAIN = Rule(name="default", threshold=10)


@pytest.mark.parametrize("size_b", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("lines_max", "head"), [(1, b"a\n"), (2, b"a\n\n"), (3, b"a\n\nbc\n"), (4, b"a\n\nbc\nd"), (9, b"a\n\nbc\nd")]
)
def test_a_beginning_is_whole_lines_wherever_they_are_cut(size_b: int, lines_max: int, head: bytes) -> None:
    """And the last line, which needs no end."""
    content = b"a\n\nbc\nd"
    chunks = (content[n : n + size_b] for n in range(0, len(content), size_b))

    assert beginning(chunks, lines_max=lines_max) == head


def test_nothing_is_read_behind_the_lines_that_are_wanted() -> None:
    """A file may be large, and far away."""
    read = 0

    def chunks() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"a\nb"

    head = beginning(chunks(), lines_max=3)

    assert (head, read) == (b"a\nba\nba\n", 3)


def test_a_beginning_has_a_limit() -> None:
    """Then it ends with the last whole line; or within a line, if that one is longer."""
    lines = beginning(itertools.repeat(b"abc\nd"), lines_max=1000, b_max=10)
    endless = beginning(itertools.repeat(b"abc"), lines_max=1000, b_max=10)

    assert (lines, endless) == (b"abc\ndabc\ndabc\n", b"abcabcabcabc")


def test_the_totals_are_those_of_a_count() -> None:
    """And a line that is too long keeps its number."""
    line = b'{"ts":"2025-09-15T12:00:00Z","level":"ERROR"}'
    head = b"\n".join([line, b" " * LINE_B_MAX + line, b"# x", b"\r", b'{"level":"ERROR"}', b"[]", line])

    tried = trial(head, rule=PLAIN, written_at=NOON, lines_shown=9)

    tally = analyse([head], rule=PLAIN, written_at=NOON)
    totals = tried.totals
    assert (totals.lines, totals.errors, totals.malformed) == (tally.lines, tally.total, tally.malformed) == (5, 3, 2)
    assert (totals.undated, totals.without_time) == (tally.undated, 1) == (1, 1)
    assert [(one.number, one.malformed) for one in tried.lines] == [
        (1, False),
        (2, True),
        (5, False),
        (6, True),
        (7, False),
    ]


@pytest.mark.parametrize("preset", Preset)
def test_the_preset_of_a_logger_is_suggested_for_its_lines(preset: Preset) -> None:
    """To whoever has the rule that says nothing, and to nobody who has it already."""
    head = b"".join(json.dumps(line).encode() + b"\n" for line in LINES[preset])
    shape = SHAPES[preset]
    preset_rule = Rule(name="preset", threshold=10, shape=shape)

    by_default = trial(head, rule=PLAIN, written_at=NOON, lines_shown=1)
    by_preset = trial(head, rule=preset_rule, written_at=NOON, lines_shown=1)

    assert (by_default.suggestion, by_default.suggested_read) == (preset, 2)
    assert (by_preset.suggestion, by_preset.read, by_preset.totals.errors) == (None, 2, 1)


def test_no_preset_is_suggested_where_none_reads_more() -> None:
    """A log of our own fields, and one of nobody's."""
    ours = b'{"ts":"2025-09-15T12:00:00Z","level":"ERROR"}\n{"ts":"2025-09-15T12:00:00Z","level":"INFO"}\n'
    quiet = b'{"ts":"2025-09-15T12:00:00Z","level":"INFO"}\n'
    strange = b'{"when":"2025-09-15T12:00:00Z","what":"ERROR"}\n'

    found = [trial(head, rule=PLAIN, written_at=NOON, lines_shown=1).suggestion for head in (ours, quiet, strange)]

    assert found == [None, None, None]
