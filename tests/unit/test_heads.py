"""What of a version is counted already, and what S3 is asked for."""

import tracemalloc

import pytest
import xxhash

from core.heads import Compared, begun, extent_of, is_beyond_memory, is_covered, moved, to_read
from core.limits import CHUNK_B, FILES_MAX, LINE_B_MAX, MIB, START_B_MAX
from core.model import Bucket, ETag, Extent, Head, ObjectCreated, ObjectKey, ObjectRef, Sequencer, VersionId

REF = ObjectRef(bucket=Bucket("b"), key=ObjectKey("k"), etag=ETag("e"), version_id=VersionId("v"))


def _sequencer(text: str | None) -> Sequencer | None:
    return None if text is None else Sequencer(text)


def _created(sequencer: str | None) -> ObjectCreated:
    return ObjectCreated(ref=REF, sequencer=_sequencer(sequencer))


def _extent(sequencer: str | None, *, start: str = "s", total: int = 0) -> Extent:
    return Extent(start=start, length_b=0, digest="", total=total, rang=False, sequencer=_sequencer(sequencer))


def _head(*sequencers: str | None, floor: str | None = None) -> Head:
    files = tuple(_extent(sequencer, start=f"s{n}") for n, sequencer in enumerate(sequencers))
    return Head(rev=1, files=files, floor=_sequencer(floor))


@pytest.mark.parametrize(
    ("sequencer", "counted", "older"),
    [
        ("0055AED6DCD90281E5", "0055AED6DCD90281E6", True),
        ("0055AED6DCD90281E6", "0055AED6DCD90281E5", False),
        ("0055AED6DCD90281E5", "0055AED6DCD90281E5", False),
        ("0055aed6dcd90281e5", "0055AED6DCD90281E6", True),
        ("0055", "00551", True),  # the shorter one is padded with zeros on its right
        ("00551", "0055", False),
        ("0055", "005500", False),
        ("005", "00", False),
        (None, "0055", False),
    ],
)
def test_sequencers_tell_which_version_is_older(sequencer: str | None, counted: str, *, older: bool) -> None:
    """As S3 says that they are compared. A version without one is read as long as it is current."""
    assert is_covered(_created(sequencer), _extent(counted), is_current=False) is older
    assert is_beyond_memory(_created(sequencer), _head("ffff", floor=counted)) is older


@pytest.mark.parametrize("is_current", [True, False])
def test_what_was_counted_without_a_sequencer_covers_all_but_the_current_version(*, is_current: bool) -> None:
    """Nobody can say which is older."""
    assert is_covered(_created("0055"), _extent(None), is_current=is_current) is not is_current


@pytest.mark.parametrize(
    ("sequencer", "head", "asked"),
    [
        ("0055", None, "by its id"),
        (None, None, "by its id"),
        ("0055", _head("0054"), "by its id"),
        ("0055", _head("0054", "0056"), "by its id"),
        (None, _head("0054"), "current"),
        (None, _head(None), "current"),
        ("0055", _head(None), "current, by its id"),
        ("0055", _head(None, "0056"), "current, by its id"),
    ],
)
def test_a_version_is_read_by_its_id_first_only_where_its_place_is_known(
    sequencer: str | None, head: Head | None, asked: str
) -> None:
    """Else as the current one: IfMatch alone says so; and then by its id, in case it is of another file."""
    to_ask = to_read(_created(sequencer), head)

    assert {(one.ref.bucket, one.ref.key, one.ref.etag) for one in to_ask} == {(REF.bucket, REF.key, REF.etag)}
    assert ", ".join("current" if one.must_be_current else "by its id" for one in to_ask) == asked
    assert [one.ref.version_id for one in to_ask] == [None if one.must_be_current else REF.version_id for one in to_ask]


def test_without_a_version_id_there_is_only_the_current_one() -> None:
    """As in a bucket without versions."""
    created = ObjectCreated(ref=ObjectRef(bucket=REF.bucket, key=REF.key, etag=REF.etag), sequencer=Sequencer("0055"))

    assert [one.must_be_current for one in to_read(created, _head(None))] == [True]


