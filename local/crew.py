"""Worker processes over a local cloud, with a fence that is over in seconds."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from local.cloud import Cloud
from local.wiring import Wired

# Allowed since the cloud is on the loopback, and keeps to it too: what takes half an hour on AWS takes seconds.
FENCE: Final = {"margin_s": 2.0, "signature_age_s": 5.0, "hold_s": 2.0}
DRAIN_S_MAX: Final = 5
STOP_S_MAX: Final = 10
START_S_MAX: Final = 60
VISIBILITY_S: Final = 15  # what a killed worker had in hand comes back soon
assert DRAIN_S_MAX < STOP_S_MAX < VISIBILITY_S  # as the worker's settings want it


class Crew:
    """Starts worker processes, and ends them. Without `log` they write to our own stderr."""

    def __init__(self, environment: Mapping[str, str], *, log: Path | None) -> None:
        self._environment = environment
        self._log = log
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, door: str = "worker", **settings: str) -> "subprocess.Popen[bytes]":
        """Start one more worker; or another `door`, with `settings` of its own."""
        if self._log is None:
            process = self._start(None, door, settings)
        else:
            with self._log.open("ab") as log:
                process = self._start(log.fileno(), door, settings)
        self._running.append(process)
        return process

    def started(self) -> int:
        """Answer how many workers have started, of all that ever were. One that has not is ended by any signal."""
        return sum('"worker.started"' in line for line in self.lines())

    def wait_until_started(self, count: int, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Wait until so many workers have started; they must have a log.

        `meanwhile` is called again and again. Raises TimeoutError if they take too long.
        """
        deadline = time.monotonic() + START_S_MAX
        while self.started() < count:
            meanwhile()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{count} workers should have started; their log ends with\n{self.tail()}")
            time.sleep(0.1)

    def ended_by_itself(self) -> bool:
        """Answer whether a worker is gone that nobody killed."""
        return any(process.poll() not in {None, -signal.SIGKILL} for process in self._running)

    def lines(self) -> list[str]:
        """Answer the workers' log so far."""
        return self._log.read_text(errors="replace").splitlines() if self._log and self._log.exists() else []

    def tail(self) -> str:
        """Answer its last lines."""
        return "\n".join(self.lines()[-10:])

    def end(self) -> bool:
        """Let all workers drain. Answer False if one took too long, and was killed."""
        for process in self._running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_S_MAX
        for process in self._running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.kill_all()
                return False
        self._running.clear()
        return True

    def kill_all(self) -> None:
        """End all workers at once."""
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.wait()
        self._running.clear()

    def _start(self, log: int | None, door: str, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        # Ctrl-C reaches every process of the terminal. A worker would take it for its first signal, and our SIGTERM
        # for the second, which ends it in the middle of its work. What is blocked here stays so in the new process.
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return subprocess.Popen(  # noqa: S603 - a command of our own
                [sys.executable, "-m", "cli", door],
                env={**self._environment, **settings},
                cwd=Path(__file__).parents[1],  # -m looks there first: a folder `cli` of the user's is none of ours
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)


@contextmanager
def crew(cloud: Cloud, wired: Wired, *, settings: Mapping[str, str], to_terminal: bool) -> Iterator[Crew]:
    """Answer a crew, and leave none of its workers behind.

    `settings`: of the workers, besides those that name what is wired and make a killed worker's work come back soon.
    `to_terminal`: the workers write to our stderr; else JSON to a log, whose end `tail` shows.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOGTALLY_")}
    with tempfile.TemporaryDirectory(prefix="logtally-local-") as folder:
        environment = {
            **cloud.environment(wired, inherited=inherited),
            "LOGTALLY_LOCAL_FENCE": json.dumps(FENCE),
            "LOGTALLY_SETTLE_AFTER_S": "1",
            "LOGTALLY_SETTLE_EVERY_S": "1",
            "LOGTALLY_VISIBILITY_TIMEOUT_S": str(VISIBILITY_S),
            "LOGTALLY_STOP_TIMEOUT_S": str(STOP_S_MAX),
            "LOGTALLY_DRAIN_TIMEOUT_S": str(DRAIN_S_MAX),
            "LOGTALLY_LOG_FORMAT": "auto" if to_terminal else "json",
            "LOGTALLY_HEALTH_FILE": str(Path(folder) / "health.json"),
            **settings,
        }
        made = Crew(environment, log=None if to_terminal else Path(folder) / "workers.log")
        try:
            yield made
        finally:
            made.kill_all()
