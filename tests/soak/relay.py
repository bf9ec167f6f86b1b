"""Workers that are exchanged, one after the other, as deploys do."""

import signal
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from local.crew import STOP_S_MAX, Crew
from tests.soak.process import Memory

if TYPE_CHECKING:
    import subprocess

WORKERS: Final = 2


class Relay:
    """Two workers: one stays to the end, the other is told to stop every so often, when its heir is being started."""

    def __init__(self, crew: Crew, memory: Memory, *, every_s: float) -> None:
        self._crew = crew
        self._memory = memory
        self._steady = self._start()
        self._other = self._start()
        self._every_s = every_s
        self._next = time.monotonic() + every_s
        self._leaving: deque[tuple[float, subprocess.Popen[bytes]]] = deque()
        self.exits: list[int] = []
        self.drains_s: list[float] = []

    @property
    def restarts(self) -> int:
        """How many were exchanged."""
        return max(0, len(self.exits) - WORKERS)

    def turn(self) -> None:
        """Exchange a worker, if it is time. Raises AssertionError if one ended by itself."""
        assert [self._steady.poll(), self._other.poll()] == [None, None], self._crew.tail()
        self.collect()
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every_s
        old, self._other = self._other, self._start()
        self._tell(old)

    def end(self) -> None:
        """Tell both to stop, and wait for all."""
        self._tell(self._steady)
        self._tell(self._other)
        while self._leaving:
            self.collect()
            time.sleep(0.02)

    def collect(self) -> None:
        """See who has stopped."""
        for since, process in list(self._leaving):
            took_s = time.monotonic() - since
            if process.poll() is None and took_s > 3 * STOP_S_MAX:
                process.kill()
                process.wait()
            if process.poll() is not None:
                self._leaving.remove((since, process))
                self.exits.append(process.returncode)
                self.drains_s.append(took_s)

    def _tell(self, process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(signal.SIGTERM)
        self._leaving.append((time.monotonic(), process))

    def _start(self) -> "subprocess.Popen[bytes]":
        process = self._crew.start()
        self._memory.watch(process.pid)
        return process