@pytest.mark.parametrize(
    ("content", "begins_as"),
    [
        (b"abc\ndef\n", b"abc"),
        (b"abc\r\n", b"abc"),
        (b'{"a":1}', b'{"a":1}'),  # an entry is whole without its line feed
        (b'{"a":1} \n{"b":2}\n', b'{"a":1}'),
        (b"\nabc", b""),
        (b"x" * START_B_MAX, b"x" * START_B_MAX),
        (b"x" * (START_B_MAX + 9) + b"\n", b"x" * START_B_MAX),
        (b"x" * (START_B_MAX - 1), None),
        (b'{"a":', None),
        (b"", None),
    ],
)
@pytest.mark.parametrize("size_b", [1000, 70_000])
def test_a_file_is_told_from_others_by_its_first_line(content: bytes, begins_as: bytes | None, size_b: int) -> None:
    """However long that is, and as long as nothing of it counts, by nothing. No byte of it is lost by looking."""
    chunks = [content[at : at + size_b] for at in range(0, len(content), size_b)]

    start, again = begun(chunks, is_entry=lambda line: line.endswith(b"}"))

    assert start == (None if begins_as is None else xxhash.xxh3_128_hexdigest(begins_as))
    assert b"".join(again) == content


def _files(head: Head) -> list[str]:
    return [extent.start for extent in head.files]


def test_the_files_of_a_key_are_remembered_for_a_while() -> None:
    """The oldest is forgotten; what is older than the one after it is not read: it may have been counted with it."""
    head = None
    for number in range(FILES_MAX):
        head = moved(head, _extent(f"00{number + 1}", start=f"s{number}"), is_current=True)
    assert head is not None
    head = moved(head, _extent("00e", start="s1", total=5), is_current=True)
    assert (len(head.files), head.files[-1].start, head.floor) == (FILES_MAX, "s1", None)

    head = moved(head, _extent("00f", start="new"), is_current=True)

    assert head.rev == FILES_MAX + 2
    assert (_files(head)[0], _files(head)[-2:], head.floor) == ("s2", ["s1", "new"], "003")
    assert extent_of("s1", head) == _extent("00e", start="s1", total=5)
    assert extent_of("s0", head) is None


def test_an_old_file_that_is_announced_late_does_not_push_out_itself() -> None:
    """It is the one that was counted last."""
    sequencers = [f"00{number + 2}" for number in range(FILES_MAX)]
    head = moved(_head(*sequencers), _extent("001", start="late"), is_current=False)

    assert [extent.sequencer for extent in head.files] == [*sequencers[1:], "001"]
    assert head.floor == "003"


def test_a_file_of_unknown_age_that_is_forgotten_takes_all_before_with_it() -> None:
    """All that is not current may be of it, until a current version has a sequencer: that one is younger."""
    unknown = _head(*[None] * FILES_MAX)
    by_event = moved(unknown, _extent("005", start="new"), is_current=True)
    by_backfill = moved(unknown, _extent(None, start="new"), is_current=True)
    late = moved(unknown, _extent("005", start="new"), is_current=False)
    later = moved(by_backfill, _extent("006", start="newer"), is_current=True)

    assert [(head.floor, head.floor_is_known) for head in (by_event, by_backfill, late, later)] == [
        ("005", True),
        (None, False),
        (None, False),
        ("006", True),
    ]
    assert [one.must_be_current for one in to_read(_created("009"), by_backfill)] == [True]


def test_the_file_that_was_counted_last_is_not_forgotten_for_one_of_unknown_age() -> None:
    """Where nobody can say which is the oldest, the one that was counted first is."""
    sequencers: list[str | None] = [f"00{number + 1}" for number in range(FILES_MAX - 1)]
    head = moved(_head(*sequencers, None), _extent("00f", start="new"), is_current=True)

    assert [extent.sequencer for extent in head.files] == [*sequencers[1:], None, "00f"]
    assert head.floor == "002"


def test_a_last_line_that_is_too_long_is_not_held() -> None:
    """Nor is it counted before it ends: then it is malformed, as any other."""
    piece = b"x" * (MIB // 4)
    compared = Compared([b"{}\n", *([piece] * (4 * LINE_B_MAX // len(piece)))], None)
    assert list(compared.covered()) == []
    for _ in compared.rest():
        pass

    assert compared.reached(is_entry=lambda _: True).length_b == len(b"{}\n")


def test_what_is_covered_and_what_follows_go_by_in_flat_memory() -> None:
    """However much of either there is."""
    piece = (b'{"level":"INFO"}' + b" " * 1000 + b"\n") * (CHUNK_B // 1017)
    extent = Extent(start="s", length_b=len(piece) * 150 + 9, digest="", total=0, rang=False, sequencer=None)
    compared = Compared((bytes(piece) for _ in range(200)), extent)

    tracemalloc.start()
    length_b = sum(map(len, compared.covered())) + sum(map(len, compared.rest()))
    _, peak_b = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert length_b == 200 * len(piece)
    assert peak_b < 4 * CHUNK_B
