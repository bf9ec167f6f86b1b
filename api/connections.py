"""Connections: not too many, and none that says nothing. uvicorn itself waits for a request as long as it takes."""

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS_MAX: Final = 512  # under the 1024 files that a process may open where nobody says otherwise
REQUEST_S_MAX: Final = 10.0  # until its head is there


class Impatient(H11Protocol):
    """A connection that is closed if no whole request comes in time, or if there are too many."""

    connections_max = CONNECTIONS_MAX
    request_s_max = REQUEST_S_MAX
    _hurry: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        if len(self.connections) > self.connections_max:
            transport.close()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Take a part of a request."""
        super().data_received(data)
        if not self._is_idle():
            self._wait_no_more()
        elif self._hurry is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._hurry = self.loop.call_later(self.request_s_max, self._give_up)

    def _wait_no_more(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None

    def _give_up(self) -> None:
        self._hurry = None
        if self._is_idle():
            self.transport.close()

    def _is_idle(self) -> bool:
        # Between requests uvicorn keeps the one before; and before the first, whatever its types say, none.
        return bool(getattr(self.cycle, "response_complete", True))
