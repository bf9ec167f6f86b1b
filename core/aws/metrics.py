"""CloudWatch: pushes sent at most once, under a mark and behind the fence, and the marks read back."""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
)
from msgspec import Struct

from core.aws.errors import FAILED, translate
from core.errors import Denied, Throttled
from core.limits import HOUR_S, IDLE_CONNECTION_S_MAX, STATISTICS_POINTS_MAX
from core.model import Datum
from core.outcomes import Accepted, Cause, InDoubt, NotSent, Outcome, Refused, TooLate
from core.writers import Fence, Seq, Series, Slot

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDatumTypeDef

log = structlog.get_logger()

METRIC_NAMESPACE: Final = "LogAnalytics"
LOG_ERRORS: Final = "logErrors"
ALERT_TRIGGERED: Final = "alertTriggered"
PUSH_MARK: Final = "pushMark"

NO_CONNECTION: Final = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
INVALID_CODES: Final = {
    "InvalidParameterValue",
    "InvalidParameterValueException",
    "InvalidParameterCombination",
    "InvalidParameterCombinationException",
    "MissingParameter",
    "MissingRequiredParameterException",
    "InvalidFormatFault",
    "ValidationError",
    "ValidationException",
    "RequestEntityTooLarge",
}
REQUEST_TIMEOUT: Final = 408
SERVER_ERROR: Final = 500
CLIENT_ERROR: Final = 400


class Reading(Struct, frozen=True, kw_only=True):
    """What CloudWatch shows of a slot's marks. None: nothing is readable."""

    lowest: float | None
    highest: float | None
    date: float  # AWS's own clock, seconds since the epoch


class _SignedTooLate(Exception):
    """Raised by the hook on the signed request: nothing was sent."""


