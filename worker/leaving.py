"""How a message leaves this worker: deleted, given back for later, or buried in the dead-letter queue.

Whoever deletes one has its objects in the ledger. Whatever fails here, visibility brings the message back.
"""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from core.aws.queue import Queue
from core.errors import LogtallyError, Throttled
from core.limits import BATCH_MAX
from core.meters import Meters, Metric
from core.model import Delivery, ObjectRef
from worker.backoff import backoff_s
from worker.burial import Burial
from worker.in_hand import InHand, Reading
from worker.pace import Pace

log = structlog.get_logger()

EXTENSION_S_MAX: Final = 10.0  # one attempt takes less


class Leaving:
    """The ways out of one worker's hand. Safe to call from several threads."""

    def __init__(
        self,
        *,
        queue: Queue,
        burial: Burial,
        in_hand: InHand,
        pace: Pace,
        clock: Callable[[], float],
        jitter: Callable[[], float],
        meters: Meters,
    ) -> None:
        self._queue = queue
        self._burial = burial
        self._in_hand = in_hand
        self._pace = pace
        self._clock = clock
        self._jitter = jitter
        self._meters = meters

    def delete(self, deliveries: Sequence[Delivery]) -> None:
        """Delete messages whose objects are all in the ledger. What can't be deleted comes back, and is found there."""
        for delivery, age_s in self._remove(deliveries):
            log.info("message.done", **_names(delivery), age_s=round(age_s, 3))

    def bury(self, delivery: Delivery, *, why: str) -> None:
        """Send a message to the dead-letter queue, with the reason. If that fails, it comes back after a backoff."""
        try:
            self._bury(delivery, why=why)
        except LogtallyError as exc:
            self._in_hand.abandon([delivery])
            # After some receives SQS itself moves it there, without the reason.
            self._hide(delivery, why=not_buried(why, exc))
        else:
            self._in_hand.abandon([delivery])

    def give_back(self, delivery: Delivery, ref: ObjectRef, *, why: LogtallyError) -> list[Reading]:
        """Let a delivery come back after a backoff. Answers who the object is to be read for next.

        If SQS would not let it come back, it goes to the dead-letter queue with the reason.
        """
        if isinstance(why, Throttled):
            self._pace.slow_down()
        words = str(why)
        if self._queue.is_last_receive(delivery):
            try:
                self._bury(delivery, why=_at_last(delivery, why=words))  # in hand as long as that takes
            except LogtallyError as exc:
                words = not_buried(words, exc)
            else:
                return self._in_hand.gave_up(delivery, ref)
        readings = self._in_hand.gave_up(delivery, ref)
        self._hide(delivery, why=words, key=ref.key)
        return readings

    def give_all_back(self) -> int:
        """Let go of everything in hand: the worker is stopping. Answer what `release` does."""
        deliveries = self._in_hand.all()
        self._in_hand.abandon(deliveries)
        self._in_hand.wait_until_extended(deliveries, EXTENSION_S_MAX)
        return self.release(deliveries)

    def release(self, deliveries: Sequence[Delivery]) -> int:
        """Make deliveries visible at once: somebody else will do them. Answer how many are.

        One try: the process is about to end, and what it can't do in time visibility does. What nobody else would get,
        since SQS would move it next, goes to the dead-letter queue with the reason.
        """
        last = [delivery for delivery in deliveries if self._queue.is_last_receive(delivery)]
        visible = self._show([delivery for delivery in deliveries if delivery not in last])
        if visible:
            log.info("message.given_back", messages=visible)
        for delivery in last:
            why = _at_last(delivery, why="the worker was stopped")
            try:
                self._bury(delivery, why=why)
            except LogtallyError as exc:
                log.warning("message.hidden", **_names(delivery), seconds=0, why=not_buried(why, exc))
                self._show([delivery])
        return visible

    def _show(self, deliveries: Sequence[Delivery]) -> int:
        visible = 0
        for start in range(0, len(deliveries), BATCH_MAX):
            batch = deliveries[start : start + BATCH_MAX]
            try:
                failed = self._queue.try_to_hide([(delivery, 0) for delivery in batch])
            except LogtallyError as exc:
                log.warning("queue.batch_failed", why=str(exc))
                break
            visible += len(batch) - len(failed)
        return visible

    def _hide(self, delivery: Delivery, *, why: str, **facts: str) -> None:
        seconds = backoff_s(delivery.receive_count, jitter=self._jitter())
        log.warning("message.hidden", **_names(delivery), **facts, seconds=seconds, why=why)
        self._in_hand.wait_until_extended([delivery], EXTENSION_S_MAX)
        self._queue.hide([delivery], seconds=seconds)

    def _bury(self, delivery: Delivery, *, why: str) -> None:
        self._burial.send(delivery, why=why)
        log.error("message.buried", **_names(delivery), why=why)
        self._remove([delivery])

    def _remove(self, deliveries: Sequence[Delivery]) -> list[tuple[Delivery, float]]:
        """Answer which are deleted, each with its age; what is not comes back, and is found in the ledger."""
        if not deliveries:
            return []
        left = {delivery.receipt for delivery in self._queue.delete(deliveries)}
        now = self._clock()
        removed = [(delivery, now - delivery.sent_at) for delivery in deliveries if delivery.receipt not in left]
        for _, age_s in removed:
            self._meters.observe(Metric.OBJECT_AGE, age_s)
        return removed


def _at_last(delivery: Delivery, *, why: str) -> str:
    return f"received {delivery.receive_count} times, and at last: {why}"


def not_buried(why: str, failure: LogtallyError) -> str:
    """Answer why a message is where it was, though it should have gone to the dead-letter queue."""
    return f"{why}; and it could not be buried: {failure}"


def _names(delivery: Delivery) -> dict[str, object]:
    return {"message_id": delivery.message_id, "receive_count": delivery.receive_count}
