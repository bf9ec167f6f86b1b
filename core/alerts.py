"""What an alert says: a subject, a text that a person can read, and attributes that a filter can."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from core.limits import SUBJECT_LENGTH_MAX
from core.model import Alert, NoticeRef, ObjectRef, Outside
from core.printable import printable

SUBJECT: Final = "S3 Logs Error Alert"
assert len(SUBJECT) <= SUBJECT_LENGTH_MAX
SERVICES_SHOWN_MAX: Final = 50
NAME_SHOWN_MAX: Final = 200  # characters: a text for a person, and far under SNS's 256 KB


def deduplication_id(ref: ObjectRef) -> str:
    """Answer the name of this object's alert: the same however often it is published."""
    return hashlib.sha256("\0".join((ref.bucket, ref.key, ref.etag)).encode()).hexdigest()


def deduplication_id_of_notice(ref: NoticeRef, *, at: float) -> str:
    """Answer the name of a notice's alert: another one than that of the object it is about.

    `at` is when it got into the ledger. Keys are forgotten after a while, and then the same `ref` is another notice.
    """
    return hashlib.sha256("\0".join(("notify", ref.key, str(ref.n), repr(at))).encode()).hexdigest()


def text(alert: Alert) -> str:
    """Answer the alert in words, the services with the most errors first."""
    report = alert.report
    by_errors = sorted(report.by_service.items(), key=lambda item: (-item[1], item[0]))
    shown, more = by_errors[:SERVICES_SHOWN_MAX], by_errors[SERVICES_SHOWN_MAX:]
    width = max((len(_short(name)) for name, _ in shown), default=0)
    services = [f"  {_short(name):<{width}}  {errors}" for name, errors in shown]
    if more:
        services.append(f"  and {len(more)} more services  {sum(errors for _, errors in more)}")
    return "\n".join(
        (
            f"{report.total} errors in s3://{report.bucket}/{printable(report.key)} (threshold {report.threshold})",
            "",
            "By service:",
            *services,
            "",
            f"First error: {_time(report.first_error)}",
            f"Last error:  {_time(report.last_error)}",
            f"Lines: {report.lines}, of which {report.malformed} malformed",
            *_not_on_the_graph(alert.outside),
        )
    )


def attributes(alert: Alert) -> Mapping[str, tuple[str, str]]:
    """Answer the message attributes: name → (SNS data type, value). Subscribers filter and deduplicate by them."""
    report = alert.report
    return {
        "file_directory": ("String", printable(report.key)),
        "number_of_alerts": ("Number", str(report.total)),
        "bucket": ("String", str(report.bucket)),
        "etag": ("String", str(report.etag)),
        "deduplication_id": ("String", alert.deduplication_id),
    }


def _not_on_the_graph(outside: Outside | None) -> tuple[str, ...]:
    if outside is None:
        return ()
    first, last = (_time(datetime.fromtimestamp(minute, UTC)) for minute in (outside.first, outside.last))
    return (f"Not on the graph: {outside.errors} errors between {first} and {last}, which CloudWatch does not take",)


def _short(name: str) -> str:
    whole = printable(name)
    return whole if len(whole) <= NAME_SHOWN_MAX else f"{whole[: NAME_SHOWN_MAX - 1]}…"


def _time(at: datetime | None) -> str:
    return "unknown" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
