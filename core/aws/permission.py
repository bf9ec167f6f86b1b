"""CloudWatch: whether metrics may be pushed, found out without pushing any."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from core.aws.errors import FAILED, code_of, translate
from core.aws.metrics import INVALID_CODES, METRIC_NAMESPACE, PUSH_MARK

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)  # CloudWatch takes nothing that is older than two weeks


class Permission:
    """The permission to push. `client`: one that no `Metrics` pushes by, since that lets nothing go without a fence."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def to_push(self) -> bool:
        """Push a datum that CloudWatch must refuse, and answer whether it refused it for being invalid.

        Whoever may not push is refused for that. If it were taken it would still count nothing: no writer has a mark
        without dimensions. Raises Denied, Throttled, Transient or Permanent.
        """
        try:
            self._client.put_metric_data(
                Namespace=METRIC_NAMESPACE,
                MetricData=[{"MetricName": PUSH_MARK, "Timestamp": LONG_AGO, "Value": 0.0, "Unit": "None"}],
            )
        except ClientError as exc:
            if code_of(exc) in INVALID_CODES:
                return True
            raise translate(exc, what="CloudWatch") from exc
        except FAILED as exc:
            raise translate(exc, what="CloudWatch") from exc
        return False
