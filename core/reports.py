"""A tally → what a user is told of it, with what they must know not to be misled by its numbers."""

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from core.cells import OTHER
from core.levels import why_no_error
from core.model import Bucket, ETag, ObjectKey, ObjectRef, Outside, Report, Rule, Tally


def report(ref: ObjectRef, tally: Tally, *, rule: Rule, since: datetime | None = None) -> Report:
    """Say what the tally of an object means by `rule`: at its threshold, it rings."""
    return _report(ref.bucket, ref.key, ref.etag, tally, rule=rule, since=since)


def name_of(made: Report) -> str:
    """Answer the name of the file, as a user would write it."""
    return made.key if made.bucket is None else f"s3://{made.bucket}/{made.key}"


def counted(count: int, noun: str) -> str:
    """Answer how many there are of something, in words."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def at_threshold(made: Report, threshold: int) -> Report:
    """Say the same for another threshold."""
    return replace(made, threshold=threshold, alert=made.total >= threshold)


def with_outside(made: Report, outside: Outside | None) -> Report:
    """Say besides how many of its errors CloudWatch does not take."""
    if outside is None:
        return made
    first, last = (f"{datetime.fromtimestamp(minute, UTC):%Y-%m-%d %H:%M}" for minute in (outside.first, outside.last))
    errors = f"{counted(outside.errors, 'error')} between {first} and {last} UTC"
    return replace(made, notes=(*made.notes, f"{errors} not in CloudWatch: it takes the last two weeks"))


def bounded(made: Report, *, b_max: int) -> Report:
    """Fold so many services into `other`, those with the fewest errors first, that its JSON takes `b_max` at most."""
    names = sorted(made.by_service, key=lambda name: (-made.by_service[name], name))
    folded = made
    while len(msgspec.json.encode(folded)) > b_max and names:
        names = names[: len(names) // 2]
        kept = {name: made.by_service[name] for name in names if name != OTHER}
        folded = replace(made, by_service={**kept, OTHER: made.total - sum(kept.values())})
    return folded


def report_of_file(name: str, tally: Tally, *, rule: Rule, since: datetime | None = None) -> Report:
    """Say what the tally of a local file means by `rule`."""
    return _report(None, ObjectKey(name), None, tally, rule=rule, since=since)


def _report(
    bucket: Bucket | None, key: ObjectKey, etag: ETag | None, tally: Tally, *, rule: Rule, since: datetime | None
) -> Report:
    return Report(
        bucket=bucket,
        key=key,
        etag=etag,
        total=tally.total,
        by_service=tally.by_service,
        alert=tally.total >= rule.threshold,
        threshold=rule.threshold,
        since=since,
        lines=tally.lines,
        malformed=tally.malformed,
        undated=tally.undated,
        first_error=tally.first_error,
        last_error=tally.last_error,
        notes=tuple(note for note in (_malformed(tally), _undated(tally, since), _levels(tally, rule)) if note),
    )


def _malformed(tally: Tally) -> str | None:
    if not tally.malformed:
        return None
    return f"{counted(tally.malformed, 'line')} of {tally.lines} can't be read: not JSON objects of the expected kind"


def _undated(tally: Tally, since: datetime | None) -> str | None:
    if not tally.undated:
        return None
    errors = f"{counted(tally.undated, 'error')} without a readable time"
    if since is not None:
        return f"{errors} left out: nobody can say whether they came after {since:%Y-%m-%d %H:%M:%S} UTC"
    return f"{errors} counted at the time when the file was last written"


def _levels(tally: Tally, rule: Rule) -> str | None:
    if tally.total or tally.lines == tally.malformed:
        return None
    return why_no_error(tally.levels, rule.shape)
