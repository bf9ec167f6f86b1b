"""One push after the other: what was gathered is intended and carried through, and goes on until it is over."""

import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import structlog

from core.errors import LogtallyError, Permanent
from core.push.gather import Found, Gather
from core.push.pusher import Pusher

log = structlog.get_logger()
T = TypeVar("T")

NO_WAIT_S: Final = 0.0
IDLE_S: Final = 1.0  # before a look whether it is better now
AGAIN_S_BASE: Final = 1.0  # after a failure that is not an object's own
AGAIN_S_MAX: Final = 15.0  # an outage may last for hours, and half a minute after it all must be as before


class PushTurn(Generic[T]):
    """Turns what readers found into pushes. One thread's.

    `record` brings what was found into the ledger by `Pusher.intend`, whose errors it lets through, and answers whoever
    it was read for; `refuse` answers for the one that the ledger can never take; `let_go` gives up what a bug of ours
    came across.
    """

    def __init__(
        self,
        *,
        gather: Gather[T],
        pusher: Pusher,
        record: Callable[[Sequence[Found[T]]], None],
        refuse: Callable[[Found[T], Permanent], None],
        let_go: Callable[[Sequence[Found[T]]], None],
        stop: threading.Event,
    ) -> None:
        self._gather = gather
        self._pusher = pusher
        self._record = record
        self._refuse = refuse
        self._let_go = let_go
        self._stop = stop
        self._no_intend: str | None = None  # why the ledger takes nothing
        self._unrecorded: list[Found[T]] = []  # what it did not take
        self._alone: list[Found[T]] = []  # one it can never take: so that no other suffers
        self._failures = 0

    @property
    def why_not_ready(self) -> str | None:
        """Why nothing more should be read; None: all is well."""
        return self._no_intend or self._pusher.why_not_ready

    def push(self, *, wait_s: float = IDLE_S) -> float:
        """Make one push of what was found, or go on with the one that could not be sent. Waits for something to come.

        What the ledger does not take is tried again: it is no fault of the objects. Answers how long to wait before
        the next turn.
        """
        found: list[Found[T]] = []
        if not self._pusher.unfinished:
            found = self._next(wait_s)
            if found and not self._recorded(found):
                self._failures += 1
                return again_s(self._failures)
        self._pusher.finish()
        if self._pusher.unfinished:
            self._failures += 1
            return again_s(self._failures)
        self._failures = 0
        if not found or self._stop.is_set():
            self._pusher.rest(release=self._stop.is_set())
        return NO_WAIT_S

    def _next(self, wait_s: float) -> list[Found[T]]:
        if self._unrecorded:
            return self._unrecorded
        return [self._alone.pop()] if self._alone else self._gather.take(wait_s=wait_s)

    def _recorded(self, found: list[Found[T]]) -> bool:
        """Answer False if the same is to be tried again."""
        self._unrecorded = []
        try:
            self._record(found)
        except Permanent as exc:
            if len(found) == 1:
                self._refuse(found[0], exc)
            else:
                log.warning("push.refused_together", objects=len(found), why=str(exc))
                self._alone += found
        except LogtallyError as exc:
            log.warning("ledger.takes_nothing", objects=len(found), why=str(exc))
            self._unrecorded = found
            self._no_intend = str(exc)
            return False
        except Exception:
            self._no_intend = None  # nothing is left that could find out whether it is better now
            self._let_go(found)
            raise
        self._no_intend = None
        return True


def again_s(failures: int, *, took_s: float = 0) -> float:
    """Answer how long to wait after so many failures in a row, the last of which took so long by itself.

    Silence is waited for twice otherwise: until the call gives up, and then again.
    """
    wait_s = min(AGAIN_S_MAX, AGAIN_S_BASE * 2 ** min(failures - 1, 16))
    return float(max(AGAIN_S_BASE, wait_s - took_s))
