"""The worker's entry point: the only place that reads its settings, and makes its adapters and hands them down."""

import os
import random
import tempfile
import time
import uuid
from pathlib import Path
from typing import Final

import structlog

from core import settings
from core.aws import clients
from core.aws.alerts import Alerts
from core.aws.ledger import Ledger
from core.aws.metrics import Metrics
from core.aws.objects import Objects
from core.aws.queue import Queue
from core.logs import configure
from core.push import Carrier, Pusher, Settler
from core.settings import Settings
from core.writers import Nonce, Seq, Series, Slot
from worker.gather import Gather
from worker.handle import Steps
from worker.health import Health, why_unhealthy
from worker.in_hand import InHand
from worker.loop import Loop
from worker.stop import on_signals

log = structlog.get_logger()

READERS_PER_CPU: Final = 8  # reading waits for S3 most of the time
PLACES_PER_READER: Final = 5  # messages in hand: those that are read, and those that wait for their push


def run() -> None:
    """Run a worker until a signal stops it. Raises Usage, NotFound or Denied if it can't begin."""
    chosen = settings.load()
    configure(level=chosen.log_level, log_format=chosen.log_format)
    stop = on_signals()
    aws = clients.session(region=chosen.region or os.environ.get("AWS_REGION"))
    put, put_to_settle = clients.cloudwatch_put(aws), clients.cloudwatch_put(aws)
    read, sqs, sqs_receive = clients.cloudwatch_read(aws), clients.sqs(aws), clients.sqs_receive(aws)
    s3, dynamodb, sns = clients.s3(aws), clients.dynamodb(aws), clients.sns(aws)
    endpoints = [one.meta.endpoint_url for one in (put, put_to_settle, read, sqs, sqs_receive, s3, dynamodb, sns)]
    fence = settings.fence(os.environ, endpoints=endpoints)
    dice = random.SystemRandom()

    queue = Queue(
        sqs,
        sqs_receive,
        url=chosen.queue_url,
        dead_url=chosen.dead_queue_url,
        visibility_timeout_s=chosen.visibility_timeout_s,
        clock=time.time,
    )
    ledger = Ledger(dynamodb, chosen.table, retention_days=chosen.retention_days, sleep=time.sleep, jitter=dice.random)
    metrics, metrics_to_settle = (
        Metrics(one, read, environment=chosen.environment, fence=fence, monotonic=time.monotonic)
        for one in (put, put_to_settle)
    )
    carrier, carrier_to_settle = (
        Carrier(ledger=ledger, metrics=one, alerts=Alerts(sns), clock=time.time, sleep=time.sleep, nonce=_nonce)
        for one in (metrics, metrics_to_settle)
    )
    in_doubt: set[tuple[Slot, Seq]] = set()
    pusher = Pusher(
        ledger=ledger,
        carrier=carrier,
        environment=chosen.environment,
        clock=time.time,
        nonce=_nonce,
        series=lambda: Series(f"{dice.getrandbits(32):08x}"),
        draw=dice.randrange,
        in_doubt=in_doubt,
    )
    settler = Settler(
        ledger=ledger,
        metrics=metrics_to_settle,
        carrier=carrier_to_settle,
        fence=fence,
        clock=time.time,
        busy=lambda: pusher.slot,
        in_doubt=in_doubt,
        settle_after_s=chosen.settle_after_s,
    )
    _check(queue, ledger, metrics)

    readers = READERS_PER_CPU * (os.cpu_count() or 1)
    in_hand = InHand(places=PLACES_PER_READER * readers, visibility_timeout_s=chosen.visibility_timeout_s)
    steps = Steps(
        queue=queue,
        ledger=ledger,
        objects=Objects(s3),
        rules=chosen.all_rules(),
        topic_arn=chosen.topic_arn,
        in_hand=in_hand,
        clock=time.time,
        jitter=dice.random,
    )
    gather = Gather(linger_s=chosen.linger_s, expected=lambda: in_hand.reading, clock=time.time)
    loop = Loop(
        steps=steps,
        queue=queue,
        in_hand=in_hand,
        gather=gather,
        pusher=pusher,
        settler=settler,
        health=Health(_health_file(chosen), clock=time.time),
        readers=readers,
        settle_every_s=chosen.settle_every_s,
        stop=stop,
        monotonic=time.monotonic,
    )
    log.info("worker.started", environment=chosen.environment, readers=readers, table=chosen.table)
    loop.run(drain_timeout_s=chosen.drain_timeout_s)


def unhealthy() -> str | None:
    """Answer what is wrong with the worker of this container; None if it is alive."""
    return why_unhealthy(_health_file(settings.load()), now=time.time())


def _check(queue: Queue, ledger: Ledger, metrics: Metrics) -> None:
    """Ask each part once: what is missing or refused now, would be found out by losing time later."""
    queue.check()
    ledger.writers()
    now = time.time()
    metrics.marks(slot=Slot(0), series=Series("00000000"), since=now, now=now)


def _health_file(chosen: Settings) -> Path:
    return chosen.health_file or Path(tempfile.gettempdir()) / "logtally-worker.json"


def _nonce() -> Nonce:
    return Nonce(str(uuid.uuid4()))
