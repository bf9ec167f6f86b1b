"""SQS: the dead-letter queue, as whoever looks after it needs it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from core.aws.batches import each_batch
from core.aws.errors import FAILED, translate
from core.letters import Found
from core.limits import BATCH_MAX, DEAD_HIDDEN_S, DEAD_WAIT_S
from core.model import MessageId, ReceiptHandle

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import MessageTypeDef

VISIBLE: Final = "ApproximateNumberOfMessages"
HIDDEN: Final = "ApproximateNumberOfMessagesNotVisible"


class Depth(Struct, frozen=True, kw_only=True):
    """How many messages are in the queue, as far as SQS knows."""

    visible: int
    hidden: int  # somebody has received them


class Move(Struct, frozen=True, kw_only=True):
    """How far SQS is with moving all messages back."""

    running: bool
    moved: int
    failure: str | None


class DeadLetters:
    """A dead-letter queue and the first queue. Everything raises NotFound, Denied, Throttled, Transient or Permanent.

    `receive_client` does not repeat a receive whose answer is lost, `client` repeats the rest.
    """

    def __init__(self, client: "SQSClient", receive_client: "SQSClient", *, url: str, first_url: str) -> None:
        self._client = client
        self._receive_client = receive_client
        self._url = url
        self._first_url = first_url

    def depth(self) -> Depth:
        """Answer how many messages are there now."""
        told = self._attributes(self._url, [VISIBLE, HIDDEN])
        return Depth(visible=int(told[VISIBLE]), hidden=int(told[HIDDEN]))

    def receive(self, *, limit: int) -> list[Found]:
        """Receive some messages, `limit` at most; none: none is visible. They stay hidden for DEAD_HIDDEN_S."""
        try:
            answer = self._receive_client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(limit, BATCH_MAX),
                WaitTimeSeconds=DEAD_WAIT_S,
                VisibilityTimeout=DEAD_HIDDEN_S,
                MessageSystemAttributeNames=["SentTimestamp"],
                MessageAttributeNames=["reason", "message_id"],
            )
        except FAILED as exc:
            raise translate(exc, what=f"queue {self._url}") from exc
        return [_found(message) for message in answer.get("Messages", ())]

    def send_back(self, found: Found) -> None:
        """Send a copy of a message to the first queue. The message itself stays."""
        try:
            self._client.send_message(QueueUrl=self._first_url, MessageBody=found.body)
        except FAILED as exc:
            raise translate(exc, what=f"queue {self._first_url}") from exc

    def delete(self, found: Found) -> bool:
        """Remove a message for good. Answers whether that was done; if not, it is visible again after a while."""
        return not each_batch(
            [found],
            lambda batch: self._client.delete_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(n), "ReceiptHandle": one.receipt} for n, one in enumerate(batch)],
            ),
            what=f"queue {self._url}",
        )

    def show(self, receipts: Sequence[ReceiptHandle]) -> int:
        """Make messages visible again at once. Answers how many could not be: they come back later. Raises nothing."""
        failed = each_batch(
            receipts,
            lambda batch: self._client.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(n), "ReceiptHandle": receipt, "VisibilityTimeout": 0} for n, receipt in enumerate(batch)
                ],
            ),
            what=f"queue {self._url}",
        )
        return len(failed)

    def move_all(self) -> None:
        """Let SQS move all visible messages to the first queue.

        The destination is named: SQS does not know it of what a worker sent there.
        """
        source, destination = self._arn(self._url), self._arn(self._first_url)
        try:
            self._client.start_message_move_task(SourceArn=source, DestinationArn=destination)
        except FAILED as exc:
            raise translate(exc, what=f"queue {self._url}") from exc

    def move(self) -> Move:
        """Answer how far the last `move_all` is."""
        try:
            told = self._client.list_message_move_tasks(SourceArn=self._arn(self._url), MaxResults=1)["Results"]
        except FAILED as exc:
            raise translate(exc, what=f"queue {self._url}") from exc
        if not told:  # SQS does not show it yet
            return Move(running=True, moved=0, failure=None)
        task = told[0]
        return Move(
            running=task["Status"] == "RUNNING",
            moved=task.get("ApproximateNumberOfMessagesMoved", 0),
            failure=task.get("FailureReason"),
        )

    def _arn(self, url: str) -> str:
        return self._attributes(url, ["QueueArn"])["QueueArn"]

    def _attributes(
        self, url: str, names: "Sequence[QueueAttributeNameType]"
    ) -> "Mapping[QueueAttributeNameType, str]":
        try:
            answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        except FAILED as exc:
            raise translate(exc, what=f"queue {url}") from exc
        return answer["Attributes"]


def _found(message: "MessageTypeDef") -> Found:
    attributes = {name: value.get("StringValue") for name, value in message.get("MessageAttributes", {}).items()}
    return Found(
        receipt=ReceiptHandle(message["ReceiptHandle"]),
        message_id=MessageId(attributes.get("message_id") or message["MessageId"]),
        sent_at=int(message["Attributes"]["SentTimestamp"]) / 1000,
        reason=attributes.get("reason"),
        body=message["Body"],
    )
