"""Lines come whole, whatever the pieces."""

import itertools
import tracemalloc
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.limits import CHUNK_B, KIB, MIB
from core.lines import batches


def _lines(chunks: Iterable[bytes], *, line_b_max: int = MIB) -> tuple[list[bytes], int]:
    found = list(batches(chunks, line_b_max=line_b_max))
    return [line for batch in found for line in batch.lines], sum(batch.too_long for batch in found)


@given(
    content=st.text(alphabet="ab\r\n\u2028é", max_size=60), cuts=st.lists(st.integers(0, 80)), limit=st.integers(1, 8)
)
def test_cuts_decide_nothing(content: str, cuts: list[int], limit: int) -> None:
    """Neither which lines there are, nor which of them are too long; a character may lie on a cut."""
    stored = content.encode()
    edges = sorted({0, len(stored), *(cut for cut in cuts if cut < len(stored))})
    chunks = [stored[start:end] for start, end in itertools.pairwise(edges)]
    expected = stored.removesuffix(b"\n").split(b"\n") if stored else []

    lines, too_long = _lines(chunks, line_b_max=limit)

    assert lines == [line for line in expected if len(line) <= limit]
    assert too_long == len(expected) - len(lines)


@pytest.mark.parametrize("inside", [b"\r", "\u2028".encode(), "\u0085".encode(), b"\x0b", b"\x0c", b"\x1c"])
def test_only_a_line_feed_ends_a_line(inside: bytes) -> None:
    """A JSON string may hold any other separator."""
    assert _lines([b"a" + inside + b"b\nc"]) == ([b"a" + inside + b"b", b"c"], 0)


def test_a_line_of_70_kib_is_a_line() -> None:
    """It is longer than what a network hands over at once, and no reason to complain."""
    long = b"x" * 70 * KIB
    stored = b"a\n" + long + b"\nb\n"

    assert _lines(stored[at : at + 64 * KIB] for at in range(0, len(stored), 64 * KIB)) == ([b"a", long, b"b"], 0)


def test_a_line_of_20_mib_is_counted_and_never_held() -> None:
    """Somebody's log has no line feeds; the reader's memory does not pay for it."""
    chunks = [b"a\n", *([b"x" * CHUNK_B] * (20 * MIB // CHUNK_B)), b"\nb"]
    tracemalloc.start()

    assert _lines(chunks) == ([b"a", b"b"], 1)

    assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    tracemalloc.stop()
