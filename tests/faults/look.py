"""What the queues and the ledger hold, looked at as anybody could."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.aws.clients import Clients
from local.left import messages_left
from local.wiring import Wired

Found = Sequence[Mapping[str, Any]]


class Look:
    """Looks at what is wired."""

    def __init__(self, aws: Clients, wired: Wired) -> None:
        self._aws = aws
        self._wired = wired

    def messages(self) -> int:
        """Answer how many messages are in the queue, hidden ones too."""
        return messages_left(self._aws.sqs, self._wired.queue_url)

    def slots(self) -> Found:
        """Answer the slots as the ledger holds them."""
        return self._items("writer")

    def object(self, key: str) -> Found:
        """Answer all that the ledger holds of a key."""
        return self._items(f"object#{self._wired.bucket}/{key}")

    def notice(self, key: str) -> Found:
        """Answer all that the ledger holds of the requests with a key."""
        return self._items(f"notify#{key}")

    def alerts(self) -> Found:
        """Answer the alerts that came. They are hidden from then on."""
        return self._received(self._wired.inbox_url)

    def dead_letters(self) -> Found:
        """Answer the dead letters, with their attributes. They are hidden from then on."""
        return self._received(self._wired.dead_queue_url)

    def _items(self, partition: str) -> Found:
        return self._aws.dynamodb.query(
            TableName=self._wired.table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
            ConsistentRead=True,
        )["Items"]

    def _received(self, url: str) -> Found:
        messages: list[Mapping[str, Any]] = []
        while found := self._aws.sqs.receive_message(
            QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10
        ).get("Messages"):
            messages += found
        return messages
