"""The worker's threads: some read; one each receives, pushes, keeps messages hidden, settles and tells of the work.

One more says that the worker is alive, and waits for no answer of AWS. Each is a dumb loop around a turn, and has its
loop's name.
"""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from core.limits import HEARTBEAT_S, MINUTE_S
from core.meters import Meters, Reading
from core.model import Delivery
from core.push import Gather, again_s
from worker.health import Health
from worker.in_hand import InHand
from worker.keep import Keep
from worker.leaving import Leaving
from worker.turns import Turns

log = structlog.get_logger()

BESIDE_READERS: Final = 5  # threads that call AWS: four loops, and the one that ends them
LAST_SHARE: Final = 0.5  # of the time from the end of the drain to the kill: the rest is for the process to end
LAST_POLL_S: Final = 5.0  # a message that becomes visible ends a long poll at once


class Loop:
    """One worker, running."""

    def __init__(
        self,
        *,
        turns: Turns,
        leaving: Leaving,
        in_hand: InHand,
        gather: Gather[Delivery],
        health: Health,
        keep: Keep,
        heartbeat: Callable[[], None],
        readers: int,
        settle_every_s: float,
        stop: threading.Event,
        monotonic: Callable[[], float],
        meters: Meters,
        tell: Callable[[Reading], None],
    ) -> None:
        self._turns = turns
        self._leaving = leaving
        self._in_hand = in_hand
        self._gather = gather
        self._health = health
        self._keep = keep
        self._heartbeat = heartbeat
        self._readers = readers
        self._settle_every_s = settle_every_s
        self._stop = stop
        self._monotonic = monotonic
        self._meters = meters
        self._tell = tell
        self._drained = threading.Event()

    def run(self, *, drain_timeout_s: float, stop_timeout_s: float) -> None:
        """Work until told to stop, then finish what is in hand, for so long; the rest becomes visible at once.

        Returns in time before `stop_timeout_s` are over, whatever AWS does.
        """
        # Daemons: an open long poll, or a body that does not come, must not outlive the drain.
        receiving = self._start("receive", self._turns.receive, until=self._stop)
        self._start("keep", self._keep.turn)
        self._start("heartbeat", self._beat)
        self._start("settle", self._settle)
        self._start("measure", self._measure)
        pushing = self._start("push", self._turns.pushing.push)
        for n in range(self._readers):
            threading.Thread(target=self._read, name=f"read-{n}", daemon=True).start()
        self._stop.wait()
        log.info("worker.draining", messages=len(self._in_hand.all()))
        self._gather.hurry()
        deadline = self._monotonic() + drain_timeout_s
        drained = self._in_hand.wait_until_empty(drain_timeout_s)
        self._drained.set()
        pushing.join(max(deadline - self._monotonic(), 0))
        giving_back = threading.Thread(target=self._give_all_back, args=(receiving,), name="give-back", daemon=True)
        giving_back.start()
        giving_back.join((stop_timeout_s - drain_timeout_s) * LAST_SHARE)
        self._tell(self._meters.take())
        log.info("worker.stopped", drained=drained)

    def _give_all_back(self, receiving: threading.Thread) -> None:
        try:
            if self._leaving.give_all_back():
                # Our own open long poll would take it: then it is given back once more, by a poll that is the last.
                receiving.join(LAST_POLL_S)
        except Exception:
            log.exception("loop.failed", loop="give-back")

    def _start(self, name: str, turn: Callable[[], float], *, until: threading.Event | None = None) -> threading.Thread:
        until = until or self._drained
        thread = threading.Thread(target=self._turning, name=name, args=(name, turn, until), daemon=True)
        thread.start()
        return thread

    def _turning(self, name: str, turn: Callable[[], float], until: threading.Event) -> None:
        failures = 0
        while not until.is_set():
            self._health.beat(name)
            try:
                wait_s = turn()
                failures = 0
            except Exception:
                failures += 1
                log.exception("loop.failed", loop=name)
                wait_s = again_s(failures)
            self._health.beat(name, rests_s=wait_s)
            until.wait(wait_s)

    def _read(self) -> None:
        """Read one object after the other. One may take an hour, and the next may be long in coming: no pulse."""
        while True:
            reading = self._turns.to_read.get()
            try:
                self._turns.read(reading)
            except Exception:
                log.exception("loop.failed", loop="read")

    def _beat(self) -> float:
        self._heartbeat()
        return float(HEARTBEAT_S)

    def _measure(self) -> float:
        self._tell(self._meters.take())
        return float(MINUTE_S)

    def _settle(self) -> float:
        return 0.0 if self._turns.settle() else self._settle_every_s
