"""The worker's entry point: the only place that reads its settings, and makes its adapters and hands them down."""

import os
import random
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from core import settings
from core.aws.alerts import Alerts
from core.aws.clients import Clients, before_calls, clients_of, session
from core.aws.credentials import Credentials
from core.aws.ledger import Ledger
from core.aws.metrics import Metrics
from core.aws.objects import Objects
from core.aws.queue import Queue
from core.errors import Transient
from core.logs import configure, is_console
from core.meters import Meters, Reading, document
from core.model import Bucket
from core.push import Carrier, Pusher, Settler
from core.settings import Settings
from core.writers import Fence, Nonce, Seq, Series, Slot
from worker.burial import Burial
from worker.cpus import cpus
from worker.gather import Gather
from worker.handle import Steps
from worker.health import Health, why_unhealthy
from worker.in_hand import InHand
from worker.keep import Keep
from worker.loop import BESIDE_READERS, Loop
from worker.pace import Pace, readers_for
from worker.protection import AGENT, Protection, agent
from worker.stop import on_signals
from worker.turns import Turns

log = structlog.get_logger()

OWN_NAMESPACE: Final = "Logtally"  # not that of the errors: somebody may watch all of those


class Surroundings(Struct, frozen=True, kw_only=True):
    """Time and chance, as a worker gets them."""

    clock: Callable[[], float]  # seconds since the epoch
    monotonic: Callable[[], float]
    sleep: Callable[[float], object]
    random: random.Random
    nonce: Callable[[], Nonce]


class Parts(Struct, frozen=True, kw_only=True):
    """A worker, put together and not yet running."""

    queue: Queue
    ledger: Ledger
    metrics: Metrics
    alerts: Alerts
    objects: Objects
    pusher: Pusher
    settler: Settler
    steps: Steps
    in_hand: InHand
    pace: Pace
    gather: Gather
    turns: Turns
    meters: Meters


def run() -> None:
    """Run a worker until a signal stops it. Raises Usage, NotFound or Denied if it can't begin."""
    chosen = settings.load()
    configure(level=chosen.log_level, log_format=chosen.log_format)
    stop = on_signals()
    readers = readers_for(cpus(of_machine=os.cpu_count() or 1))
    aws = clients_of(
        session(region=chosen.region or os.environ.get("AWS_REGION")), connections=readers + BESIDE_READERS
    )
    fence = settings.fence(os.environ, endpoints=[client.meta.endpoint_url for client in aws])
    surroundings = Surroundings(
        clock=time.time, monotonic=time.monotonic, sleep=time.sleep, random=random.SystemRandom(), nonce=_nonce
    )
    parts = assemble(chosen, aws, surroundings=surroundings, fence=fence, readers=readers, stop=stop)
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
        steps=parts.steps,
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


