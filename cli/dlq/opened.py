"""The settings → what the commands of `logtally dlq` ask. They are the worker's."""

from msgspec import Struct

from cli.ledger import opened
from core.aws.dead import DeadLetters
from core.aws.history import History


class Opened(Struct, frozen=True, kw_only=True):
    """The dead-letter queue, and what the ledger remembers of it."""

    queue: DeadLetters
    history: History


def queue_and_history() -> Opened:
    """Answer both. Raises Usage if a setting is missing or wrong, or the table can't be asked by day."""
    return Opened(history=opened.opened(recent=True).history, queue=queue())


def queue() -> DeadLetters:
    """Answer the queue alone: moving and dropping leave the ledger as it is. Raises Usage as above."""
    loaded, aws = opened.chosen()
    return DeadLetters(aws.sqs, aws.sqs_receive, url=loaded.dead_queue_url, first_url=loaded.queue_url)
