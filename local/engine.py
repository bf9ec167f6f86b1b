"""ministack in our own process: started quietly, on our clock. The only place that knows its insides.

What differs from AWS in what the product rests on is mended in front of it (`local.seam`); here is only what can't be
seen from there.
"""

import asyncio
import copy
import importlib
import logging
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from local.clock import ClockedTime
from local.wire import Answer, App, Headers, Message, Protocol, Request, Scope

ACCOUNT: Final = "000000000000"
REGION: Final = "us-east-1"
TARGETS: Final = {"cloudwatch": "GraniteServiceVersion20100801", "sqs": "AmazonSQS"}
SIGNING_NAMES: Final = {"cloudwatch": "monitoring"}
Resources = Mapping[str, Any]  # by service, as ministack keeps them
CLOCKED: Final = ("cloudwatch", "dynamodb", "s3", "sns", "sqs")


def load(clock: Callable[[], float]) -> App:
    """Answer ministack's application. It has one state in a process, and follows the last clock it was given."""
    # It reads these while it is imported.
    os.environ.update(
        BIND_HOST="127.0.0.1",
        MINISTACK_ACCOUNT_ID=ACCOUNT,
        MINISTACK_REGION=REGION,
        PERSIST_STATE="0",
        S3_PERSIST="0",
    )
    # It configures the root logger, unless somebody did: the logs of a process are its own affair.
    silence = logging.NullHandler()
    logging.root.addHandler(silence)
    app: App = importlib.import_module("ministack.app").app
    logging.root.removeHandler(silence)
    for name in CLOCKED:
        _service(name).time = ClockedTime(clock)
        logging.getLogger(name).setLevel(logging.WARNING)
    _mend_s3(clock)
    logging.getLogger("ministack").setLevel(logging.WARNING)
    return app


class Engine:
    """ministack as a function from request to answer. Its lifespan is never run: no listener, no container."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def ask(self, request: Request) -> Answer:
        """Answer what ministack answers."""
        if request.protocol is Protocol.S3:
            return await self._run(request.scope, request.receive)
        return await self._run(_inflated(request), _once(request.body))

    async def ask_json(self, service: str, operation: str, body: bytes, *, region: str | None) -> Answer:
        """Answer what ministack answers to a JSON request of our own. `region`: that of the request it is made for."""
        signing_name = SIGNING_NAMES.get(service, service)
        credential = f"Credential=LOCAL/20000101/{region or REGION}/{signing_name}/aws4_request"
        headers = [
            (b"content-type", b"application/x-amz-json-1.0"),
            (b"x-amz-target", f"{TARGETS[service]}.{operation}".encode()),
            (b"authorization", f"AWS4-HMAC-SHA256 {credential}".encode()),
            (b"content-length", str(len(body)).encode()),
            (b"host", b"127.0.0.1"),
        ]
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 0),
        }
        return await self._run(scope, _once(body))

    async def reset(self) -> None:
        """Forget everything."""
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": "/_ministack/reset",
            "raw_path": b"/_ministack/reset",
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1")],
            "client": ("127.0.0.1", 0),
        }
        answer = await self._run(scope, _once(b""))
        assert answer.status == 200

    def resources(self) -> Resources:
        """Answer all resources as they are, without the content of buckets."""
        return {name: _service(name).get_state() for name in CLOCKED}

    def make(self, resources: Resources) -> None:
        """Make these resources, in an empty cloud."""
        for name, state in resources.items():
            _service(name).load_persisted_state(copy.deepcopy(state))

    async def _run(self, scope: Scope, receive: Any) -> Answer:
        status = 500
        headers: Headers = []
        chunks: list[bytes] = []

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers.extend(message["headers"])
            else:
                chunks.append(message["body"])

        # A task of its own: ministack keeps account and region in context variables.
        await asyncio.create_task(self._app(scope, receive, send))  # type: ignore[arg-type]  # the scope is ASGI's
        # A large object is one chunk: no copy is made of it.
        return Answer(status=status, headers=headers, body=chunks[0] if len(chunks) == 1 else b"".join(chunks))


def _service(name: str) -> Any:
    return importlib.import_module(f"ministack.services.{name}")


def _mend_s3(clock: Callable[[], float]) -> None:
    s3 = _service("s3")
    s3.threading = _EventsInOrder(s3)
    s3.now_iso = lambda: f"{datetime.fromtimestamp(clock(), UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


class _EventsInOrder:
    """The `threading` of ministack's S3, but that an event reaches its queue before the put is answered.

    In a thread, an event is lost if its message is appended to the queue's list while a receive makes a new list.
    """

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def __getattr__(self, name: str) -> Any:
        return getattr(threading, name)

    def Thread(self, **wanted: Any) -> Any:  # noqa: N802 - stands in for threading.Thread
        is_event = wanted["args"][:1] == (self._s3._fire_s3_event,)  # noqa: SLF001 - this module knows its insides
        return _Now(**wanted) if is_event else threading.Thread(**wanted)


class _Now:
    def __init__(self, *, target: Any, args: Any, kwargs: Any, daemon: bool) -> None:
        del daemon
        self._target, self._args, self._kwargs = target, args, kwargs

    def start(self) -> None:
        self._target(*self._args, **self._kwargs)


def _inflated(request: Request) -> Scope:
    dropped = {b"content-encoding", b"content-length"}
    headers = [(name, value) for name, value in request.scope["headers"] if name.lower() not in dropped]
    length = (b"content-length", str(len(request.body)).encode())
    return {**request.scope, "headers": [*headers, length]}


def _once(body: bytes) -> Callable[[], Any]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
