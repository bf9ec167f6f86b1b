"""What CloudWatch shows of the errors, minute by minute: the graph, read back by its public API."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from core.aws.errors import FAILED, translate
from core.aws.metrics import ALERT_TRIGGERED, LOG_ERRORS, METRIC_NAMESPACE
from core.balance import Place, Shown
from core.limits import MINUTE_S, STATISTICS_POINTS_MAX
from core.model import Minute

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

ANSWER_S_MAX: Final = STATISTICS_POINTS_MAX * MINUTE_S  # a day


class Graph:
    """The metrics of one environment, to be read. Everything raises Transient, Throttled or Denied."""

    def __init__(self, read: "CloudWatchClient", *, environment: str) -> None:
        self._read = read
        self._environment = environment

    def services(self) -> set[str]:
        """Answer the services that have a metric. A new one may be missing for a quarter of an hour."""
        pages = self._read.get_paginator("list_metrics").paginate(
            Namespace=METRIC_NAMESPACE,
            MetricName=LOG_ERRORS,
            Dimensions=[{"Name": "Environment", "Value": self._environment}],
        )
        try:
            metrics = [metric["Dimensions"] for page in pages for metric in page["Metrics"]]
        except FAILED as exc:
            raise translate(exc, what="CloudWatch") from exc
        named = [{dimension["Name"]: dimension["Value"] for dimension in metric} for metric in metrics]
        return {
            dimensions["Service"]
            for dimensions in named
            if dimensions.keys() == {"Service", "Environment"} and dimensions["Environment"] == self._environment
        }

    def check(self, *, now: float) -> None:
        """Ask whether metrics may be read."""
        minute = Minute(int(now) // MINUTE_S * MINUTE_S)
        list(self.shown(None, since=minute, until=Minute(minute + MINUTE_S)))

    def shown(self, service: str | None, *, since: Minute, until: Minute) -> Iterator[tuple[Place, Shown]]:
        """Yield what each minute shows, from `since` up to, not including, `until`. None: of `alertTriggered`."""
        dimensions = {"Environment": self._environment} | ({} if service is None else {"Service": service})
        for start in range(since, until, ANSWER_S_MAX):
            end = min(start + ANSWER_S_MAX, until)
            metric = ALERT_TRIGGERED if service is None else LOG_ERRORS
            points = self._points(metric, dimensions, start=start, end=end, period_s=MINUTE_S)
            yield from (((at, service), shown) for at, shown in points)

    def errors(self, service: str, *, since: Minute, until: Minute, period_s: int) -> dict[Minute, float]:
        """Answer the errors of a service from `since` to before `until`, by the beginning of each period that has any.

        One call, so `period_s` is a multiple of a minute that needs no more points than an answer takes.
        """
        assert period_s % MINUTE_S == 0
        assert until - since <= period_s * STATISTICS_POINTS_MAX
        dimensions = {"Environment": self._environment, "Service": service}
        points = self._points(LOG_ERRORS, dimensions, start=since, end=until, period_s=period_s)
        return {at: shown.sum for at, shown in points}

    def _points(
        self, metric: str, dimensions: Mapping[str, str], *, start: int, end: int, period_s: int
    ) -> Iterator[tuple[Minute, Shown]]:
        try:
            answer = self._read.get_metric_statistics(
                Namespace=METRIC_NAMESPACE,
                MetricName=metric,
                Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
                StartTime=datetime.fromtimestamp(start, UTC),
                EndTime=datetime.fromtimestamp(end, UTC),
                Period=period_s,
                Statistics=["Sum", "SampleCount"],
            )
        except FAILED as exc:
            raise translate(exc, what="CloudWatch") from exc
        for point in answer["Datapoints"]:
            yield Minute(int(point["Timestamp"].timestamp())), Shown(_whole(point["Sum"]), _whole(point["SampleCount"]))


def _whole(number: float) -> float:
    """Answer a count as one. What is none is no error of ours, and stays as it is."""
    return int(number) if number.is_integer() else number
