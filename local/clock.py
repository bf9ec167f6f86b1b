"""Time that a test can move."""

import time
from typing import Any


class VirtualClock:
    """Seconds since the epoch, as they pass, plus what it was advanced by. Safe to use from several threads.

    It flows: a long poll or a visibility timeout ends by itself, as it does on AWS, and nobody has to wait for it.
    """

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def __call__(self) -> float:
        """Answer the time, in seconds since the epoch."""
        return time.time() + self._ahead_s

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        assert seconds >= 0
        self._ahead_s += seconds

    def skip(self, seconds: float) -> None:
        """Set the clock forward, or back if `seconds` are negative: what a wrong clock shows."""
        self._ahead_s += seconds

    def reset(self) -> None:
        """Go back to the time of the machine."""
        self._ahead_s = 0.0


class ClockedTime:
    """The `time` module with another clock in it."""

    def __init__(self, clock: Any) -> None:
        self.time = clock

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)
