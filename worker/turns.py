"""One turn of each of the worker's loops: what is done in it, and how long to wait before the next.

Nothing here waits, but for AWS and for work to come; `worker.loop` gives each loop a thread. An exception that a turn
does not know is a bug of ours: what it was about is let go, and visibility brings the message back.
"""

import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

import structlog

from core.aws.queue import Queue
from core.errors import LogtallyError, Permanent, Throttled
from core.limits import BATCH_MAX, RECEIVE_WAIT_S
from core.push import Pusher, Settler
from worker.gather import Found, Gather
from worker.handle import Poison, Steps, Work
from worker.in_hand import InHand
from worker.pace import Pace

if TYPE_CHECKING:
    from core.writers import Writer

log = structlog.get_logger()

NO_WAIT_S: Final = 0.0
IDLE_S: Final = 1.0  # before a look whether it is better now
AGAIN_S_BASE: Final = 1.0  # after a failure that is not a message's own
AGAIN_S_MAX: Final = 15.0  # an outage may last for hours, and half a minute after it all must be as before


class Turns:
    """The turns of one worker. Each is one thread's, but `read`: any number of threads may read."""

    def __init__(
        self,
        *,
        steps: Steps,
        queue: Queue,
        in_hand: InHand,
        pace: Pace,
        gather: Gather,
        pusher: Pusher,
        settler: Settler,
        stop: threading.Event,
        monotonic: Callable[[], float],
    ) -> None:
        self.to_read: SimpleQueue[Work] = SimpleQueue()
        self._steps = steps
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
        self._no_intend: str | None = None  # why the ledger takes nothing
        self._unrecorded: list[Found] = []  # what it did not take
        self._alone: list[Found] = []  # one of these it can never take: each goes by itself, so that no other suffers
        self._push_failures = 0
        self._due: list[Writer] = []  # slots to be settled

    @property
    def why_not_ready(self) -> str | None:
        """Why nothing can be counted right now; None: all is well."""
        return self._no_receive or self._why_not_receive

    @property
    def _why_not_receive(self) -> str | None:
        return self._no_intend or self._pusher.why_not_ready or self._settler.why_not_ready

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
            self._steps.release(deliveries)
            return IDLE_S
        try:
            self._read_next(self._steps.accept(deliveries))
        except Exception:
            self._read_next(self._in_hand.abandon(deliveries))
            raise
        return NO_WAIT_S

    def read(self, work: Work) -> None:
        """Read and analyse one object, on its way to the next push; or bury a message that announces none."""
        delivery = work.delivery if isinstance(work, Poison) else work[0]
        try:
            if isinstance(work, Poison):
                self._steps.bury(work)
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

    def push(self, *, wait_s: float = IDLE_S) -> float:
        """Make one push of what was found, or go on with the one that could not be sent. Waits for something to come.

        What the ledger does not take is tried again: the messages stay hidden, it is no fault of theirs.
        """
        found: list[Found] = []
        if not self._pusher.unfinished:
            found = self._next(wait_s)
            if found and not self._record(found):
                self._push_failures += 1
                return again_s(self._push_failures)
        self._pusher.finish()
        if self._pusher.unfinished:
            self._push_failures += 1
            return again_s(self._push_failures)
        self._push_failures = 0
        if not found or self._stop.is_set():
            self._pusher.rest(release=self._stop.is_set())
        return NO_WAIT_S

    def settle(self) -> bool:
        """Take one step for one slot that somebody left. Answer whether more of them are due."""
        if not self._due:
            self._due = self._settler.due()
        if self._due:
            self._settler.attempt(self._due.pop())
        return bool(self._due)

    def _next(self, wait_s: float) -> list[Found]:
        if self._unrecorded:
            return self._unrecorded
        return [self._alone.pop()] if self._alone else self._gather.take(wait_s=wait_s)

    def _record(self, found: list[Found]) -> bool:
        """Answer False if the same is to be tried again."""
        self._unrecorded = []
        try:
            self._read_next(self._steps.record(found, self._pusher))
        except Permanent as exc:
            if len(found) == 1:
                self._read_next(self._steps.give_back((found[0].delivery, found[0].entry.ref), why=exc))
            else:
                log.warning("push.refused_together", objects=len(found), why=str(exc))
                self._alone += found
        except LogtallyError as exc:
            if isinstance(exc, Throttled):
                self._pace.slow_down()
            log.warning("ledger.takes_nothing", objects=len(found), why=str(exc))
            self._unrecorded = found
            self._no_intend = str(exc)
            return False
        except Exception:
            self._no_intend = None  # nothing is left that could find out whether it is better now
            self._read_next(self._in_hand.abandon([one.delivery for one in found]))
            raise
        self._no_intend = None
        return True

    def _read_next(self, works: Sequence[Work]) -> None:
        for work in works:
            self.to_read.put(work)


def again_s(failures: int, *, took_s: float = 0) -> float:
    """Answer how long to wait after so many failures in a row, the last of which took so long by itself.

    Silence is waited for twice otherwise: until the call gives up, and then again.
    """
    wait_s = min(AGAIN_S_MAX, AGAIN_S_BASE * 2 ** min(failures - 1, 16))
    return float(max(AGAIN_S_BASE, wait_s - took_s))
