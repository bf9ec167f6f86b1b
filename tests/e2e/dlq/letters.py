"""Dead letters as a worker and SQS make them, and what is in both queues."""

from collections.abc import Callable

import boto3

from core.aws import clients
from core.aws.ledger import Ledger
from core.aws.queue import Queue
from core.model import Delivery, MessageId, ReceiptHandle
from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.workers import messages_left
from tests.s3_events import created


class Queues:
    """The first queue, its dead-letter queue, and the ledger that remembers what went there."""

    def __init__(
        self, aws: boto3.Session, cloud: Cloud, wired: Wired, *, ledger: Ledger, clock: Callable[[], float]
    ) -> None:
        self._aws = aws
        self._endpoint = cloud.endpoint
        self._wired = wired
        self._ledger = ledger
        self._clock = clock
        self._sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
        self._worker = Queue(
            self._sqs,
            self._sqs,
            self._sqs,
            url=wired.queue_url,
            dead_url=wired.dead_queue_url,
            visibility_timeout_s=60,
            clock=clock,
        )

    def bury(self, name: str, *, reason: str, body: str | None = None, ago_s: float = 0) -> None:
        """Let a worker send a message to the dead-letter queue. `name`: its id, and the key that it announces."""
        at = self._clock() - ago_s
        text = body if body is not None else event(name)
        delivery = Delivery(
            message_id=MessageId(name),
            receipt=ReceiptHandle("r"),
            body=text,
            receive_count=1,
            sent_at=at,
            received_at=at,
        )
        self._worker.bury(delivery, reason=reason)
        self._ledger.bury(delivery.message_id, reason=reason, body=text, at=at)

    def used_up(self, name: str) -> None:
        """Let SQS itself move a message to the dead-letter queue."""
        self._sqs.send_message(QueueUrl=self._wired.dead_queue_url, MessageBody=event(name))

    def first(self) -> list[str]:
        """Answer the bodies in the first queue, without S3's test event."""
        bodies: list[str] = []
        while messages := self._sqs.receive_message(
            QueueUrl=self._wired.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0
        ).get("Messages"):
            bodies += [message["Body"] for message in messages]
        return sorted(body for body in bodies if "s3:TestEvent" not in body)

    def dead(self) -> list[str]:
        """Answer the bodies that are visible in the dead-letter queue, and hide them."""
        bodies: list[str] = []
        while messages := self._sqs.receive_message(QueueUrl=self._wired.dead_queue_url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            bodies += [message["Body"] for message in messages]
        return sorted(bodies)

    def depth(self) -> int:
        """Answer how many messages are in the dead-letter queue, hidden ones too."""
        return messages_left(self._wired.dead_queue_url, self._aws, self._endpoint)


def event(key: str) -> str:
    """Answer a notification of an object in the bucket `logs`."""
    return created("logs", key, etag="e1")
