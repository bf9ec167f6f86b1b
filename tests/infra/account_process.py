"""The process that serves the account: it says its port, and serves until it is killed.

moto is patched here, and changes every client of the process that imports it: so it has a process of its own.
"""

import io
import json
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any, Final

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.wire import read
from tests.infra import gaps, routes
from tests.infra.account import CALLS, HOST, MISSING

NO_PATH: Final = b"The requested URL was not found on the server"  # so says Flask, and AWS never

StartResponse = Callable[..., Any]
Environ = dict[str, Any]


class Served(DomainDispatcherApplication):
    """moto, told apart by access key, one DynamoDB call at a time, and with 501 for what it lacks.

    On AWS transactions are atomic; moto's are only if nobody else is at it. On any other 5xx Terraform would try again
    for minutes.
    """

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._calls: dict[str, set[tuple[str, str]]] = {}
        self._missing: set[str] = set()
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = environ["PATH_INFO"]
        if path.startswith(CALLS):
            return _told(sorted(self._calls.get(path.removeprefix(CALLS), ())), start_response)
        if path == MISSING:
            return _told(sorted(self._missing), start_response)
        self._record(environ)
        dynamodb = environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDB_")
        begun: list[Any] = []
        try:
            with self._one_at_a_time if dynamodb else nullcontext():
                answer = list(super().__call__(environ, lambda *words: begun.extend(words)))
        except Exception as exc:  # noqa: BLE001 - whatever it is, Terraform must not try it again
            return self._lacking(environ, f"{type(exc).__name__} {exc}", start_response)
        status, headers = begun[:2]
        if status.startswith("404") and NO_PATH in b"".join(answer):
            return self._lacking(environ, "no such path", start_response)
        start_response(status, headers)
        return answer

    def _record(self, environ: Environ) -> None:
        credential = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0]
        key = credential.partition("/")[0]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        self._calls.setdefault(key, set()).add(_operation(environ, body))

    def _lacking(self, environ: Environ, why: str, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ.get("HTTP_X_AMZ_TARGET") or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        self._missing.add(f"{asked}: {why}")
        start_response("501 Not Implemented", [("Content-Type", "text/plain")])
        return [why.encode()]


class _Quiet(MotoRequestHandler):
    """What is asked is no news."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def _told(value: object, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(value).encode()]


def _operation(environ: Environ, body: bytes) -> tuple[str, str]:
    """Answer the service and the operation of a request: as the local cloud names them, or else as the SDK does."""
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-").lower().encode(), str(value).encode("latin-1"))
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    ]
    scope = {
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "headers": headers,
    }

    async def receive() -> dict[str, Any]:
        return {"body": body, "more_body": False}

    reading = read(scope, receive)
    try:
        reading.send(None)
    except StopIteration as done:  # nothing is waited for
        request = done.value
        known = "?" not in request.operation
        return request.service, request.operation if known else _routed(request.service, environ)
    raise AssertionError("the whole body was there")


def _routed(service: str, environ: Environ) -> str:
    return routes.operation(
        service,
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=environ.get("QUERY_STRING", ""),
    )


def _main() -> None:
    gaps.fill()
    server = make_server(HOST, 0, Served(), threaded=True, request_handler=_Quiet)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    _main()
