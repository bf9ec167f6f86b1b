"""The workers of a storm, some of them asleep."""

import signal
import time
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Final

from local.crew import FENCE, Crew

if TYPE_CHECKING:
    import subprocess

WORKERS: Final = 3
STOP_S_MAX: Final = 12.0
# Whoever sleeps for so long wakes up when others may have sent its push again.
assert sum(FENCE.values()) < STOP_S_MAX


class Blow(StrEnum):
    """What happens to a worker."""

    KILL = "kill"  # and another starts
    STOP = "stop"  # for a while


class Herd:
    """Three workers, whatever happens to them."""

    def __init__(self, crew: Crew, random: Random) -> None:
        self._crew = crew
        self._random = random
        self._started = 0
        self._awake = [self._start() for _ in range(WORKERS)]
        self._asleep: list[tuple[float, subprocess.Popen[bytes]]] = []

    def wait_until_up(self) -> None:
        """Wait until everybody works: a kill while Python starts would show nothing."""
        self._crew.wait_until_started(self._started, meanwhile=self._look_after)

    def strike(self, blow: Blow) -> None:
        """Kill a worker, and start another; or stop one for a while."""
        victim = self._awake.pop(self._random.randrange(len(self._awake)))
        if blow is Blow.KILL:
            victim.kill()
            victim.wait()
            self._awake.append(self._start())
            return
        victim.send_signal(signal.SIGSTOP)
        self._asleep.append((time.monotonic() + self._random.uniform(0.5, STOP_S_MAX), victim))
        if not self._awake:
            self.wake(all_of_them=True)

    def wake(self, *, all_of_them: bool = False) -> None:
        """Let those go on whose time has come."""
        now = time.monotonic()
        due = [worker for until, worker in self._asleep if all_of_them or until <= now]
        self._asleep = [one for one in self._asleep if one[1] not in due]
        for worker in due:
            worker.send_signal(signal.SIGCONT)
            self._awake.append(worker)

    def check(self) -> None:
        """See that no worker ended by itself."""
        assert not self._crew.ended_by_itself(), self._crew.tail()

    def _look_after(self) -> None:
        self.check()
        self.wake()

    def _start(self) -> "subprocess.Popen[bytes]":
        self._started += 1
        return self._crew.start()
