"""A file that is cut anywhere and counted in parts comes to what one reader finds who reads it from end to end."""

import itertools
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.analysis import analyse, part_of
from core.cuts import Span, lines_of
from core.errors import Permanent
from core.inflate import HEAD_B, inflate, plain_from
from core.limits import LINE_B_MAX, SERVICES_SEEN_MAX
from core.model import Rule, Shape, Tally
from core.part import Part, joined, tally_of
from tests.property.test_analysis_is_the_naive_reader import contents

RULE = Rule(name="test", threshold=1, shape=Shape(levels=frozenset({"ERROR", "FATAL"})))
WRITTEN_AT = datetime(2025, 9, 15, 11, 30, 30, tzinfo=UTC)
SINCE = datetime(2025, 9, 15, 12, 0, 5, tzinfo=UTC)

_part = partial(part_of, rule=RULE, written_at=WRITTEN_AT)
_whole = partial(analyse, rule=RULE, written_at=WRITTEN_AT)
long_lines = st.integers(LINE_B_MAX - 2, LINE_B_MAX + 2).map(lambda length: b"x" * length)


def in_parts(content: bytes, cuts: list[int], *, since: datetime | None = None, chunk_b: int = 100) -> Part | None:
    begin = plain_from(content[:HEAD_B])
    assert begin is not None
    edges = [begin, *sorted({min(begin + cut, len(content)) for cut in cuts}), len(content)]
    parts = [
        _part(
            lines_of(
                Span(start, end),
                lambda size_b, at: content[at : at + size_b],
                begin=begin,
                end=len(content),
                chunk_b=chunk_b,
            ),
            since=since,
        )
        for start, end in itertools.pairwise(edges)
    ]
    whole: Part | None = parts[0]
    for part in parts[1:]:
        whole = None if whole is None else joined(whole, part)
    return whole


def _or_reason(count: partial[Tally]) -> Tally | str:
    try:
        return count()
    except Permanent as exc:
        return str(exc)


def _assert_the_same(content: bytes, cuts: list[int], *, since: datetime | None = None, chunk_b: int = 100) -> None:
    whole = in_parts(content, cuts, since=since, chunk_b=chunk_b)
    assert whole is not None

    expected = _or_reason(partial(_whole, inflate([content]), since=since))
    counted = _or_reason(partial(tally_of, whole))
    assert counted == expected
    if isinstance(counted, Tally) and isinstance(expected, Tally):
        assert list(counted.by_service) == list(expected.by_service)


@given(
    content=st.one_of(contents, st.binary(max_size=40)).filter(
        lambda content: plain_from(content[:HEAD_B]) is not None
    ),
    cuts=st.lists(st.integers(0, 300), max_size=6),
    since=st.sampled_from([None, SINCE]),
    chunk_b=st.integers(1, 100),
)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=400)
@example(content=b"", cuts=[0], since=None, chunk_b=1)
@example(content=b"\n\n\n", cuts=[1, 2, 3], since=None, chunk_b=1)
@example(content=b"\xef\xbb\xbf{}", cuts=[0, 1], since=None, chunk_b=1)
@example(content=b"{}\n\xef\xbb\xbf{}\n", cuts=[3], since=None, chunk_b=9)
@example(content=b"\xff\n{}\n", cuts=[2], since=None, chunk_b=9)
@example(content=b"x\n\0\n", cuts=[2], since=None, chunk_b=9)
def test_any_bytes_cut_anywhere(content: bytes, cuts: list[int], since: datetime | None, chunk_b: int) -> None:
    """In the middle of a line, of a character, of nothing at all."""
    _assert_the_same(content, cuts, since=since, chunk_b=chunk_b)


@given(
    blocks=st.lists(st.tuples(st.sampled_from([None, "info", "error", "a", "b"]), st.integers(1, 600)), max_size=8),
    cuts=st.lists(st.integers(0, 40_000), max_size=5),
)
@settings(max_examples=100)
@example(blocks=[(None, 600), ("a", 600), (None, 399), ("b", 1), ("info", 1)], cuts=[1800, 20_000])
@example(blocks=[("a", 999), ("b", 1), ("info", 1)], cuts=[3, 14_000])
def test_the_levels_of_the_first_lines_are_those_of_the_file(
    blocks: list[tuple[str | None, int]], cuts: list[int]
) -> None:
    """A thousand lines from the first that has one, on whichever side of a cut they stand."""
    lines = ((b"{}\n" if level is None else b'{"level":"%s"}\n' % level.encode()) * count for level, count in blocks)

    _assert_the_same(b"".join(lines), cuts, chunk_b=4096)


@given(
    lines=st.lists(st.one_of(long_lines, st.sampled_from([b"{}", b'{"level":"ERROR"}', b"\xff"])), max_size=4),
    cuts=st.lists(st.integers(0, 4 * LINE_B_MAX), max_size=3),
    ending=st.sampled_from([b"", b"\n"]),
)
@settings(max_examples=30)
def test_a_line_over_the_limit_is_one_malformed_line(lines: list[bytes], cuts: list[int], ending: bytes) -> None:
    """Even if whole parts of the file lie within it."""
    _assert_the_same(b"\n".join(lines) + ending, cuts, chunk_b=100_000)


@pytest.mark.parametrize("more", [0, 1])
def test_too_many_services_are_left_to_one_reader(more: int) -> None:
    """Only that one knows which of them came first."""
    lines = [b'{"level":"ERROR","service":"%d"}\n' % n for n in range(SERVICES_SEEN_MAX + more)]
    content = b"".join(lines)

    assert (in_parts(content, [len(content) // 2], chunk_b=100_000) is None) == bool(more)


def test_a_service_called_other_hides_no_folding() -> None:
    """A part that folded has a cell of that name, whether or not somebody is called so."""
    lines = [b'{"level":"ERROR","service":"%d"}\n' % n for n in range(SERVICES_SEEN_MAX)]
    content = b'{"level":"ERROR","service":"other"}\n' + b"".join(lines)

    assert in_parts(content, [len(content) - 5], chunk_b=100_000) is None
