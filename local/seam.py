"""The seam between clients and ministack: here AWS's strictness is added, calls are recorded, and faults happen."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from email.utils import formatdate
from typing import Any, Final

from local import topics
from local.calls import Calls
from local.engine import Engine, Resources
from local.faults import Faults, Gone, Kind, Late
from local.metrics import Metrics
from local.queues import Queues
from local.ranges import cut
from local.signatures import refuse_stale
from local.wire import Answer, Receive, Request, Scope, Send, read, refusal

SLICE_B: Final = 256 * 1024  # sent at a time: what a slow reader makes the server hold
NO_ANSWER_S_MAX: Final = 60.0
MISSING: Final = {"GetObject", "HeadObject"}

HangUp = Callable[[Scope], None]


class Seam:
    """The ASGI application that the local cloud serves."""

    def __init__(self, engine: Engine, clock: Callable[[], float], *, signature_age_s: float) -> None:
        self.calls = Calls()
        self.faults = Faults()
        self.metrics = Metrics(engine, clock)
        self.signature_age_s = self._signature_age_s = signature_age_s
        self.missing_is_denied = False
        self.abort: HangUp = _no_connection  # closes a connection at once
        self.close: HangUp = _no_connection  # closes it when what was written is sent
        self._engine = engine
        self._clock = clock
        self._queues = Queues(engine, clock)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        assert scope["type"] == "http"
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(scope, receive, send)
        except asyncio.CancelledError:
            # By `leave`, or by the server that stops: either way nobody waits for an answer any more.
            self.abort(scope)
            await _gone(receive)
        finally:
            self._tasks.discard(task)

    async def resources(self) -> Resources:
        """Answer all resources as they are, without the content of buckets."""
        return self._engine.resources()

    async def reset(self, resources: Resources | None = None) -> None:
        """Forget everything, as if just started, and then made of `resources`."""
        await self.leave()
        await self._engine.reset()
        self._engine.make(resources or {})
        self.calls.reset()
        self.faults.reset()
        self.metrics.reset()
        self._queues.reset()
        self.signature_age_s = self._signature_age_s
        self.missing_is_denied = False

    async def leave(self) -> None:
        """Leave every request where it is: what is slow never takes effect, and long polls end now."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read(scope, receive)
        agent = dict(request.scope["headers"]).get(b"user-agent", b"").decode("latin-1")
        call = self.calls.begin(service=request.service, operation=request.operation, at=self._clock(), agent=agent)
        kind = self.faults.of(call)
        answer = await self._answer(request, kind, lambda: _gone(receive))
        if answer is None:
            self.abort(scope)
            await _gone(receive)
            return
        call.status = answer.status
        await self._send(answer, send)
        if answer.cut_at is not None:
            self.close(scope)
            await _gone(receive)

    async def _answer(self, request: Request, kind: Kind | None, gone: Gone) -> Answer | None:
        match kind:
            case None:
                return await self._ask(request)
            case Late():
                self._background(kind.deliver(request, self._ask))
                return None
            case _:
                return await kind.meet(request, self._ask, gone)

    async def _ask(self, request: Request) -> Answer:
        refused = refuse_stale(request, now=self._clock(), age_s_max=self.signature_age_s)
        if refused is not None:
            return refused
        match request.service:
            case "cloudwatch":
                return await self.metrics.answer(request)
            case "sqs":
                return await self._queues.answer(request)
            case "sns":
                return await topics.answer(self._engine, request)
            case "s3":
                return self._denied_if_missing(request, cut(request, await self._engine.ask(request)))
            case _:
                return await self._engine.ask(request)

    def _denied_if_missing(self, request: Request, answer: Answer) -> Answer:
        if not self.missing_is_denied or answer.status != 404 or request.operation not in MISSING:
            return answer
        if b"NoSuchBucket" in answer.body:
            return answer
        return refusal(request, "AccessDenied", "Access Denied", status=403)

    async def _send(self, answer: Answer, send: Send) -> None:
        headers = [(name, value) for name, value in answer.headers if name.lower() != b"date"]
        headers.append((b"date", formatdate(self._clock(), usegmt=True).encode()))
        if not any(name.lower() == b"content-length" for name, _ in headers):
            headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        size_b = len(answer.body) if answer.cut_at is None else answer.cut_at
        for start in range(0, size_b, SLICE_B):
            piece = answer.body[start : min(start + SLICE_B, size_b)]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if answer.cut_at is None:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _gone(receive: Receive) -> None:
    """Wait until the client has left, or long enough."""

    async def disconnected() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with suppress(TimeoutError):
        await asyncio.wait_for(disconnected(), NO_ANSWER_S_MAX)


def _no_connection(_scope: Scope) -> None:
    raise AssertionError("nobody serves this seam")
