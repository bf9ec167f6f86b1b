"""A part of the page: read in a thread, kept for some seconds, and answered in time whatever becomes of it.

Ten viewers cost as much as one: whoever comes while a part is read waits for that, and whoever comes soon after gets
what was read. A read that hangs is left to end by itself, and no second one is started meanwhile.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import structlog
from anyio import CapacityLimiter, to_thread
from msgspec import Struct

from core.errors import LogtallyError

log = structlog.get_logger()

T = TypeVar("T")

WAIT_S_MAX: Final = 8.0  # somebody looks at an empty window meanwhile
FAILED_KEPT_S: Final = 5.0  # AWS is not asked again by everybody who looks
OUR_FAULT: Final = "a fault of logtally; its log has it as page.part_failed"


class Failed(Struct, frozen=True):
    """A part that is not to be had, and why."""

    words: str


class Part(Generic[T]):
    """One part. It belongs to one event loop."""

    def __init__(
        self,
        read: Callable[[], T],
        *,
        name: str,
        kept_s: float,
        limiter: CapacityLimiter,
        monotonic: Callable[[], float],
    ) -> None:
        self.last: T | None = None  # what was read last, however old
        self._read = read
        self._name = name
        self._kept_s = kept_s
        self._limiter = limiter
        self._monotonic = monotonic
        self._answer: T | Failed = Failed("not read yet")
        self._kept_until = monotonic()
        self._reading: asyncio.Task[None] | None = None
        self._began = 0.0

    async def get(self, *, wait_s: float = WAIT_S_MAX) -> T | Failed:
        """Answer the part, read now or a moment ago. Never takes longer than `wait_s`."""
        now = self._monotonic()
        if self._reading is None:
            if now < self._kept_until:
                return self._answer
            self._began = now
            self._reading = asyncio.create_task(self._ask())
        reading = self._reading
        await asyncio.wait({reading}, timeout=max(0.0, self._began + wait_s - now))
        if not reading.done():
            return Failed(f"no answer for {self._monotonic() - self._began:.0f} s; it is still being waited for")
        return self._answer

    async def _ask(self) -> None:
        kept_s = self._kept_s
        try:
            self._answer = self.last = await to_thread.run_sync(
                self._read, limiter=self._limiter, abandon_on_cancel=True
            )
        except LogtallyError as exc:
            self._answer, kept_s = Failed(str(exc)), FAILED_KEPT_S
        except Exception:
            log.exception("page.part_failed", part=self._name)
            self._answer, kept_s = Failed(OUR_FAULT), FAILED_KEPT_S
        finally:
            self._kept_until = self._monotonic() + kept_s
            self._reading = None
