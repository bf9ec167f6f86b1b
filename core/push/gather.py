"""Reports on their way from many readers into one push."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from core.model import End, Member
from core.push.plan import fits

T = TypeVar("T")


class Found(Struct, Generic[T], frozen=True):
    """What reading an object gave."""

    entry: Member | End
    read_for: T  # who brought the object in, such as a delivery
    at: float


class Gather(Generic[T]):
    """Collects what the readers find until a push is worth its while. Safe to use from several threads.

    `expected` tells how many objects are announced and not in the ledger yet: when all of them are here, waiting for
    more would only cost time.
    """

    def __init__(self, *, linger_s: float, expected: Callable[[], int], clock: Callable[[], float]) -> None:
        self._linger_s = linger_s
        self._expected = expected
        self._clock = clock
        self._waiting: list[Found[T]] = []
        self._changed = threading.Condition()
        self._hurry = False

    def put(self, entry: Member | End, read_for: T) -> None:
        """Add what was found."""
        with self._changed:
            self._waiting.append(Found(entry, read_for, self._clock()))
            self._changed.notify_all()

    def hurry(self) -> None:
        """Linger no more: whoever pushes is stopping."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()

    def nudge(self) -> None:
        """Look again whether something is still expected."""
        with self._changed:
            self._changed.notify_all()

    def take(self, *, wait_s: float) -> list[Found[T]]:
        """Answer what goes into the next push, in the order of arrival; nothing, if nothing came for `wait_s`.

        What is waiting is not left: then it lasts until the push is worth its while.
        """
        deadline = self._clock() + wait_s
        with self._changed:
            while not self._is_time():
                left_s = (self._lingers_until if self._waiting else deadline) - self._clock()
                if left_s > 0:
                    self._changed.wait(left_s)
                elif not self._waiting:
                    return []
            count = fits([found.entry for found in self._waiting])
            taken, self._waiting = self._waiting[:count], self._waiting[count:]
            return taken

    @property
    def _lingers_until(self) -> float:
        return self._waiting[0].at + self._linger_s

    def _is_time(self) -> bool:
        if not self._waiting:
            return False
        return (
            self._hurry
            or self._clock() >= self._lingers_until
            or len(self._waiting) >= self._expected()
            or fits([found.entry for found in self._waiting]) < len(self._waiting)
        )
