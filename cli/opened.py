"""The settings → what the commands ask of AWS. They are the worker's, so that both see the same."""

import os
import random
import time

from msgspec import Struct

from core import settings
from core.aws.clients import Clients
from core.aws.table import Table
from core.logs import LogLevel, configure
from core.opening import aws_of
from core.settings import Settings


class Opened(Struct, frozen=True, kw_only=True):
    """The settings, and the clients of AWS."""

    settings: Settings
    aws: Clients

    def table(self, *, recent: bool) -> Table:
        """Answer the ledger's table. Raises Usage if it can't be a ledger; `recent`: or can't be asked by day."""
        table = Table(self.aws.dynamodb, self.settings.table, sleep=time.sleep, jitter=random.random)
        table.check(recent=recent)
        return table


def opened(*, threads: int = 1) -> Opened:
    """Read the settings, and make the clients, of which so many threads may call at once.

    Raises Usage if a setting is missing or wrong.
    """
    chosen = settings.load()
    # What went well is told by the command itself.
    configure(level=LogLevel.WARNING, log_format=chosen.log_format, environ=os.environ)
    return Opened(settings=chosen, aws=aws_of(chosen, os.environ, threads=threads))
