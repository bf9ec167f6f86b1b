"""What an alert says."""

from datetime import UTC, datetime

from core.alerts import attributes, deduplication_id, deduplication_id_of_notice, text
from core.limits import MESSAGE_B_MAX
from core.model import Alert, Bucket, ETag, Minute, NoticeKey, NoticeRef, ObjectKey, ObjectRef, Outside, Report


def _alert(
    key: str = "app/2026-01-01T00-00.jsonl",
    by_service: dict[str, int] | None = None,
    outside: Outside | None = None,
) -> Alert:
    services = {"orders": 3, "auth": 9} if by_service is None else by_service
    report = Report(
        bucket=Bucket("logs"),
        key=ObjectKey(key),
        etag=ETag("abc"),
        total=sum(services.values()),
        by_service=services,
        alert=True,
        threshold=10,
        since=None,
        lines=100,
        malformed=1,
        undated=0,
        first_error=datetime(2026, 1, 1, 0, 0, 3, tzinfo=UTC),
        last_error=None,
        notes=(),
    )
    return Alert(topic_arn="arn", deduplication_id="d", report=report, outside=outside)


def test_an_alert_can_be_read_by_a_person() -> None:
    """The file, its total, the services with the most errors first, and when."""
    assert text(_alert()).splitlines() == [
        "12 errors in s3://logs/app/2026-01-01T00-00.jsonl (threshold 10)",
        "",
        "By service:",
        "  auth    9",
        "  orders  3",
        "",
        "First error: 2026-01-01 00:00:03 UTC",
        "Last error:  unknown",
        "Lines: 100, of which 1 malformed",
    ]


def test_an_alert_says_what_the_graph_will_not_show() -> None:
    """Whoever compares the two would look for a fault."""
    outside = Outside(errors=5, first=Minute(1_750_000_020), last=Minute(1_750_003_680))

    assert text(_alert(outside=outside)).splitlines()[-1] == (
        "Not on the graph: 5 errors between 2025-06-15 15:07:00 UTC and 2025-06-15 16:08:00 UTC,"
        " which CloudWatch does not take"
    )


def test_an_alert_can_be_filtered_by_its_attributes() -> None:
    """They are what existing subscribers look at."""
    assert attributes(_alert("a.jsonl")) == {
        "file_directory": ("String", "a.jsonl"),
        "number_of_alerts": ("Number", "12"),
        "bucket": ("String", "logs"),
        "etag": ("String", "abc"),
        "deduplication_id": ("String", "d"),
    }


def test_an_alert_fits_whatever_the_log_says() -> None:
    """SNS takes 256 KB, and no control characters in an attribute."""
    alert = _alert("a\nb\x00.jsonl", {"\U0001f600" * 1024 + str(n): 1 for n in range(10_000)})

    assert len(text(alert).encode()) < MESSAGE_B_MAX
    assert "9950 more services" not in text(alert).splitlines()[0]
    assert attributes(alert)["file_directory"] == ("String", "a\ufffdb\ufffd.jsonl")


def test_a_file_always_rings_under_the_same_id_and_no_two_share_one() -> None:
    """Two keys with the same bytes have the same ETag."""
    a, b = (ObjectRef(bucket=Bucket("logs"), key=ObjectKey(key), etag=ETag("abc")) for key in "ab")

    assert deduplication_id(a) == deduplication_id(a)
    assert deduplication_id(a) != deduplication_id(b)


def test_an_alert_that_is_asked_for_has_a_name_of_its_own() -> None:
    """Of its key, of which one it is of that key, and of when: a key that was forgotten may begin anew."""
    first, second, other = (NoticeRef(key=NoticeKey(key), n=n) for key, n in (("k", 1), ("k", 2), ("k2", 1)))

    names = [deduplication_id_of_notice(ref, at=at) for ref in (first, second, other) for at in (1.0, 2.5)]

    assert len(set(names)) == 6
    assert names[0] == deduplication_id_of_notice(first, at=1.0)
