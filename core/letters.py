"""Dead letters: why a message is in the dead-letter queue, and what it is about. Pure; their JSON is for programs."""

from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from core.errors import Permanent
from core.events import objects_in
from core.history import Dead
from core.limits import DAY_S, QUEUE_KEEPS_S_MAX, REASON_LENGTH_MAX
from core.model import MessageId, ReceiptHandle
from core.printable import printable

BODY_SHOWN_MAX: Final = 200  # characters of a body that announces nothing


class Found(Struct, frozen=True, kw_only=True):
    """One receive of one message of the dead-letter queue."""

    receipt: ReceiptHandle
    message_id: MessageId  # that it had in the first queue, if that is known
    sent_at: float  # seconds since the epoch; of what SQS itself moved, the first sending
    reason: str | None  # None: SQS itself moved it
    body: str


class Named(Struct, frozen=True, kw_only=True):
    """An object that a message announces."""

    bucket: str
    key: str


class Letter(Struct, frozen=True, kw_only=True, rename="camel"):
    """One line about a dead letter."""

    at: datetime
    age_s: int
    message_id: MessageId
    reason: str | None
    objects: tuple[Named, ...]
    body: str | None  # the beginning of one that announces nothing


def reason_sent(reason: str) -> str:
    """Answer a reason as it stands beside the message: SQS takes few control characters, and no empty text."""
    return printable(reason)[:REASON_LENGTH_MAX] or "unknown"


def is_for(reason: str | None, text: str | None) -> bool:
    """Answer whether a letter with this reason is meant by `text`: part of the reason as sent; None: any letter."""
    return text is None or (reason is not None and text in reason_sent(reason))


def letter_in_ledger(dead: Dead, *, now: float) -> Letter:
    """Answer a line about a message that the ledger remembers."""
    return _letter(dead.message_id, reason=dead.reason, body=dead.body, at=dead.at, now=now)


def letter_in_queue(found: Found, *, now: float) -> Letter:
    """Answer a line about a message that is in the queue."""
    at = datetime.fromtimestamp(found.sent_at, UTC)
    return _letter(found.message_id, reason=found.reason, body=found.body, at=at, now=now)


def without_reason(there: int, *, remembered: int, days: int) -> int:
    """Answer how many messages of the queue the ledger knows nothing of, at least.

    `remembered`: how many it has of the last `days`. It remembers what has left the queue, too.
    """
    return max(0, there - remembered) if days * DAY_S >= QUEUE_KEEPS_S_MAX else 0


def _letter(message_id: MessageId, *, reason: str | None, body: str, at: datetime, now: float) -> Letter:
    objects = _objects(body)
    return Letter(
        at=at,
        age_s=max(0, int(now - at.timestamp())),
        message_id=message_id,
        reason=reason,
        objects=objects,
        body=None if objects else body[:BODY_SHOWN_MAX],
    )


def _objects(body: str) -> tuple[Named, ...]:
    try:
        return tuple(Named(bucket=created.ref.bucket, key=created.ref.key) for created in objects_in(body))
    except Permanent:
        return ()
