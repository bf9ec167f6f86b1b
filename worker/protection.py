"""ECS task protection: a task that has been reading one object for long is not chosen when tasks are taken away.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

import http.client
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import msgspec
import structlog
from msgspec import Struct

from core.limits import MINUTE_S

log = structlog.get_logger()

AGENT: Final = "ECS_AGENT_URI"  # the variable in which ECS tells a task where its agent is
TIMEOUT_S: Final = 2
LONG_S: Final = 30.0  # of reading one object: what is shorter, a drain finishes
PROTECTED_MIN: Final = 10  # minutes; ECS ends it by itself then, if nobody is left to
RENEW_S: Final = (PROTECTED_MIN - 5) * MINUTE_S
AGAIN_S: Final = MINUTE_S


class _State(Struct):
    protection: dict[str, object] | None = None


class Protection:
    """Takes and gives back this task's protection. One thread's."""

    def __init__(self, ask: Callable[[int | None], None], *, clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._is_protected = self._asked = False
        self._again_at = float("-inf")  # to renew it, or to try again what failed

    def follow(self, *, longest_s: float) -> None:
        """Take it if an object has been in reading for so long, and give it back when none has. Raises nothing."""
        wanted = longest_s >= LONG_S
        now = self._clock()
        if now < self._again_at and wanted == self._asked:
            return
        if not wanted and not self._is_protected:
            return
        self._asked = wanted
        try:
            self._ask(PROTECTED_MIN if wanted else None)
        except (OSError, http.client.HTTPException, msgspec.DecodeError) as exc:
            log.warning("task.protection_failed", wanted=wanted, why=str(exc))
            self._again_at = now + AGAIN_S
            return
        if wanted != self._is_protected:
            log.info("task.protected" if wanted else "task.unprotected")
        self._is_protected = wanted
        self._again_at = now + RENEW_S


def agent(url: str) -> Callable[[int | None], None]:
    """Answer what asks the ECS agent at `url` to protect this task for so many minutes, or no more.

    It raises OSError, HTTPException or DecodeError if the agent does not do it.
    """
    parts = urlsplit(url)

    def ask(minutes: int | None) -> None:
        body = {"ProtectionEnabled": False} if minutes is None else _protected(minutes)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
        try:
            connection.request(
                "PUT",
                f"{parts.path.rstrip('/')}/task-protection/v1/state",
                body=msgspec.json.encode(body),
                headers={"Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            told = answer.read(64 * 1024)
        finally:
            connection.close()
        # A failure comes with a 200, too.
        if answer.status != http.client.OK or msgspec.json.decode(told, type=_State).protection is None:
            raise OSError(f"the ECS agent answers {answer.status}: {told[:200].decode(errors='replace')}")

    return ask


def _protected(minutes: int) -> dict[str, bool | int]:
    return {"ProtectionEnabled": True, "ExpiresInMinutes": minutes}