class Metrics:
    """The metrics of one environment. One thread uses it: a fence belongs to one request at a time.

    `put` must have retries off. `monotonic` tells how long a connection was idle.
    """

    def __init__(
        self,
        put: "CloudWatchClient",
        read: "CloudWatchClient",
        *,
        environment: str,
        fence: Fence,
        monotonic: Callable[[], float],
    ) -> None:
        self._put = put
        self._read = read
        self._environment = environment
        self._fence = fence
        self._monotonic = monotonic
        self._used_at = -math.inf
        self._signed_until = -math.inf
        self._may_have_left = False
        self._one_at_a_time = threading.Lock()
        put.meta.events.register("before-send.cloudwatch.PutMetricData", self._let_go)

    def send(self, data: Sequence[Datum], *, slot: Slot, series: Series, seq: Seq, sent_at: float) -> Outcome:
        """Send one request of a push: `data` and the mark `seq`, at most once.

        Never sent if it would be signed later than `sent_at` and the fence's margin.
        """
        mark = self._mark(slot, series, value=seq, at=sent_at)
        return self._push([mark, *map(self._datum, data)], signed_until=self._fence.signed_until(sent_at))

    def probe(self, *, slot: Slot, series: Series, seq: Seq, at: float) -> Outcome:
        """Send the probe of push `seq`. It says nothing that counts, so it may be sent again, and late."""
        return self._push([self._mark(slot, series, value=-seq, at=at)], signed_until=math.inf)

    def check(self, *, now: float) -> None:
        """Ask whether marks may be read. Raises what `marks` does."""
        self.marks(slot=Slot(0), series=Series("0" * 8), since=now, now=now)  # nobody's: no series is all zeros

    def marks(self, *, slot: Slot, series: Series, since: float, now: float) -> Reading:
        """Answer the lowest and the highest mark or probe of a slot since `since`, in one read.

        Raises Transient, Throttled or Denied.
        """
        start = math.floor(since / HOUR_S) * HOUR_S
        end = math.ceil(now / HOUR_S) * HOUR_S + HOUR_S
        # One answer takes so many points. After two months of silence a point must stand for more than an hour.
        period = HOUR_S * math.ceil(max(end - start, HOUR_S) / HOUR_S / STATISTICS_POINTS_MAX)
        try:
            answer = self._read.get_metric_statistics(
                Namespace=METRIC_NAMESPACE,
                MetricName=PUSH_MARK,
                Dimensions=self._mark_dimensions(slot, series),
                StartTime=_utc(start),
                EndTime=_utc(end),
                Period=period,
                Statistics=["Minimum", "Maximum"],
            )
        except FAILED as exc:
            raise translate(exc, what="CloudWatch") from exc
        points = answer["Datapoints"]
        return Reading(
            lowest=min((point["Minimum"] for point in points), default=None),
            highest=max((point["Maximum"] for point in points), default=None),
            date=_date(answer["ResponseMetadata"]),
        )

    def _push(self, data: "list[MetricDatumTypeDef]", *, signed_until: float) -> Outcome:
        with self._one_at_a_time:
            now = self._monotonic()
            if now - self._used_at > IDLE_CONNECTION_S_MAX:
                self._put.close()  # its idle connections; the next request opens a new one
            self._used_at = now
            self._signed_until = signed_until
            self._may_have_left = False
            try:
                self._put.put_metric_data(Namespace=METRIC_NAMESPACE, MetricData=data)
            except _SignedTooLate:
                return TooLate()
            except NO_CONNECTION as exc:
                return NotSent(str(exc))
            except ClientError as exc:
                return _refusal(exc)
            except BotoCoreError as exc:
                return InDoubt(str(exc)) if self._may_have_left else NotSent(str(exc))
            except Exception as exc:
                if not self._may_have_left:
                    raise
                # Whatever it is, the errors may be counted: who takes it for a failure sends them again.
                log.exception("push.surprised")
                return InDoubt(f"{type(exc).__name__}: {exc}")
        return Accepted()

    def _let_go(self, request: "AWSPreparedRequest", **_: object) -> None:
        """Be the last to see a request before it leaves."""
        signed_at = request.headers["X-Amz-Date"]
        text = signed_at.decode() if isinstance(signed_at, bytes) else str(signed_at)
        if datetime.strptime(text, "%Y%m%dT%H%M%S%z").timestamp() > self._signed_until:
            raise _SignedTooLate
        self._may_have_left = True

    def _mark(self, slot: Slot, series: Series, *, value: float, at: float) -> "MetricDatumTypeDef":
        return {
            "MetricName": PUSH_MARK,
            "Dimensions": self._mark_dimensions(slot, series),
            "Timestamp": _utc(at),
            "Value": value,
            "Unit": "None",
        }

    def _mark_dimensions(self, slot: Slot, series: Series) -> "list[DimensionTypeDef]":
        return [
            {"Name": "Environment", "Value": self._environment},
            {"Name": "Writer", "Value": f"{slot}-{series}"},
        ]

    def _datum(self, datum: Datum) -> "MetricDatumTypeDef":
        values = {"Service": datum.service, "Environment": self._environment, "Source": datum.source}
        return {
            "MetricName": ALERT_TRIGGERED if datum.service is None else LOG_ERRORS,
            "Dimensions": [{"Name": name, "Value": value} for name, value in values.items() if value is not None],
            "Timestamp": _utc(datum.at),
            # One value, seen `count` times: Sum and SampleCount are both the number of errors.
            "Values": [1.0],
            "Counts": [float(datum.count)],
            "Unit": "Count",
        }


def _refusal(exc: ClientError) -> Outcome:
    """Answer what an error answer means. One without AWS's request id, or a 408 or 5xx, may hide an effect."""
    metadata: Mapping[str, Any] = exc.response.get("ResponseMetadata", {})
    status = metadata.get("HTTPStatusCode", SERVER_ERROR)
    why = f"{exc.response['Error'].get('Code', '')}: {exc.response['Error'].get('Message', '')}"
    refused = CLIENT_ERROR <= status < SERVER_ERROR and status != REQUEST_TIMEOUT
    if not refused or not metadata.get("RequestId"):
        return InDoubt(f"HTTP {status}: {why}")
    return Refused(_cause(exc), why)


def _cause(exc: ClientError) -> Cause:
    error = exc.response["Error"]
    # The mark is the first datum of every request: a refusal that names it, or the namespace, is no member's fault.
    shared = "Namespace" in error.get("Message", "") or "MetricData.member.1." in error.get("Message", "")
    if error.get("Code") in INVALID_CODES:
        return Cause.OTHER if shared else Cause.INVALID
    match translate(exc, what="CloudWatch"):
        case Denied():
            return Cause.DENIED
        case Throttled():
            return Cause.THROTTLED
        case _:
            return Cause.OTHER


def _date(metadata: Mapping[str, Any]) -> float:
    return parsedate_to_datetime(metadata["HTTPHeaders"]["date"]).timestamp()


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
