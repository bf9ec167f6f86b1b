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
    """Two workers: one stays to the end, the other is told to stop every so often, when its heir has started."""

    def __init__(self, crew: Crew, memory: Memory, *, every_s: float) -> None:
        self._crew = crew
        self._memory = memory
        self._starts = 0
        self._steady = self._start()
        self._other = self._start()
        self._heir: subprocess.Popen[bytes] | None = None
        self._every_s = every_s
        self._next = time.monotonic() + every_s
        self._leaving: deque[tuple[float, subprocess.Popen[bytes]]] = deque()
        self.restarts = 0  # how many were exchanged
        self.exits: list[int] = []
        self.drains_s: list[float] = []

    def turn(self) -> None:
        """Exchange a worker, if it is time. Raises AssertionError if one ended by itself."""
        assert not any(process.poll() is not None for process in self._ours()), self._crew.tail()
        self.collect()
        if self._heir is None and time.monotonic() >= self._next:
            self._heir = self._start()
        elif self._heir is not None and self._crew.started() >= self._starts:
            self._tell(self._other)
            self._other, self._heir = self._heir, None
            self._next = time.monotonic() + self._every_s
            self.restarts += 1

    def end(self) -> None:
        """Tell all to stop, and wait for them."""
        self._crew.wait_until_started(self._starts)
        for process in self._ours():
            self._tell(process)
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

    def _ours(self) -> "list[subprocess.Popen[bytes]]":
        return [self._steady, self._other, *([self._heir] if self._heir else [])]

    def _tell(self, process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(signal.SIGTERM)
        self._leaving.append((time.monotonic(), process))

    def _start(self) -> "subprocess.Popen[bytes]":
        self._starts += 1
        process = self._crew.start()
        self._memory.watch(process.pid)
        return process
