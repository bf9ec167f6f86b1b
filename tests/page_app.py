"""The page, served over HTTP on the loopback, over the local cloud."""

import random
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import boto3
import uvicorn
from fastapi import FastAPI, Request, Response

from api.page import page
from api.page.looks import Looks
from core.aws.clients import Clients, clients_of
from core.aws.graph import Graph
from core.aws.history import History
from core.aws.ledger import Ledger
from core.aws.queues import Queues
from core.aws.table import Table
from local.cloud import Cloud
from local.wiring import Wired

# What the door sends with every answer: the page must do with that.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def looks_at(
    cloud: Cloud, wired: Wired, aws: boto3.Session, *, environment: str, clients: Clients | None = None
) -> Looks:
    """Answer what reads the parts of the page."""
    made = clients or clients_of(aws, endpoint_url=cloud.endpoint)
    return Looks(
        history=History(Table(made.dynamodb, wired.table, sleep=time.sleep, jitter=random.random)),
        ledger=Ledger(made.dynamodb, wired.table, retention_days=400, sleep=time.sleep, jitter=random.random),
        graph=Graph(made.cloudwatch_read, environment=environment),
        queues=Queues(made.sqs, made.cloudwatch_read, url=wired.queue_url, dead_url=wired.dead_queue_url),
        clock=cloud.clock,
    )


@contextmanager
def served_page(
    looks: Looks,
    *,
    environment: str,
    tokens: tuple[str, ...] = (),
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """Serve the page while the block runs. Answer where."""
    app = FastAPI()

    @app.middleware("http")
    async def secure(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await go_on(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    router = page(
        history=looks.history,
        ledger=looks.ledger,
        graph=looks.graph,
        queues=looks.queues,
        environment=environment,
        tokens=tokens,
        clock=looks.clock,
        monotonic=monotonic,
    )
    app.include_router(router)
    with _served(app) as url:
        yield url


@contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    config = uvicorn.Config(
        app, http="h11", ws="none", lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=lambda: server.run(sockets=[listener]), name="page", daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()
