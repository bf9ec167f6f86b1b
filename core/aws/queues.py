"""SQS: both queues, looked at. Nothing here receives a message."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from core.aws.errors import FAILED, translate
from core.limits import MINUTE_S

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sqs import SQSClient

BACKLOG: Final = "ApproximateNumberOfMessages"
IN_FLIGHT: Final = "ApproximateNumberOfMessagesNotVisible"
DELAYED: Final = "ApproximateNumberOfMessagesDelayed"
AGE_TOLD_S_MAX: Final = 15 * MINUTE_S  # SQS tells CloudWatch about a queue in use every minute, a few minutes late


class Counts(Struct, frozen=True, kw_only=True):
    """How many messages are in a queue, as far as SQS knows."""

    backlog: int  # can be received
    in_flight: int
    delayed: int

    @property
    def all(self) -> int:
        """All of them."""
        return self.backlog + self.in_flight + self.delayed


class Queues:
    """The first queue and the dead-letter queue. It raises NotFound, Denied, Throttled, Transient or Permanent."""

    def __init__(self, client: "SQSClient", read: "CloudWatchClient", *, url: str, dead_url: str) -> None:
        self._client = client
        self._read = read
        self._url = url
        self._dead_url = dead_url

    def first(self) -> Counts:
        """Answer how many messages are in the first queue."""
        return self._counts(self._url)

    def dead(self) -> Counts:
        """Answer how many messages are in the dead-letter queue."""
        return self._counts(self._dead_url)

    def oldest_s(self, *, now: float) -> float | None:
        """Answer the age of the oldest message of the first queue, as SQS last told CloudWatch.

        None: it has not told for a while, as of a queue that nobody has used for hours.
        """
        try:
            answer = self._read.get_metric_statistics(
                Namespace="AWS/SQS",
                MetricName="ApproximateAgeOfOldestMessage",
                Dimensions=[{"Name": "QueueName", "Value": _name(self._url)}],
                StartTime=datetime.fromtimestamp(now // MINUTE_S * MINUTE_S - AGE_TOLD_S_MAX, UTC),
                EndTime=datetime.fromtimestamp(now // MINUTE_S * MINUTE_S + MINUTE_S, UTC),
                Period=MINUTE_S,
                Statistics=["Maximum"],
            )
        except FAILED as exc:
            raise translate(exc, what="CloudWatch") from exc
        points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
        return points[-1]["Maximum"] if points else None

    def _counts(self, url: str) -> Counts:
        try:
            answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=[BACKLOG, IN_FLIGHT, DELAYED])
        except FAILED as exc:
            raise translate(exc, what=f"queue {_name(url)}") from exc  # its URL has the account's number in it
        told = answer["Attributes"]
        return Counts(backlog=int(told[BACKLOG]), in_flight=int(told[IN_FLIGHT]), delayed=int(told[DELAYED]))


def _name(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]
