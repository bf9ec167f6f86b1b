"""Members of a push, as reading an object would have made them."""

from collections import Counter
from collections.abc import Sequence

from core.model import Alert, Datum, Member, ObjectRef, Outside, Report


def member_of(
    ref: ObjectRef, data: Sequence[Datum], *, outside: Outside | None = None, topic_arn: str | None = None
) -> Member:
    """Answer a member that sends `data`. It rings if there is a topic."""
    by_service: Counter[str] = Counter()
    for datum in data:
        if datum.service is not None:
            by_service[datum.service] += datum.count
    total = by_service.total() + (outside.errors if outside else 0)
    report = Report(
        bucket=ref.bucket,
        key=ref.key,
        etag=ref.etag,
        total=total,
        by_service=dict(by_service),
        alert=topic_arn is not None,
        threshold=5,
        since=None,
        lines=total,
        malformed=0,
        undated=0,
        first_error=None,
        last_error=None,
        notes=(),
    )
    name = f"alert-of-{ref.key}"
    bell = (
        None if topic_arn is None else Alert(topic_arn=topic_arn, deduplication_id=name, report=report, outside=outside)
    )
    return Member(ref=ref, rule="default", report=report, data=tuple(data), outside=outside, alert=bell)
