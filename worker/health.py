"""Whether this worker is alive and ready, for the container's health check and for people."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from core.errors import Usage
from core.limits import HOUR_S, MINUTE_S, SILENCE_S_MAX

log = structlog.get_logger()

LOUD_EVERY_S: Final = MINUTE_S


class Pulse(Struct, frozen=True, kw_only=True):
    """What the health file says."""

    at: float  # seconds since the epoch: when the slowest loop turned or called AWS last, or will have rested
    why_not_ready: str | None
    written_at: float  # the same: when the file was
    no_credentials: str | None = None  # why AWS does not know us


class Health:
    """Collects the beats of all loops, and what keeps the worker from being ready. Safe to use from several threads.

    The file is one worker's: whoever reads it can't tell two apart.
    """

    def __init__(self, file: Path, *, clock: Callable[[], float]) -> None:
        self._file = file
        self._clock = clock
        self._beats: dict[str, float] = {}
        self._lock = threading.Lock()
        self._of_thread = threading.local()  # its loop
        self._said_at = float("-inf")

    def begin(self) -> None:
        """Write the health file for the first time. Raises Usage if it can't be written."""
        try:
            self.write(None, no_credentials=None)
        except OSError as exc:
            raise Usage(f"LOGTALLY_HEALTH_FILE: {self._file} can't be written: {exc.strerror}") from exc

    def beat(self, loop: str, *, rests_s: float = 0) -> None:
        """Learn that a loop, which is this thread's, has turned, and rests for so long now."""
        self._of_thread.loop = loop
        with self._lock:
            self._beats[loop] = self._clock() + rests_s

    def calling(self) -> None:
        """Learn that this thread is about to call AWS: a turn may take many calls, each of them slow.

        A thread without a loop has no pulse.
        """
        loop = getattr(self._of_thread, "loop", None)
        if loop is not None:
            self.beat(loop)

    def write(self, why_not_ready: str | None, *, no_credentials: str | None) -> None:
        """Write the health file, and say loudly, once a minute, what keeps the worker from being ready."""
        why_not_ready = no_credentials or why_not_ready
        now = self._clock()
        with self._lock:
            slowest = min(self._beats.values(), default=now)
        written = self._file.with_name(
            f"{self._file.name}.{os.getpid()}"
        )  # who shares the file does not take ours away
        written.write_bytes(
            msgspec.json.encode(
                Pulse(at=slowest, why_not_ready=why_not_ready, written_at=now, no_credentials=no_credentials)
            )
        )
        written.replace(self._file)  # so that nobody reads half of it
        if why_not_ready is None:
            self._said_at = float("-inf")
        elif now - self._said_at >= LOUD_EVERY_S:
            self._said_at = now
            log.error("worker.not_ready", why=why_not_ready)


def why_unhealthy(file: Path, *, now: float) -> str | None:
    """Answer what is wrong with the worker that writes `file`; None if it is alive.

    A worker that is alive and not ready is left alone: what it waits for, a new one would wait for too. But a new one
    may get the credentials that this one has lost.
    """
    try:
        pulse = msgspec.json.decode(file.read_bytes(), type=Pulse)
    except OSError as exc:
        return f"no worker says in {file} that it is alive: {exc.strerror}"
    except msgspec.DecodeError:
        return f"{file} is not what a worker writes"
    if now - pulse.written_at > SILENCE_S_MAX:
        return f"{file} was last written {_span(now - pulse.written_at)} ago: is a worker running here?"
    silence_s = now - pulse.at
    if silence_s > SILENCE_S_MAX:
        return f"a loop has neither turned nor called AWS for {silence_s:.0f} s"
    return pulse.no_credentials


def _span(seconds: float) -> str:
    hours, rest_s = divmod(int(seconds), HOUR_S)
    minutes = f"{rest_s // MINUTE_S} min"
    return f"{hours} h {minutes}" if hours else minutes
