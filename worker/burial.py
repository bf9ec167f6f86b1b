"""The way of a message to the dead-letter queue: at least once, and once if nobody dies on it.

The order of effects is the safety argument:

    ledger: it goes there        (Ledger.begin_burial)   or somebody has sent it already
    a copy of it sent            (Queue.bury)
    ledger: it was sent          (Ledger.bury)           so nobody sends it again
    message deleted, or the end of its object recorded   by whoever asked for it: so it is not lost

Without the ledger nothing is sent, or each receive would send one more; but at a message's last receive it is sent
all the same, since SQS would move it next, and say no reason.
"""

from collections.abc import Callable

import structlog

from core.aws.ledger import Ledger
from core.aws.queue import Queue
from core.errors import LogtallyError
from core.model import Delivery, ObjectRef

log = structlog.get_logger()


class Burial:
    """Sends copies of messages to the dead-letter queue. Safe to use from several threads."""

    def __init__(self, *, queue: Queue, ledger: Ledger, clock: Callable[[], float]) -> None:
        self._queue = queue
        self._ledger = ledger
        self._clock = clock

    def send(self, delivery: Delivery, *, why: str) -> None:
        """Send a message that is to leave the queue. Raises what the ledger or the queue raises: try again later."""
        at = self._clock()
        try:
            due = self._ledger.begin_burial(delivery.message_id, reason=why, body=delivery.body, at=at)
        except LogtallyError as exc:
            if not self._queue.is_last_receive(delivery):
                raise
            log.warning("ledger.not_told", message_id=delivery.message_id, why=str(exc))
            due = True
        if due:
            self._carry_out(delivery, about=None, why=why, at=at)

    def send_copy(self, delivery: Delivery, *, about: ObjectRef, why: str) -> None:
        """Send a copy because of one of its objects; the message stays. Raises what the ledger or the queue raises."""
        at = self._clock()
        if self._ledger.begin_burial(delivery.message_id, about=about, reason=why, body=delivery.body, at=at):
            self._carry_out(delivery, about=about, why=why, at=at)

    def _carry_out(self, delivery: Delivery, *, about: ObjectRef | None, why: str, at: float) -> None:
        self._queue.bury(delivery, reason=why)
        try:
            self._ledger.bury(delivery.message_id, about=about, reason=why, body=delivery.body, at=at)
        except LogtallyError as exc:
            # At worst it is sent once more.
            log.warning("ledger.not_told", message_id=delivery.message_id, why=str(exc))
