"""What may be forgotten of a key: nothing that may still be counted, and of a file that grew all or nothing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import pytest

from core.errors import LogtallyError, NotFound, Usage
from core.forgetting import to_forget
from core.history import Counted, Known, PushRef, State, Version
from core.model import Bucket, End, EndKind, ETag, Extent, Head, ObjectKey, ObjectRef, Report
from core.writers import Seq, Slot

NOW = datetime(2025, 9, 15, 12, 0, tzinfo=UTC)
EXTENT = Extent(start="s", length_b=90, digest="d", total=3, rang=False, sequencer=None)
HEAD = Head(rev=2, files=(EXTENT,))
E1, E2, LATE = ETag("e1"), ETag("e2"), ETag("late")
SETTLED: Final[Mapping[str, State]] = {E1: State.SETTLED, E2: State.SETTLED, LATE: State.SUPERSEDED}


def _ref(etag: ETag) -> ObjectRef:
    return ObjectRef(bucket=Bucket("logs"), key=ObjectKey("a"), etag=etag)


def _counted(etag: ETag) -> Version:
    report = Report(
        bucket=Bucket("logs"),
        key=ObjectKey("a"),
        etag=etag,
        total=3,
        by_service={"orders": 3},
        alert=False,
        threshold=10,
        since=None,
        lines=3,
        malformed=0,
        undated=0,
        first_error=None,
        last_error=None,
        notes=(),
    )
    story = Counted(report=report, rule="default", outside=None, push=PushRef(Slot(0), Seq(5)))
    return Version(ref=_ref(etag), at=NOW, expires_at=NOW, story=story)


def _superseded(etag: ETag) -> Version:
    end = End(ref=_ref(etag), kind=EndKind.SUPERSEDED, reason="why")
    return Version(ref=_ref(etag), at=NOW, expires_at=NOW, story=end)


def _known(*, head: Head | None) -> Known:
    return Known(versions=(_superseded(LATE), _counted(E2), _counted(E1)), refusals=(), head=head)


def test_all_versions_go_with_their_head() -> None:
    """Whatever was counted of the key is counted again."""
    going = to_forget(_known(head=HEAD), etag=None, states=SETTLED)

    assert [version.ref.etag for version in going.versions] == [LATE, E2, E1]
    assert (going.head, going.keep_head, going.on_graph) == (HEAD, False, 2)


@pytest.mark.parametrize(
    ("etag", "head", "on_graph"),
    [(LATE, HEAD, 0), (LATE, None, 0), (E1, None, 1)],
)
def test_one_version_goes_and_what_was_counted_stays(etag: ETag, head: Head | None, on_graph: int) -> None:
    """One that was not counted, or one of a file that never grew."""
    going = to_forget(_known(head=head), etag=etag, states=SETTLED)

    assert [version.ref.etag for version in going.versions] == [etag]
    assert (going.keep_head, going.on_graph) == (True, on_graph)


def test_one_of_several_versions_of_a_grown_file_stays() -> None:
    """Each counted what it added: the head can't say how far the others came."""
    known = _known(head=HEAD)

    with pytest.raises(Usage, match="forget all of them"):
        to_forget(known, etag=E1, states=SETTLED)


def test_what_is_not_there_can_not_go() -> None:
    """As when it was forgotten before."""
    known = _known(head=None)

    with pytest.raises(NotFound, match="s3://logs/a: "):
        to_forget(known, etag="e3", states=SETTLED)


@pytest.mark.parametrize(("etag", "states"), [(E1, {E1: State.OUTSTANDING}), (None, {E2: State.OUTSTANDING})])
def test_what_may_still_be_counted_stays(etag: ETag | None, states: Mapping[str, State]) -> None:
    """Whoever settles it needs its data."""
    known = _known(head=HEAD)

    with pytest.raises(LogtallyError, match="settle it first"):
        to_forget(known, etag=etag, states={**SETTLED, **states})


def test_the_push_of_another_version_is_in_nobodys_way() -> None:
    """Only what goes must be settled."""
    going = to_forget(_known(head=None), etag=E1, states={**SETTLED, E2: State.OUTSTANDING})

    assert going.on_graph == 1


def test_what_lost_its_slot_may_be_on_the_graph() -> None:
    """Nobody knows, so whoever forgets it is warned."""
    assert to_forget(_known(head=None), etag=E1, states={**SETTLED, E1: State.UNKNOWN}).on_graph == 1