def assemble(
    chosen: Settings,
    aws: Clients,
    *,
    surroundings: Surroundings,
    fence: Fence,
    readers: int,
    stop: threading.Event,
) -> Parts:
    """Make a worker's parts, and hand each what it needs. `readers`: how many objects it may read at once."""
    clock = surroundings.clock
    queue = Queue(
        aws.sqs,
        aws.sqs_receive,
        aws.sqs_once,
        url=chosen.queue_url,
        dead_url=chosen.dead_queue_url,
        visibility_timeout_s=chosen.visibility_timeout_s,
        clock=clock,
    )
    jitter = surroundings.random.random
    meters = Meters(random=surroundings.random)
    ledger = Ledger(
        aws.dynamodb, chosen.table, retention_days=chosen.retention_days, sleep=surroundings.sleep, jitter=jitter
    )
    metrics, metrics_to_settle = (
        Metrics(
            put,
            aws.cloudwatch_read,
            environment=chosen.environment,
            fence=fence,
            monotonic=surroundings.monotonic,
        )
        for put in (aws.cloudwatch_put, aws.cloudwatch_put_to_settle)
    )
    alerts, objects = Alerts(aws.sns), Objects(aws.s3)
    carrier, carrier_to_settle = (
        Carrier(
            ledger=ledger,
            metrics=one,
            alerts=alerts,
            clock=clock,
            sleep=surroundings.sleep,
            nonce=surroundings.nonce,
            meters=meters,
        )
        for one in (metrics, metrics_to_settle)
    )
    in_doubt: set[tuple[Slot, Seq]] = set()
    pusher = Pusher(
        ledger=ledger,
        carrier=carrier,
        environment=chosen.environment,
        clock=clock,
        nonce=surroundings.nonce,
        series=lambda: Series(f"{surroundings.random.getrandbits(32):08x}"),
        draw=surroundings.random.randrange,
        in_doubt=in_doubt,
        meters=meters,
    )
    settler = Settler(
        ledger=ledger,
        metrics=metrics_to_settle,
        carrier=carrier_to_settle,
        fence=fence,
        clock=clock,
        busy=lambda: pusher.slot,
        in_doubt=in_doubt,
        meters=meters,
        settle_after_s=chosen.settle_after_s,
    )
    pace = Pace(readers, clock=surroundings.monotonic)
    in_hand = InHand(places=lambda: pace.places, visibility_timeout_s=chosen.visibility_timeout_s)
    steps = Steps(
        queue=queue,
        ledger=ledger,
        burial=Burial(queue=queue, ledger=ledger, clock=clock),
        objects=objects,
        rules=chosen.all_rules(),
        topic_arn=chosen.topic_arn,
        missing=chosen.missing,
        in_hand=in_hand,
        pace=pace,
        clock=clock,
        jitter=jitter,
        meters=meters,
    )
    gather = Gather(linger_s=chosen.linger_s, expected=lambda: in_hand.reading, clock=surroundings.monotonic)
    turns = Turns(
        steps=steps,
        queue=queue,
        in_hand=in_hand,
        pace=pace,
        gather=gather,
        pusher=pusher,
        settler=settler,
        stop=stop,
        monotonic=surroundings.monotonic,
    )
    return Parts(
        queue=queue,
        ledger=ledger,
        metrics=metrics,
        alerts=alerts,
        objects=objects,
        pusher=pusher,
        settler=settler,
        steps=steps,
        in_hand=in_hand,
        pace=pace,
        gather=gather,
        turns=turns,
        meters=meters,
    )


def unhealthy() -> str | None:
    """Answer what is wrong with the worker of this container; None if it is alive."""
    return why_unhealthy(_health_file(settings.health_file()), now=time.time())


def _check(parts: Parts, chosen: Settings) -> None:
    """Ask each part once: what is missing or refused now, would be found out by losing time later."""
    parts.queue.check()
    parts.ledger.check()
    now = time.time()
    parts.metrics.marks(slot=Slot(0), series=Series("00000000"), since=now, now=now)
    topics = {rule.topic_arn or chosen.topic_arn for rule in chosen.all_rules()}
    for topic_arn in sorted(topics):
        _ask(partial(parts.alerts.check, topic_arn))
    if chosen.bucket:
        _ask(partial(parts.objects.check, Bucket(chosen.bucket)))


def _ask(check: Callable[[], None]) -> None:
    try:
        check()
    except Transient as exc:
        # Permission to ask is not permission to publish or to read: the work itself will tell.
        log.warning("worker.not_checked", why=str(exc))


def _teller(chosen: Settings) -> Callable[[Reading], None]:
    """Answer what tells CloudWatch of the worker's own metrics: a line of the log, whatever the level of the others."""

    def tell(reading: Reading) -> None:
        line = document(reading, namespace=OWN_NAMESPACE, environment=chosen.environment, at=time.time())
        sys.stderr.buffer.write(msgspec.json.encode(line) + b"\n")
        sys.stderr.flush()

    def show(reading: Reading) -> None:
        log.debug("worker.metrics", **{metric.value: count for metric, count in reading.counts.items()})

    return show if is_console(chosen.log_format) else tell


def _health_file(chosen: Path | None) -> Path:
    return chosen or Path(tempfile.gettempdir()) / "logtally-worker.json"


def _nonce() -> Nonce:
    return Nonce(str(uuid.uuid4()))
