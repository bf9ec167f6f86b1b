"""SQS: how a queue is set up. Nothing here touches a message."""

from typing import TYPE_CHECKING

import msgspec

from core.aws.errors import FAILED, translate
from core.errors import Permanent
from core.facts import QueueFacts, Redrive

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Attributes:
    """The attributes of queues. It raises NotFound, Denied, Throttled, Transient or Permanent."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def of(self, url: str) -> QueueFacts:
        """Answer how a queue is set up."""
        try:
            answer = self._client.get_queue_attributes(
                QueueUrl=url,
                AttributeNames=["QueueArn", "VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy", "Policy"],
            )
        except FAILED as exc:
            raise translate(exc, what=f"queue {url}") from exc
        told = answer["Attributes"]
        return QueueFacts(
            arn=told["QueueArn"],
            visibility_timeout_s=int(told["VisibilityTimeout"]),
            retention_s=int(told["MessageRetentionPeriod"]),
            redrive=redrive_of(told.get("RedrivePolicy"), what=f"queue {url}"),
            policy=told.get("Policy") or None,
        )


def redrive_of(told: str | None, *, what: str) -> Redrive | None:
    """Answer a redrive policy; None if there is none. It is empty once it was taken away."""
    try:
        return msgspec.json.decode(told, type=Redrive, strict=False) if told else None
    except msgspec.DecodeError as exc:
        raise Permanent(f"{what}: its redrive policy can't be read: {exc}") from exc
