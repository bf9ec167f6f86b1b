"""One turn of each of the worker's loops: what is done in it, and how long to wait before the next.

Nothing here waits, but for AWS and for work to come; `worker.loop` gives each loop a thread. An exception that a turn
does not know is a bug of ours: what it was about is let go, and visibility brings the message back.
"""

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import TYPE_CHECKING

import structlog

from core.aws.queue import Queue
from core.errors import LogtallyError, Permanent, Throttled
from core.limits import BATCH_MAX, RECEIVE_WAIT_S
from core.model import Delivery
from core.push import Found, Gather, Pusher, PushTurn, Settler, again_s
from core.push.turn import IDLE_S, NO_WAIT_S
from worker.handle import Poison, Steps, Work
from worker.in_hand import InHand
from worker.leaving import Leaving
from worker.pace import Pace

if TYPE_CHECKING:
    from core.writers import Writer

log = structlog.get_logger()


class Turns:
    """The turns of one worker. Each is one thread's, but `read`: any number of threads may read."""

    def __init__(
        self,
        *,
        steps: Steps,
        leaving: Leaving,
        queue: Queue,
        in_hand: InHand,
        pace: Pace,
        gather: Gather[Delivery],
        pusher: Pusher,
        settler: Settler,
        stop: threading.Event,
        monotonic: Callable[[], float],
    ) -> None:
        self.to_read: SimpleQueue[Work] = SimpleQueue()
        self.pushing = PushTurn(
            gather=gather, pusher=pusher, record=self._record, refuse=self._refuse, let_go=self._let_go, stop=stop
        )
        self._steps = steps
        self._leaving = leaving
        self._queue = queue
        self._in_hand = in_hand
        self._pace = pace
        self._gather = gather
        self._pusher = pusher
        self._settler = settler
        self._stop = stop
        self._monotonic = monotonic
        self._no_receive: str | None = None  # why the last receive failed
        self._receive_failures = 0
        self._due: list[Writer] = []  # slots to be settled

    @property
    def why_not_ready(self) -> str | None:
        """Why nothing can be counted right now; None: all is well."""
        return self._no_receive or self._why_not_receive

    @property
    def _why_not_receive(self) -> str | None:
        return self.pushing.why_not_ready or self._settler.why_not_ready

    def receive(self, *, wait_s: int = RECEIVE_WAIT_S) -> float:
        """Take messages in hand, if there are free places and all is well."""
        if self._why_not_receive is not None:
            return IDLE_S
        if self._in_hand.free == 0:
            self._in_hand.wait_for_a_place(min(wait_s, IDLE_S))
            return NO_WAIT_S
        began = self._monotonic()
        try:
            deliveries = self._queue.receive(limit=min(self._in_hand.free, BATCH_MAX), wait_s=wait_s)
        except LogtallyError as exc:
            if isinstance(exc, Throttled):
                self._pace.slow_down()
            if self._no_receive is None:
                log.warning("receive.failed", why=str(exc))
            self._no_receive = str(exc)
            self._receive_failures += 1
            return again_s(self._receive_failures, took_s=self._monotonic() - began)
        self._no_receive = None
        self._receive_failures = 0
        if self._stop.is_set():
            self._leaving.release(deliveries)
            return IDLE_S
        try:
            self._read_next(self._steps.accept(deliveries))
        except Exception:
            self._read_next(self._in_hand.abandon(deliveries))
            raise
        return NO_WAIT_S

    def read(self, work: Work) -> None:
        """Read and analyse one object, on its way to the next push; or bury a message that announces none."""
        delivery = work.delivery
        try:
            if isinstance(work, Poison):
                self._leaving.bury(work.delivery, why=work.why)
                return
            entry, instead = self._steps.read(work)
        except Exception:
            self._read_next(self._in_hand.abandon([delivery]))
            raise
        self._read_next(instead)
        if entry is None:
            self._gather.nudge()
        else:
            self._gather.put(entry, delivery)

    def settle(self) -> bool:
        """Take one step for one slot that somebody left. Answer whether more of them are due."""
        if not self._due:
            self._due = self._settler.due()
        if self._due:
            self._settler.attempt(self._due.pop())
        return bool(self._due)

    def _record(self, found: Sequence[Found[Delivery]]) -> None:
        try:
            self._read_next(self._steps.record(found, self._pusher))
        except Throttled:
            self._pace.slow_down()
            raise

    def _refuse(self, found: Found[Delivery], why: Permanent) -> None:
        self._read_next(self._leaving.give_back(found.read_for, found.entry.ref, why=why))

    def _let_go(self, found: Sequence[Found[Delivery]]) -> None:
        self._read_next(self._in_hand.abandon([one.read_for for one in found]))

    def _read_next(self, works: Sequence[Work]) -> None:
        for work in works:
            self.to_read.put(work)
