"""Around every request: an id, one line of the log, headers, an end to what is sent to us, and no stack trace."""

import asyncio
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog
from fastapi import Request
from starlette.datastructures import MutableHeaders

from api.problems import CLIENT_GONE, REFUSAL, problem
from core.printable import printable

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

BODY_B_MAX: Final = 16 * 1024  # nothing but a token in a form is ever sent to us
BODY_S_MAX: Final = 10.0  # for each piece of it
TOO_LONG: Final = (413, f"send {BODY_B_MAX} bytes at most")
TOO_SLOW: Final = (408, f"send it within {BODY_S_MAX:.0f} s")
QUIET: Final = frozenset({"/health", "/ready"})  # asked every few seconds, by machines
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HTTPS_ONLY: Final = "max-age=31536000"


class Requests:
    """The outermost layer of the app."""

    def __init__(
        self, app: "ASGIApp", *, https: bool, new_id: Callable[[], str], monotonic: Callable[[], float]
    ) -> None:
        self._app = app
        self._https = https
        self._new_id = new_id
        self._monotonic = monotonic

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._https:
            scope["scheme"] = "https"
        request = Request(scope)
        sent = request.headers.get("x-request-id", "")
        scope["request_id"] = sent if _ID.fullmatch(sent) else self._new_id()
        began, status = self._monotonic(), 0

        async def answer(message: "Message") -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                _add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=scope["request_id"]):
            try:
                await self._served(request, _Body(scope, receive), answer)
            except Exception:
                # A bug of ours: the log has the traceback, the client an id to ask us by.
                log.exception("request.surprised")
                if not status:
                    await problem(request, 500, "a fault of logtally: its log says more")(scope, receive, answer)
            finally:
                took_ms = round((self._monotonic() - began) * 1000, 1)
                say = log.debug if scope["path"] in QUIET else log.info
                say(
                    "request.handled",
                    method=scope["method"],
                    path=_path(scope),
                    status=status or CLIENT_GONE,  # before there was an answer
                    ms=took_ms,
                )

    async def _served(self, request: Request, body: "_Body", send: "Send") -> None:
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY_B_MAX:
            await problem(request, *TOO_LONG)(request.scope, body, send)
            return
        await self._app(request.scope, body, send)


class _Body:
    """What is sent to us: not too much, and not for too long. Whoever reads more sees the client leave.

    Why it is not listened to any more stands in the scope, for whoever answers.
    """

    def __init__(self, scope: "Scope", receive: "Receive") -> None:
        self._scope = scope
        self._receive = receive
        self._received_b = 0
        self._ended = False

    async def __call__(self) -> "Message":
        """Answer the next piece; behind the last one, wait until the client has left."""
        if self._ended:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), BODY_S_MAX)
        except TimeoutError:
            return self._refuse(TOO_SLOW)
        self._received_b += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        return message if self._received_b <= BODY_B_MAX else self._refuse(TOO_LONG)

    def _refuse(self, refusal: tuple[int, str]) -> "Message":
        self._scope[REFUSAL], self._ended = refusal, True
        return {"type": "http.disconnect"}


def _add_headers(scope: "Scope", headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["X-Request-Id"] = scope["request_id"]
    if scope["scheme"] == "https":
        headers["Strict-Transport-Security"] = _HTTPS_ONLY


def _path(scope: "Scope") -> str:
    """Answer the route, or what a stranger asked for: not too long."""
    route = scope.get("route")
    return str(getattr(route, "path", None) or printable(scope["path"][:100]))
