"""How much a worker has in work at once: what its CPUs are worth, and half of it while AWS asks to slow down."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from core.limits import MINUTE_S

log = structlog.get_logger()

READERS_PER_CPU: Final = 8  # reading waits for S3 most of the time
READERS_MIN: Final = 4
PLACES_PER_READER: Final = 5  # messages in hand: those that are read, and those that wait for their push
SLOW_S: Final = MINUTE_S  # after the last time that AWS asked


class Pace:
    """The number of objects that are read at once, and of messages in hand. Safe to use from several threads."""

    def __init__(self, readers_max: int, *, clock: Callable[[], float]) -> None:
        self.readers_max = readers_max
        self._clock = clock
        self._slow_until = float("-inf")
        self._began: dict[object, float] = {}  # what is being read, since when
        self._changed = threading.Condition()

    @property
    def readers(self) -> int:
        """How many objects may be read at once now."""
        return max(1, self.readers_max // 2) if self._slow_left_s > 0 else self.readers_max

    @property
    def places(self) -> int:
        """How many messages may be in hand now."""
        return PLACES_PER_READER * self.readers

    def slow_down(self) -> None:
        """Learn that AWS asks to slow down."""
        if self._slow_left_s <= 0:
            log.warning("worker.slows_down", seconds=SLOW_S, readers=max(1, self.readers_max // 2))
        self._slow_until = self._clock() + SLOW_S

    @property
    def longest_s(self) -> float:
        """For how long the object that takes longest has been in reading; 0: none is."""
        with self._changed:
            now = self._clock()
            return now - min(self._began.values(), default=now)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Wait until an object may be read, and count it while the block runs."""
        this = object()
        with self._changed:
            while len(self._began) >= self.readers:
                self._changed.wait(max(self._slow_left_s, 0.1))
            self._began[this] = self._clock()
        try:
            yield
        finally:
            with self._changed:
                del self._began[this]
                self._changed.notify()

    @property
    def _slow_left_s(self) -> float:
        return self._slow_until - self._clock()


def readers_for(cpus: float) -> int:
    """Answer how many objects to read at once on so many CPUs; a part of one counts as a part."""
    return max(READERS_MIN, round(READERS_PER_CPU * cpus))
