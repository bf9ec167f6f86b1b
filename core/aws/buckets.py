"""S3: how a bucket is set up. Nothing here reads an object."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.aws.errors import FAILED, translate
from core.facts import Announced, Notification
from core.model import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Buckets:
    """The buckets of S3. It raises NotFound, Usage if one is in another region, Denied, Throttled or Transient."""

    def __init__(self, client: "S3Client") -> None:
        self._s3 = client

    def region(self, bucket: Bucket) -> str | None:
        """Answer where a bucket is; None: S3 does not say."""
        try:
            return self._s3.head_bucket(Bucket=bucket).get("BucketRegion")
        except FAILED as exc:
            raise translate(exc, what=f"bucket {bucket}") from exc

    def notification(self, bucket: Bucket) -> Notification:
        """Answer whom a bucket tells of its objects."""
        try:
            told = self._s3.get_bucket_notification_configuration(Bucket=bucket)
        except FAILED as exc:
            raise translate(exc, what=f"bucket {bucket}") from exc
        return Notification(
            queues=_announced(told.get("QueueConfigurations", ()), "QueueArn"),
            topics=_announced(told.get("TopicConfigurations", ()), "TopicArn"),
            event_bridge="EventBridgeConfiguration" in told,  # an empty mapping, if it is on
        )

    def versioned(self, bucket: Bucket) -> bool:
        """Answer whether a bucket keeps versions."""
        try:
            return self._s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled"
        except FAILED as exc:
            raise translate(exc, what=f"bucket {bucket}") from exc


def _announced(told: Sequence[Mapping[str, Any]], arn: str) -> tuple[Announced, ...]:
    return tuple(Announced(to=one[arn], events=tuple(one["Events"]), only=_only(one)) for one in told)


def _only(told: Mapping[str, Any]) -> tuple[str, ...]:
    rules = told.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    # S3 answers the names with a capital, and takes them with and without.
    verbs = {"prefix": "begin", "suffix": "end"}
    return tuple(f"{verbs[rule['Name'].lower()]} with {rule['Value']}" for rule in rules if rule["Value"])
