"""SQS: messages received, hidden, deleted, and buried in the dead-letter queue."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from core.aws.attributes import redrive_of
from core.aws.batches import BATCH_ATTEMPTS, each_batch, one_batch
from core.aws.errors import FAILED, translate
from core.errors import Transient, Usage
from core.events import body_of
from core.letters import reason_sent
from core.limits import BATCH_MAX, RECEIVE_WAIT_S
from core.model import Delivery, MessageId, ObjectCreated, ReceiptHandle

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import ChangeMessageVisibilityBatchResultTypeDef, MessageTypeDef

Hidden = tuple[Delivery, int]  # for how many seconds from now


class Queue:
    """One queue and its dead-letter queue. Safe to use from several threads.

    `receive_client` waits for long polls, `once_client` repeats nothing, `client` does the rest.
    """

    def __init__(
        self,
        client: "SQSClient",
        receive_client: "SQSClient",
        once_client: "SQSClient",
        *,
        url: str,
        dead_url: str,
        visibility_timeout_s: int,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._receive_client = receive_client
        self._once_client = once_client
        self._url = url
        self._dead_url = dead_url
        self._visibility_timeout_s = visibility_timeout_s
        self._clock = clock
        self._receives_max: int | None = None  # None: not asked yet

    def receive(self, *, limit: int, wait_s: int = RECEIVE_WAIT_S) -> list[Delivery]:
        """Wait for messages, `limit` at most. They stay hidden for the visibility timeout.

        Raises NotFound if there is no such queue, Denied, Throttled or Transient.
        """
        received_at = self._clock()  # before the call: visibility counts from somewhere within it
        try:
            answer = self._receive_client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(limit, BATCH_MAX),
                WaitTimeSeconds=wait_s,
                VisibilityTimeout=self._visibility_timeout_s,
                MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
            )
        except FAILED as exc:
            raise translate(exc, what=f"queue {self._url}") from exc
        return [_delivery(message, received_at=received_at) for message in answer.get("Messages", ())]

    def check(self) -> None:
        """Ask whether both queues are there and belong together, and how often SQS lets a message be received.

        Raises Usage if SQS itself would move messages elsewhere, or nowhere; Permanent if nobody can tell from its
        redrive policy; NotFound, Denied or Transient.
        """
        dead_arn = self._attributes(self._dead_url)["QueueArn"]
        policy = redrive_of(self._attributes(self._url).get("RedrivePolicy"), what=f"queue {self._url}")
        if policy is None:
            raise Usage(f"queue {self._url} has no redrive policy; it needs one, to {dead_arn}")
        if policy.dead_letter_target_arn != dead_arn:
            raise Usage(
                f"queue {self._url} has {policy.dead_letter_target_arn} as its dead-letter queue, by its redrive"
                f" policy; {dead_arn} is another one"
            )
        self._receives_max = policy.max_receive_count

    def is_last_receive(self, delivery: Delivery) -> bool:
        """Answer whether SQS itself would move the message to the dead-letter queue next, and say no reason."""
        return self._receives_max is not None and delivery.receive_count >= self._receives_max

    def hide(self, deliveries: Sequence[Delivery], *, seconds: int) -> list[Delivery]:
        """Set what is left of the visibility timeout; 0 makes the messages visible at once.

        Answers those that could not be hidden: they come back when their timeout runs out. Raises nothing.
        """
        return each_batch(
            deliveries,
            lambda batch: self._hide(self._client, [(delivery, seconds) for delivery in batch]),
            what=f"queue {self._url}",
        )

    def try_to_hide(self, hidden: Sequence[Hidden]) -> list[Delivery]:
        """Do what `hide` does, for a batch at most, in one attempt: whoever calls it has little time, or will again.

        Answers those that could not be hidden. Raises NotFound, Denied, Throttled or Transient: then it is all of them.
        """
        failed = one_batch(hidden, lambda batch: self._hide(self._once_client, batch), what=f"queue {self._url}")
        return [delivery for delivery, _ in failed]

    def delete(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Remove messages for good: everything in them is in the ledger.

        Answers those that could not be deleted: they come back, and are found in the ledger. Raises nothing.
        """
        return each_batch(
            deliveries,
            lambda batch: self._client.delete_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(n), "ReceiptHandle": delivery.receipt} for n, delivery in enumerate(batch)],
            ),
            what=f"queue {self._url}",
        )

    def bury(self, delivery: Delivery, *, reason: str) -> None:
        """Send a copy of a message to the dead-letter queue, with the reason. The message itself stays.

        Raises NotFound, Denied, Throttled or Transient.
        """
        try:
            self._client.send_message(
                QueueUrl=self._dead_url,
                MessageBody=delivery.body,
                MessageAttributes={
                    "reason": {"DataType": "String", "StringValue": reason_sent(reason)},
                    "message_id": {"DataType": "String", "StringValue": delivery.message_id},
                },
            )
        except FAILED as exc:
            raise translate(exc, what=f"queue {self._dead_url}") from exc

    def announce(self, created: Sequence[ObjectCreated]) -> None:
        """Announce objects, a batch at most, in the stead of S3.

        Raises NotFound, Denied, Throttled or Transient: then some may be announced, and announcing them again costs a
        look into the ledger.
        """
        left = list(created)
        for _ in range(BATCH_ATTEMPTS):
            left = self._announce(left)
            if not left:
                return
        raise Transient(f"queue {self._url}: SQS does not take {len(left)} of {len(created)} messages")

    def _announce(self, created: Sequence[ObjectCreated]) -> list[ObjectCreated]:
        try:
            answer = self._client.send_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(n), "MessageBody": body_of(one)} for n, one in enumerate(created)],
            )
        except FAILED as exc:
            raise translate(exc, what=f"queue {self._url}") from exc
        return [created[int(entry["Id"])] for entry in answer.get("Failed", ())]

    def _hide(self, client: "SQSClient", hidden: Sequence[Hidden]) -> "ChangeMessageVisibilityBatchResultTypeDef":
        return client.change_message_visibility_batch(
            QueueUrl=self._url,
            Entries=[
                {"Id": str(n), "ReceiptHandle": delivery.receipt, "VisibilityTimeout": seconds}
                for n, (delivery, seconds) in enumerate(hidden)
            ],
        )

    def _attributes(self, url: str) -> "Mapping[QueueAttributeNameType, str]":
        try:
            answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", "RedrivePolicy"])
        except FAILED as exc:
            raise translate(exc, what=f"queue {url}") from exc
        return answer["Attributes"]


def _delivery(message: "MessageTypeDef", *, received_at: float) -> Delivery:
    attributes = message["Attributes"]
    return Delivery(
        message_id=MessageId(message["MessageId"]),
        receipt=ReceiptHandle(message["ReceiptHandle"]),
        body=message["Body"],
        receive_count=int(attributes["ApproximateReceiveCount"]),
        sent_at=int(attributes["SentTimestamp"]) / 1000,
        received_at=received_at,
    )
