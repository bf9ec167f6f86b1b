"""The worker's threads: one receives, some read, one pushes, one keeps messages hidden, one settles.

Each is a dumb loop around a step of `worker.handle` or `core.push`. An exception that a step does not know is a bug of
ours: it is logged with its traceback, what it was about is let go, and visibility brings the message back.
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final

import structlog

from core.aws.queue import Queue
from core.errors import LogtallyError, Permanent
from core.limits import BATCH_MAX
from core.push import Pusher, Settler
from worker.gather import Found, Gather
from worker.handle import Reading, Steps
from worker.health import Health
from worker.in_hand import InHand

log = structlog.get_logger()

TURN_S: Final = 1.0  # how long a loop waits at most before it looks around
AGAIN_S_BASE: Final = 1.0  # after a failure that is not a message's own
AGAIN_S_MAX: Final = 30.0
HEARTBEAT_S: Final = 5.0


class Loop:
    """One worker, running."""

    def __init__(
        self,
        *,
        steps: Steps,
        queue: Queue,
        in_hand: InHand,
        gather: Gather,
        pusher: Pusher,
        settler: Settler,
        health: Health,
        readers: int,
        settle_every_s: float,
        stop: threading.Event,
        monotonic: Callable[[], float],
    ) -> None:
        self._steps = steps
        self._queue = queue
        self._in_hand = in_hand
        self._gather = gather
        self._pusher = pusher
        self._settler = settler
        self._health = health
        self._readers = readers
        self._settle_every_s = settle_every_s
        self._stop = stop
        self._monotonic = monotonic
        self._to_read: SimpleQueue[Reading] = SimpleQueue()
        self._drained = threading.Event()
        self._no_receive: str | None = None  # why the last receive failed
        self._no_intend: str | None = None  # why the ledger takes nothing
        self._alone: list[Found] = []  # one of these can't be recorded: each goes by itself, so that no other suffers
        self._stuck = 0  # how often the push in hand could not be sent

    @property
    def why_not_ready(self) -> str | None:
        """Why nothing can be counted right now; None: all is well."""
        return self._no_receive or self._why_not_receive

    @property
    def _why_not_receive(self) -> str | None:
        return self._no_intend or self._pusher.why_not_ready or self._settler.why_not_ready

    def run(self, *, drain_timeout_s: float) -> None:
        """Work until told to stop, then finish what is in hand, for so long; the rest becomes visible at once."""
        # Daemons: an open long poll, or a body that does not come, must not outlive the drain.
        self._start("receive", self._receive)
        self._start("heartbeat", self._heartbeat)
        self._start("settle", self._settle)
        for n in range(self._readers):
            # One object may take an hour, and a reader waits for the next as long: it has no pulse.
            self._start(f"read-{n}", self._read, watched=False)
        pushing = self._start("push", self._push)
        while not self._stop.wait(TURN_S):
            pass
        log.info("worker.draining", messages=len(self._in_hand.all()))
        self._gather.hurry()
        deadline = self._monotonic() + drain_timeout_s
        drained = self._in_hand.wait_until_empty(drain_timeout_s)
        self._drained.set()
        pushing.join(max(deadline - self._monotonic(), 0))
        self._steps.give_all_back()
        log.info("worker.stopped", drained=drained)

    def _start(self, name: str, turn: Callable[[], None], *, watched: bool = True) -> threading.Thread:
        thread = threading.Thread(target=self._turning, args=(name, turn, watched), name=name, daemon=True)
        thread.start()
        return thread

    def _turning(self, name: str, turn: Callable[[], None], watched: bool) -> None:  # noqa: FBT001 - called by Thread
        failures = 0
        while not self._drained.is_set():
            if watched:
                self._health.beat(name)
            try:
                turn()
                failures = 0
            except Exception:
                failures += 1
                log.exception("loop.failed", loop=name)
                self._drained.wait(_again_s(failures))

    def _receive(self) -> None:
        if self._stop.is_set():
            self._drained.wait(TURN_S)
            return
        if self._why_not_receive is not None:
            self._stop.wait(TURN_S)
            return
        free = self._in_hand.free
        if free == 0:
            self._in_hand.wait_for_a_place(TURN_S)
            return
        try:
            deliveries = self._queue.receive(limit=min(free, BATCH_MAX))
        except LogtallyError as exc:
            if self._no_receive is None:
                log.warning("receive.failed", why=str(exc))
            self._no_receive = str(exc)
            self._stop.wait(AGAIN_S_BASE)
            return
        self._no_receive = None
        if self._stop.is_set():
            self._queue.hide(deliveries, seconds=0)
            return
        self._read_next(self._steps.accept(deliveries))

    def _read(self) -> None:
        reading = self._to_read.get()
        try:
            entry, instead = self._steps.read(reading)
        except Exception:
            self._read_next(self._steps.abandon(reading))
            raise
        self._read_next(instead)
        if entry is None:
            self._gather.nudge()
        else:
            self._gather.put(entry, reading[0])

    def _push(self) -> None:
        if self._pusher.unfinished:
            self._stuck += 1
            self._drained.wait(_again_s(self._stuck))
            self._pusher.finish()
            return
        self._stuck = 0
        found = [self._alone.pop()] if self._alone else self._gather.take(wait_s=TURN_S)
        if found:
            self._record(found)
            self._pusher.finish()
        if not found or self._stop.is_set():
            self._pusher.rest(release=self._stop.is_set())

    def _record(self, found: list[Found]) -> None:
        """Try until the ledger takes it. The messages stay hidden meanwhile: it is no fault of theirs."""
        failures = 0
        while not self._drained.is_set():
            try:
                self._read_next(self._steps.record(found, self._pusher))
            except Permanent as exc:
                if len(found) > 1:
                    self._alone += found
                else:
                    self._read_next(self._steps.give_back(_reading(found[0]), why=exc))
                return
            except LogtallyError as exc:
                failures += 1
                self._no_intend = str(exc)
                log.warning("ledger.takes_nothing", failures=failures, why=str(exc))
                self._health.beat("push")
                self._drained.wait(_again_s(failures))
            except Exception:
                for one in found:
                    self._read_next(self._steps.abandon(_reading(one)))
                raise
            else:
                self._no_intend = None
                return

    def _read_next(self, readings: list[Reading]) -> None:
        for reading in readings:
            self._to_read.put(reading)

    def _heartbeat(self) -> None:
        self._steps.extend()
        self._health.write(self.why_not_ready)
        self._drained.wait(HEARTBEAT_S)

    def _settle(self) -> None:
        for writer in self._settler.due():
            self._health.beat("settle")
            self._settler.attempt(writer)
        self._stop.wait(self._settle_every_s) if not self._stop.is_set() else self._drained.wait(TURN_S)


def _reading(found: Found) -> Reading:
    return found.delivery, found.entry.ref


def _again_s(failures: int) -> float:
    return float(min(AGAIN_S_MAX, AGAIN_S_BASE * 2 ** min(failures - 1, 16)))
