"""The record of what was called."""

import threading
from collections.abc import Sequence

from msgspec import Struct


class Call(Struct, kw_only=True):
    """One request, and what became of it."""

    number: int  # from 1, by arrival
    service: str
    operation: str
    at: float  # arrival, by the cloud's clock
    agent: str = ""  # the client's User-Agent
    status: int | None = None  # None: not answered (yet)


class Calls:
    """All calls since the last reset, by arrival. Safe to use from several threads."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def begin(self, *, service: str, operation: str, at: float, agent: str = "") -> Call:
        """Record an arrival."""
        with self._lock:
            call = Call(number=len(self._calls) + 1, service=service, operation=operation, at=at, agent=agent)
            self._calls.append(call)
            return call

    def of(self, service: str | None = None, operation: str | None = None) -> Sequence[Call]:
        """Answer the calls of a service, of an operation, or all."""
        with self._lock:
            return [
                call for call in self._calls if service in {None, call.service} and operation in {None, call.operation}
            ]

    def count(self, service: str | None = None, operation: str | None = None) -> int:
        """Answer how many such calls arrived."""
        return len(self.of(service, operation))

    def reset(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._calls.clear()
