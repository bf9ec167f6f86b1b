"""What the ledger's items hold, and still hold when a version of the code before this one wrote them."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from core.aws import items, keys
from core.history import Noted, PushRef
from core.limits import DAY_S
from core.model import Alert, Bucket, Datum, ETag, Notice, NoticeKey, NoticeRef, ObjectKey, ObjectRef, Report
from core.writers import Bell, Outstanding, Seq, Slot

AT = 1_800_000_000.25


def _notice(*, services: int = 1) -> Notice:
    by_service = {f"service-{n:04d}-{'x' * 200}": 1 for n in range(services)}
    report = Report(
        bucket=Bucket("logs"),
        key=ObjectKey("a.jsonl"),
        etag=ETag("e1"),
        total=services,
        by_service=by_service,
        alert=True,
        threshold=1,
        since=datetime(2026, 1, 1, tzinfo=UTC),
        lines=services,
        malformed=0,
        undated=0,
        first_error=None,
        last_error=None,
        notes=("a note",),
    )
    return Notice(
        ref=NoticeRef(key=NoticeKey("k/#1"), n=2),
        asked="0123",
        alert=Alert(topic_arn="arn", deduplication_id="d", report=report, outside=None),
        datum=Datum(at=int(AT), service=None, count=1, source="notify"),
    )


@pytest.mark.parametrize("message_id", [None, "m1"])
def test_a_notice_is_read_back_as_it_was_written(message_id: str | None) -> None:
    """Under its key and its number, whatever is in the key."""
    noted = Noted(notice=_notice(), at=AT, push=PushRef(Slot(3), Seq(7)), message_id=message_id)

    item = items.notice_item(noted, expires_at=int(AT) + DAY_S)

    assert keys.name_of(item) == ("notify#k/#1", "2")
    assert items.noted_of(item) == noted


def test_a_notice_fits_its_item() -> None:
    """Too many long names of services fold, as in an object's."""
    noted = Noted(notice=_notice(services=5_000), at=AT, push=PushRef(Slot(3), Seq(7)))

    report = items.noted_of(items.notice_item(noted, expires_at=0)).notice.alert.report

    assert sum(report.by_service.values()) == report.total == 5_000
    assert len(msgspec.json.encode(report)) <= items.REPORT_B_MAX


def test_data_without_a_source_are_those_of_an_object() -> None:
    """So they were written before there were others."""
    body = msgspec.msgpack.encode([[60, "orders", 2], [61, None, 1]])

    assert msgspec.msgpack.decode(body, type=tuple[Datum, ...]) == (Datum(60, "orders", 2), Datum(61, None, 1))


def test_a_push_without_a_notice_is_one_of_objects() -> None:
    """So it was written before there were others."""
    ref = ObjectRef(bucket=Bucket("b"), key=ObjectKey("k"), etag=ETag("e"))
    push = Outstanding(push=Seq(1), members=(ref,), requests=(), i=0, bells=(Bell(0, "arn", "d"),), sent_at=AT)
    written: dict[str, Any] = msgspec.to_builtins(push)
    del written["notice"]

    assert msgspec.convert(written, Outstanding) == push
    assert keys.member_keys(push) == [keys.object_key(ref)]


@pytest.mark.parametrize(
    ("ref", "sort_key"),
    [
        (ObjectRef(bucket=Bucket("b"), key=ObjectKey("k"), etag=ETag("e")), "refused#7#0"),
        (NoticeRef(key=NoticeKey("k"), n=1), "refused#7#0"),
    ],
)
def test_a_refused_datum_stands_beside_what_it_is_of(ref: ObjectRef | NoticeRef, sort_key: str) -> None:
    """An object's says of which version it is, a notice's of which number."""
    item = items.refused_item(
        ref, push=Seq(7), n=0, datum=Datum(0, None, 1), reason="too old", at=AT, expires_at=int(AT)
    )

    beside = keys.object_key(ref) if isinstance(ref, ObjectRef) else keys.notice_key(ref)
    assert keys.name_of(item) == (beside["pk"]["S"], sort_key)
    assert item["reason"] == {"S": "too old"}
