"""The few answers of S3 that a test wants: one object, in a stream of any length, broken off where it is told to."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

LAST_MODIFIED = "Mon, 15 Sep 2025 12:30:00 GMT"


class Request(NamedTuple):
    """What was asked."""

    path: str
    headers: Mapping[str, str]


class Answer(NamedTuple):
    """What to say. `body` may be shorter than the length that is promised: then the connection breaks."""

    status: int
    body: Iterator[bytes] | list[bytes]
    length: int
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


def refusal(status: int, code: str, message: str = "") -> Answer:
    """Answer an error as S3 words it."""
    body = f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>1</RequestId></Error>".encode()
    return Answer(status, [body], len(body), {"Content-Type": "application/xml"})


def whole(content: bytes, *, etag: str, headers: dict[str, str] | None = None) -> Answer:
    """Answer all of an object."""
    return Answer(200, [content], len(content), {"ETag": f'"{etag}"'} | (headers or {}))


def rest(content: bytes, request: Request, *, etag: str, broken_after: int | None = None) -> Answer:
    """Answer the object from where the request wants it, but at most `broken_after` bytes."""
    start = int(request.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
    part = content[start:]
    headers = {"ETag": f'"{etag}"'}
    if start:
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return Answer(206 if start else 200, [part[:broken_after]], len(part), headers)


@contextmanager
def serving(answer: Callable[[Request], Answer]) -> Iterator[tuple[str, list[Request]]]:
    """Serve on the loopback; yield the endpoint, and the requests as they come."""
    seen: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            request = Request(self.path, dict(self.headers))
            seen.append(request)
            said = answer(request)
            self.send_response(said.status)
            for name, value in {"Last-Modified": LAST_MODIFIED, "x-amz-request-id": "1", **said.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(said.length))
            self.end_headers()
            sent = 0
            for piece in said.body if self.command == "GET" else ():
                self.wfile.write(piece)
                sent += len(piece)
            self.close_connection = sent != said.length

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing: pytest shows what fails."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
