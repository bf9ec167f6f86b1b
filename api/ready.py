"""Whether each part of AWS answers: asked for somebody who wants to know, once in some seconds."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from core.errors import LogtallyError

log = structlog.get_logger()

CHECK_S_MAX: Final = 5.0
CACHED_S: Final = 5.0
OK: Final = "ok"

Checks = Mapping[str, Callable[[], object]]  # by part; each raises what is wrong


class Ready:
    """The parts. Used from one event loop."""

    def __init__(self, checks: Checks, *, monotonic: Callable[[], float], check_s: float = CHECK_S_MAX) -> None:
        self._check_s = check_s
        self._checks = checks
        self._monotonic = monotonic
        # One thread for each: a part that hangs holds up no other, and is not asked again until it has answered.
        self._pools = {part: ThreadPoolExecutor(1, thread_name_prefix=f"ready-{part}") for part in checks}
        self._asked: dict[str, asyncio.Future[str]] = {}
        self._found: dict[str, str] = {}
        self._found_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def look(self) -> Mapping[str, str]:
        """Answer for each part `ok`, or what is wrong."""
        async with self._one_at_a_time:
            if self._monotonic() - self._found_at > CACHED_S:
                self._found = dict(zip(self._checks, await asyncio.gather(*map(self._ask, self._checks)), strict=True))
                self._found_at = self._monotonic()
            return self._found

    async def _ask(self, part: str) -> str:
        if part not in self._asked or self._asked[part].done():
            self._asked[part] = asyncio.wrap_future(self._pools[part].submit(_found, self._checks[part]))
        done, _ = await asyncio.wait({self._asked[part]}, timeout=self._check_s)
        return self._asked[part].result() if done else f"no answer within {self._check_s:.0f} s"

    def close(self) -> None:
        """Ask nothing more."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)


def _found(check: Callable[[], object]) -> str:
    try:
        check()
    except LogtallyError as exc:
        return str(exc)
    except Exception:
        # A bug of ours, or a table that somebody changed by hand: one part is lost, and not the answer.
        log.exception("ready.surprised")
        return "a fault of logtally: its log says more"
    return OK
