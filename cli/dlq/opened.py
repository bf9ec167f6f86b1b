"""The settings → what the commands of `logtally dlq` ask."""

from msgspec import Struct

from cli.opened import Opened, opened
from core.aws.dead import DeadLetters
from core.aws.history import History


class ToList(Struct, frozen=True, kw_only=True):
    """The dead-letter queue, and what the ledger remembers of it."""

    queue: DeadLetters
    history: History


def queue_and_history() -> ToList:
    """Answer both. Raises Usage if a setting is missing or wrong, or the table can't be asked by day."""
    asked = opened()
    return ToList(history=History(asked.table(recent=True)), queue=_queue(asked))


def queue() -> DeadLetters:
    """Answer the queue alone: moving and dropping leave the ledger as it is. Raises Usage as above."""
    return _queue(opened())


def _queue(asked: Opened) -> DeadLetters:
    url, first_url = asked.settings.dead_queue_url, asked.settings.queue_url
    return DeadLetters(asked.aws.sqs, asked.aws.sqs_receive, url=url, first_url=first_url)
