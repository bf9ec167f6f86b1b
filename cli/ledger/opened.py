"""The settings → what the commands of `logtally ledger` ask. They are the worker's, so that both see the same."""

import os
import random
import threading
import time
import uuid
from collections.abc import Callable

import msgspec

from core import settings
from core.aws.clients import Clients, clients_of, session
from core.aws.graph import Graph
from core.aws.history import History
from core.aws.ledger import Ledger
from core.aws.table import Table
from core.logs import LogLevel, configure
from core.push import Settler
from core.settings import Settings
from core.writers import Fence, Nonce
from worker.main import Surroundings, assemble


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The ledger, its past, and the graph."""

    history: History
    ledger: Ledger
    graph: Graph


class ToSettle(msgspec.Struct, frozen=True, kw_only=True):
    """What a round of settling needs."""

    ledger: Ledger
    settler: Settler
    fence: Fence


def opened(*, recent: bool) -> Opened:
    """Answer what reads. Raises Usage if a setting is missing or wrong, or the table can't be a ledger.

    `recent`: whether its index is needed.
    """
    loaded, aws = chosen()
    sleep, jitter = time.sleep, random.random
    table = Table(aws.dynamodb, loaded.table, sleep=sleep, jitter=jitter)
    table.check(recent=recent)
    return Opened(
        history=History(table),
        ledger=Ledger(aws.dynamodb, loaded.table, retention_days=loaded.retention_days, sleep=sleep, jitter=jitter),
        graph=Graph(aws.cloudwatch_read, environment=loaded.environment),
    )


def to_settle(*, clock: Callable[[], float]) -> ToSettle:
    """Answer what settles: a worker's own settler, with its fence, in a worker that does nothing else."""
    loaded, aws = chosen()
    fence = settings.fence(os.environ, endpoints=[client.meta.endpoint_url for client in aws])
    surroundings = Surroundings(
        clock=clock, monotonic=time.monotonic, sleep=time.sleep, random=random.SystemRandom(), nonce=nonce
    )
    parts = assemble(loaded, aws, surroundings=surroundings, fence=fence, readers=1, stop=threading.Event())
    parts.ledger.check()
    return ToSettle(ledger=parts.ledger, settler=parts.settler, fence=fence)


def nonce() -> Nonce:
    """Answer a name for one write."""
    return Nonce(str(uuid.uuid4()))


def chosen() -> tuple[Settings, Clients]:
    """Answer the settings, and the clients of AWS. Raises Usage if a setting is missing or wrong."""
    loaded = settings.load()
    # What went well is told by the command itself.
    configure(level=LogLevel.WARNING, log_format=loaded.log_format)
    return loaded, clients_of(session(region=loaded.region or os.environ.get("AWS_REGION")))
