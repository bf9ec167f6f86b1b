"""An app over real HTTP, on a free port of the loopback."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import urllib3
import uvicorn
from fastapi import FastAPI
from msgspec import Struct

from api.connections import Impatient

START_S_MAX = 10.0


class Answered(Struct, frozen=True, kw_only=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        """The body, as JSON."""
        return json.loads(self.body)


class Client:
    """Somebody with curl. It follows nothing, and asks once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._pool = urllib3.PoolManager(retries=False, timeout=60)

    def ask(self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answered:
        """Answer what the server does; `path` goes there as it is written."""
        answer = self._pool.request(method, self.url + path, headers=headers, redirect=False)
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Answered(status=answer.status, headers=named, body=answer.data)


@contextmanager
def over_http(app: FastAPI, *, http: type[asyncio.Protocol] = Impatient) -> Iterator[Client]:
    """Serve `app` while the block runs."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(app, http=http, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=5)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + START_S_MAX
        while not server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        try:
            yield Client(f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join(START_S_MAX)
            assert not thread.is_alive()
