"""What the files contain, by the simplest reader there is, and what CloudWatch holds of it, by its public API."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from local.logs import LogFile

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMESPACE: Final = "LogAnalytics"
DAY: Final = timedelta(days=1)  # 1440 minutes: what one answer of GetMetricStatistics takes

Counts = Counter[tuple[str, datetime]]  # errors by (service, minute)


class Difference(Struct, frozen=True, kw_only=True):
    """A minute of a service in which the graph and the files differ."""

    service: str
    minute: datetime
    expected: int
    found: int


def errors_in(files: Iterable[LogFile]) -> Counts:
    """Answer what the files contain, each of them once."""
    counts: Counts = Counter()
    for line in (line for file in files for line in file.body.splitlines()):
        entry = json.loads(line)
        if entry["level"] == "ERROR":
            counts[entry["service"], datetime.fromisoformat(entry["ts"]).replace(second=0, microsecond=0)] += 1
    return counts


def errors_held(
    cloudwatch: "CloudWatchClient", *, environment: str, since: datetime, until: datetime, statistic: str
) -> Counts:
    """Answer what CloudWatch holds of `logErrors`, a minute at a time. `statistic`: `Sum` or `SampleCount`."""
    counts: Counts = Counter()
    for service in _services(cloudwatch, environment):
        dimensions = {"Service": service, "Environment": environment}
        for minute, found in _points(
            cloudwatch, "logErrors", dimensions, since=since, until=until, statistic=statistic
        ):
            counts[service, minute] += found
    return counts


def alerts_held(
    cloudwatch: "CloudWatchClient", *, environment: str, since: datetime, until: datetime, statistic: str
) -> int:
    """Answer how many files rang, by `alertTriggered`. `statistic`: `Sum` or `SampleCount`."""
    dimensions = {"Environment": environment}
    points = _points(cloudwatch, "alertTriggered", dimensions, since=since, until=until, statistic=statistic)
    return sum(found for _, found in points)


def differences(expected: Counts, found: Counts) -> list[Difference]:
    """Answer every minute in which the two differ, in order."""
    return [
        Difference(service=service, minute=minute, expected=expected[service, minute], found=found[service, minute])
        for service, minute in sorted(expected.keys() | found.keys())
        if expected[service, minute] != found[service, minute]
    ]


def _points(
    cloudwatch: "CloudWatchClient",
    metric: str,
    dimensions: dict[str, str],
    *,
    since: datetime,
    until: datetime,
    statistic: str,
) -> Iterator[tuple[datetime, int]]:
    start = since.replace(second=0, microsecond=0)
    while start < until:
        answer = cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=start,
            EndTime=min(start + DAY, until),
            Period=60,
            Statistics=[statistic],  # type: ignore[list-item]  # one of two words, see above
        )
        for point in answer["Datapoints"]:
            found = point["Sum"] if statistic == "Sum" else point["SampleCount"]
            yield point["Timestamp"].astimezone(UTC), int(found)
        start += DAY


def _services(cloudwatch: "CloudWatchClient", environment: str) -> set[str]:
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace=NAMESPACE, MetricName="logErrors")
    named = [
        {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]}
        for page in pages
        for metric in page["Metrics"]
    ]
    return {dimensions["Service"] for dimensions in named if dimensions["Environment"] == environment}
