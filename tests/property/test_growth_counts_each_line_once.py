"""A file that grows, cut anywhere, some of its versions never seen: each line counts once, by the first that has it."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from core.analysis import analyse
from core.entries import is_entry
from core.growth import Growth, count_growth
from core.heads import Compared
from core.model import Bucket, Cell, ETag, Extent, Head, Minute, ObjectCreated, ObjectKey, ObjectRef, Rule, Shape
from tests.property.test_analysis_is_the_naive_reader import contents

RULE = Rule(name="test", threshold=1, shape=Shape(levels=frozenset({"ERROR", "FATAL"})))
WRITTEN_AT = datetime(2025, 9, 15, 11, 30, 30, tzinfo=UTC)
CREATED = ObjectCreated(ref=ObjectRef(bucket=Bucket("b"), key=ObjectKey("k"), etag=ETag("e")))
ERROR = b'{"level":"ERROR","service":"a"}'

Errors = Counter[tuple[Minute, str]]
readable = st.lists(st.sampled_from([ERROR, ERROR + b" ", b'{"level":"INFO"}', b"x", b"", b"# c"]), max_size=8)
small = contents.filter(lambda content: len(content) < 10_000)  # pieces of one byte would take long
lines = st.one_of(small, readable.map(b"\n".join), readable.map(lambda lines: b"\n".join(lines) + b"\n"))
# One line at least can be read: else it is no text, and no version of a log.
texts = st.builds(lambda first, more: first + b"\n" + more, st.sampled_from([b"{}", ERROR, b'{"a":1}']), lines)


def in_pieces(content: bytes, size_b: int) -> list[bytes]:
    return [content[at : at + size_b] for at in range(0, len(content), size_b)]


def grown_to(content: bytes, size_b: int, *, head: Head | None) -> Growth:
    """Count a version of which nobody says how old it is."""
    grown = count_growth(
        in_pieces(content, size_b), CREATED, head=head, is_current=True, rule=RULE, written_at=WRITTEN_AT
    )
    assert grown is not None
    return grown


def last(head: Head | None) -> Extent:
    assert head is not None
    return head.files[-1]


def counted(cells: tuple[Cell, ...]) -> Errors:
    return Counter({(cell.minute, cell.service): cell.errors for cell in cells})


def naive(versions: list[bytes]) -> Errors:
    """Count each line, known by where it begins, as it stands in the first version in which it can be read."""
    errors: Errors = Counter()
    seen: set[int] = set()
    for version in versions:
        at = 0
        for line in version.split(b"\n"):
            if at not in seen and is_entry(line, RULE.shape):
                seen.add(at)
                errors += counted(analyse([line], rule=RULE, written_at=WRITTEN_AT).cells)
            at += len(line) + 1
    return errors


@given(content=texts, cuts=st.lists(st.integers(0, 400), max_size=6), size_b=st.integers(1, 80))
@example(content=ERROR + b"\n" + ERROR, cuts=[len(ERROR)], size_b=7)  # counted without its line feed
@example(content=ERROR + b"\n" + ERROR, cuts=[len(ERROR) + 1, len(ERROR) + 9], size_b=7)  # cut in the middle
@example(content=ERROR + ERROR + b"\n" + ERROR, cuts=[len(ERROR)], size_b=7)  # what was counted is a line no more
def test_each_line_counts_once(content: bytes, cuts: list[int], size_b: int) -> None:
    """And the tally of each version is that of all its lines, however it came to be."""
    versions = [*(content[:cut] for cut in sorted(cuts) if cut > len(b"{}\n")), content]
    head: Head | None = None
    errors: Errors = Counter()
    for version in versions:
        grown = grown_to(version, size_b, head=head)
        assert grown.tally == analyse([version], rule=RULE, written_at=WRITTEN_AT)
        errors += counted(grown.new)
        head = grown.head or head

    assert errors == naive(versions)
    assert head is not None
    assert sum(extent.total for extent in head.files) == errors.total()


@given(before=texts, content=texts, size_b=st.integers(1, 80))
def test_what_begins_otherwise_is_another_file(before: bytes, content: bytes, size_b: int) -> None:
    """All of it counts, and both are remembered, if their first lines differ."""
    head = grown_to(before, size_b, head=None).head

    grown = grown_to(content, size_b, head=head)

    whole = analyse([content], rule=RULE, written_at=WRITTEN_AT)
    assert grown.tally == whole
    if not content.startswith(before[: last(head).length_b]):
        assert counted(grown.new) == counted(whole.cells)
        assert last(grown.head).total == whole.total
    if before.split(b"\n")[0].rstrip() != content.split(b"\n")[0].rstrip():
        assert grown_to(before, size_b, head=grown.head).new == ()


@given(content=lines, covered_b=st.integers(0, 400), size_b=st.integers(1, 80))
def test_all_bytes_go_by_whatever_is_covered(content: bytes, covered_b: int, size_b: int) -> None:
    """What is covered ends where a line does, or with the file; and no byte is lost or changed."""
    extent = Extent(start="", length_b=covered_b, digest="", total=0, rang=False, sequencer=None)
    compared = Compared(in_pieces(content, size_b), extent)
    covered = b"".join(compared.covered())
    rest = b"".join(compared.rest())

    assert covered + rest == content
    assert len(covered) >= min(covered_b, len(content))
    assert not rest or not covered or covered.endswith(b"\n")
    assert b"\n" not in covered[max(covered_b - 1, 0) : -1]
