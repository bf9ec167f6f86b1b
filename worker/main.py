"""The worker's entry point: it reads the settings, has the parts made, asks each once, and runs them."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import structlog

from core import few_settings, settings
from core.aws.clients import before_calls
from core.aws.credentials import Credentials
from core.cpus import cpus
from core.logs import configure, is_console
from core.meters import Reading, document
from core.model import Bucket
from core.opening import aws_of, fence_of, real_surroundings
from core.settings import Settings
from core.stop import on_signals
from worker.health import Health, why_unhealthy
from worker.keep import Keep
from worker.loop import BESIDE_READERS, Loop
from worker.pace import readers_for
from worker.parts import Parts, ask, assemble, check_topics
from worker.protection import AGENT, Protection, agent

log = structlog.get_logger()

OWN_NAMESPACE: Final = "Logtally"  # not that of the errors: somebody may watch all of those


def run() -> None:
    """Run a worker until a signal stops it. Raises Usage, NotFound or Denied if it can't begin."""
    chosen = settings.load()
    configure(level=chosen.log_level, log_format=chosen.log_format, environ=os.environ)
    stop = on_signals()
    readers = readers_for(cpus(of_machine=os.cpu_count() or 1))
    aws = aws_of(chosen, os.environ, threads=readers + BESIDE_READERS)
    fence = fence_of(aws, os.environ)
    parts = assemble(chosen, aws, surroundings=real_surroundings(), fence=fence, readers=readers, stop=stop)
    _check(parts, chosen)
    health = Health(_health_file(chosen.health_file), clock=time.time)
    health.begin()
    credentials = Credentials()
    for client in aws:
        credentials.watch(client)
        before_calls(client, health.calling)
    agent_url = os.environ.get(AGENT)
    protection = None if agent_url is None else Protection(agent(agent_url), clock=time.monotonic)

    def heartbeat() -> None:
        if protection is not None:
            protection.follow(longest_s=parts.pace.longest_s)
        health.write(parts.turns.why_not_ready, no_credentials=credentials.gone)

    loop = Loop(
        turns=parts.turns,
        leaving=parts.leaving,
        in_hand=parts.in_hand,
        gather=parts.gather,
        health=health,
        keep=Keep(queue=parts.queue, in_hand=parts.in_hand, clock=time.time),
        heartbeat=heartbeat,
        readers=readers,
        settle_every_s=chosen.settle_every_s,
        stop=stop,
        monotonic=time.monotonic,
        meters=parts.meters,
        tell=_teller(chosen),
    )
    log.info("worker.started", environment=chosen.environment, readers=readers, table=chosen.table)
    loop.run(drain_timeout_s=chosen.drain_timeout_s, stop_timeout_s=chosen.stop_timeout_s)


def unhealthy() -> str | None:
    """Answer what is wrong with the worker of this container; None if it is alive."""
    return why_unhealthy(_health_file(few_settings.health_file()), now=time.time())


def _check(parts: Parts, chosen: Settings) -> None:
    """Ask each part once: what is missing or refused now, would be found out by losing time later."""
    parts.queue.check()
    parts.ledger.check()
    parts.metrics.check(now=time.time())
    check_topics(parts.alerts, chosen)
    if chosen.bucket:
        ask(partial(parts.objects.check, Bucket(chosen.bucket)))


def _teller(chosen: Settings) -> Callable[[Reading], None]:
    """Answer what tells CloudWatch of the worker's own metrics: a line of the log, whatever the level of the others."""

    def tell(reading: Reading) -> None:
        line = document(reading, namespace=OWN_NAMESPACE, environment=chosen.environment, at=time.time())
        sys.stderr.write(msgspec.json.encode(line).decode() + "\n")  # in one write, as the log

    def show(reading: Reading) -> None:
        log.debug("worker.metrics", **{metric.value: count for metric, count in reading.counts.items()})

    return show if is_console(chosen.log_format) else tell


def _health_file(chosen: Path | None) -> Path:
    return chosen or Path(tempfile.gettempdir()) / "logtally-worker.json"
