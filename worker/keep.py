"""Keeping what is in hand hidden from others, for as long as it is in hand."""

from collections.abc import Callable
from typing import Final

import structlog

from core.aws.queue import Queue
from core.errors import LogtallyError
from core.limits import BATCH_MAX, HEARTBEAT_S
from core.model import Delivery
from worker.in_hand import InHand

log = structlog.get_logger()

PAUSE_S_MIN: Final = 1.0  # however long the last attempt took


class Keep:
    """Extends the visibility of what is in hand. One thread's."""

    def __init__(self, *, queue: Queue, in_hand: InHand, clock: Callable[[], float]) -> None:
        self._queue = queue
        self._in_hand = in_hand
        self._clock = clock
        self._failures = 0  # in a row

    def turn(self) -> float:
        """Extend what is due, the soonest first. Answer how long to wait before the next look.

        One attempt for ten messages. If one fails the others wait, too: a queue that is away is asked once in five
        seconds, however much is in hand; and when it is back all of it is extended at once.
        """
        began = self._clock()
        due = self._in_hand.to_extend(began)
        batches = [dict(due[start : start + BATCH_MAX]) for start in range(0, len(due), BATCH_MAX)]
        first = self._failures % max(1, len(batches))  # one that always fails does not keep the others from their turn
        if all(map(self._extend, [*batches[first:], *batches[:first]])):
            self._failures = 0
        else:
            self._failures += 1
        return min(HEARTBEAT_S, max(PAUSE_S_MIN, HEARTBEAT_S - (self._clock() - began)))

    def _extend(self, seconds_of: dict[Delivery, int]) -> bool:
        """Answer whether SQS was there."""
        with self._in_hand.extending(list(seconds_of)) as deliveries:
            if not deliveries:
                return True
            now = self._clock()
            try:
                failed = self._queue.try_to_hide([(delivery, seconds_of[delivery]) for delivery in deliveries])
            except LogtallyError as exc:
                log.warning("queue.batch_failed", why=str(exc))
                return False
            for delivery in deliveries:
                if delivery not in failed:
                    self._in_hand.extended(delivery, until=now + seconds_of[delivery])
        return True
