"""What of a version is counted already, and what S3 is asked for."""

import pytest

from core.heads import Compared, is_older, to_read
from core.limits import LINE_B_MAX, MIB
from core.model import Bucket, ETag, Head, ObjectCreated, ObjectKey, ObjectRef, Sequencer, VersionId

REF = ObjectRef(bucket=Bucket("b"), key=ObjectKey("k"), etag=ETag("e"), version_id=VersionId("v"))


def _head(sequencer: str | None) -> Head:
    return Head(
        rev=1,
        length_b=0,
        digest="",
        total=0,
        rang=False,
        sequencer=None if sequencer is None else Sequencer(sequencer),
    )


def _created(sequencer: str | None) -> ObjectCreated:
    return ObjectCreated(ref=REF, sequencer=None if sequencer is None else Sequencer(sequencer))


@pytest.mark.parametrize(
    ("sequencer", "of_head", "older"),
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
        ("0055", None, False),
        (None, None, False),
    ],
)
def test_sequencers_tell_which_version_is_older(sequencer: str | None, of_head: str | None, *, older: bool) -> None:
    """As S3 says that they are compared. Where one is missing nobody can say."""
    assert is_older(_created(sequencer), _head(of_head)) is older


@pytest.mark.parametrize(
    ("sequencer", "head", "by_id"),
    [
        ("0055", None, True),
        (None, None, True),
        ("0055", _head("0054"), True),
        (None, _head("0054"), False),
        ("0055", _head(None), False),
        (None, _head(None), False),
    ],
)
def test_a_version_is_read_by_its_id_only_where_its_place_is_known(
    sequencer: str | None, head: Head | None, *, by_id: bool
) -> None:
    """Else it must be the current one: IfMatch alone says so."""
    asked = to_read(_created(sequencer), head)

    assert (asked.bucket, asked.key, asked.etag) == (REF.bucket, REF.key, REF.etag)
    assert asked.version_id == (REF.version_id if by_id else None)


def test_a_last_line_that_is_too_long_is_not_held() -> None:
    """Nor is it counted before it ends: then it is malformed, as any other."""
    piece = b"x" * (MIB // 4)
    compared = Compared([b"{}\n", *([piece] * (4 * LINE_B_MAX // len(piece)))], None)
    assert list(compared.covered()) == []
    for _ in compared.rest():
        pass

    assert compared.reached(is_entry=lambda _: True).length_b == len(b"{}\n")
