"""The page, served over HTTP on the loopback, over the local cloud."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import boto3
from fastapi import FastAPI

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
from tests.http_server import over_http


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
    with over_http(app) as client:
        yield client.url
