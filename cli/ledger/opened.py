"""The settings → what the commands of `logtally ledger` ask."""

import os
import random
import threading
import time

from msgspec import Struct

from cli.opened import opened
from core.aws.graph import Graph
from core.aws.history import History
from core.aws.ledger import Ledger
from core.aws.table import Table
from core.opening import fence_of, real_surroundings
from core.push import Settler
from core.writers import Fence
from worker.parts import assemble


class ToRead(Struct, frozen=True, kw_only=True):
    """The ledger, its past, its table, and the graph."""

    table: Table
    history: History
    ledger: Ledger
    graph: Graph


class ToSettle(Struct, frozen=True, kw_only=True):
    """What a round of settling needs."""

    ledger: Ledger
    settler: Settler
    fence: Fence


def to_read(*, recent: bool) -> ToRead:
    """Answer what reads. Raises Usage if a setting is missing or wrong, or the table can't be a ledger.

    `recent`: whether its index is needed.
    """
    asked = opened()
    chosen, aws = asked.settings, asked.aws
    table = asked.table(recent=recent)
    return ToRead(
        table=table,
        history=History(table),
        ledger=Ledger(
            aws.dynamodb, chosen.table, retention_days=chosen.retention_days, sleep=time.sleep, jitter=random.random
        ),
        graph=Graph(aws.cloudwatch_read, environment=chosen.environment),
    )


def to_settle() -> ToSettle:
    """Answer what settles: a worker's own settler, with its fence, in a worker that does nothing else."""
    asked = opened()
    fence = fence_of(asked.aws, os.environ)
    parts = assemble(
        asked.settings,
        asked.aws,
        surroundings=real_surroundings(),
        fence=fence,
        readers=1,
        stop=threading.Event(),
    )
    parts.ledger.check()
    return ToSettle(ledger=parts.ledger, settler=parts.settler, fence=fence)
