"""The API's entry point: the only place that reads its settings, and makes its adapters and hands them down."""

import errno
import os
import signal
import socket
import uuid
from functools import partial
from importlib.metadata import version
from ipaddress import ip_address
from typing import Final

import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI

from api import guard
from api.app import create_app
from api.notices import Notices
from api.page import page
from api.ready import Checks
from api.reports import Reports
from core import settings
from core.aws.alerts import Alerts
from core.aws.clients import Clients
from core.aws.graph import Graph
from core.aws.history import History
from core.aws.ledger import Ledger
from core.aws.metrics import Metrics
from core.aws.objects import Objects
from core.aws.queues import Queues
from core.aws.table import Table
from core.errors import Usage
from core.logs import configure
from core.meters import Meters
from core.model import Bucket
from core.opening import Surroundings, aws_of, fence_of, real_surroundings
from core.push import Carrier, Notifier
from core.settings import Access, Settings
from core.writers import Fence, Series

log = structlog.get_logger()

BESIDE_READERS: Final = 4  # threads that ask whether each part is ready
LOOPBACK_NAME: Final = "localhost"
NOT_TO_BE_HAD: Final = {
    errno.EADDRINUSE: "is taken",
    errno.EACCES: "is for root alone",
    errno.EADDRNOTAVAIL: "is not of this machine",
}


def run() -> None:
    """Serve until a signal stops it. Raises Usage if it can't begin."""
    chosen = settings.load()
    configure(level=chosen.log_level, log_format=chosen.log_format)
    let_in = who_is_let_in(chosen)
    aws = aws_of(chosen, os.environ, threads=chosen.api_analyses + BESIDE_READERS)
    app = assemble(chosen, aws, let_in=let_in, surroundings=real_surroundings(), fence=fence_of(aws, os.environ))
    with _listener(chosen.api_host, chosen.api_port) as listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=int(chosen.drain_timeout_s),
        )
        log.info("api.started", host=chosen.api_host, port=listener.getsockname()[1], buckets=_buckets(chosen))
        # When it has drained, uvicorn raises the signal once more, for whoever was there before it.
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, signal.SIG_IGN)
        uvicorn.Server(config).run([listener])
        log.info("api.stopped")


def assemble(
    chosen: Settings, aws: Clients, *, let_in: guard.Guard, surroundings: Surroundings, fence: Fence
) -> FastAPI:
    """Make the app's parts, and hand each what it needs. Raises Usage if nobody may ask about anything."""
    sleep, jitter = surroundings.sleep, surroundings.random.random
    table = Table(aws.dynamodb, chosen.table, sleep=sleep, jitter=jitter)
    ledger = Ledger(aws.dynamodb, chosen.table, retention_days=chosen.retention_days, sleep=sleep, jitter=jitter)
    objects = Objects(aws.s3)
    history = History(table)
    reports = Reports(
        objects=objects,
        history=history,
        ledger=ledger,
        rules=chosen.all_rules(),
        buckets=_buckets(chosen),
    )
    notifier = _notifier(chosen, aws, ledger=ledger, surroundings=surroundings, fence=fence)
    return create_app(
        reports=reports,
        notices=Notices(reports=reports, notifier=notifier, topic_arn=chosen.topic_arn),
        guard=let_in,
        at_once=chosen.api_analyses,
        checks=_checks(chosen, aws, objects=objects, ledger=ledger),
        version=version("logtally"),
        commit=chosen.commit,
        monotonic=surroundings.monotonic,
        new_id=lambda: uuid.uuid4().hex,
        page=_page(chosen, aws, history=history, ledger=ledger, surroundings=surroundings),
    )


def _notifier(chosen: Settings, aws: Clients, *, ledger: Ledger, surroundings: Surroundings, fence: Fence) -> Notifier:
    alerts, chance, monotonic = Alerts(aws.sns), surroundings.random, surroundings.monotonic
    meters = Meters(random=chance)  # the workers tell of their own pushes; what is asked for has a metric
    carriers = [
        Carrier(
            ledger=ledger,
            metrics=Metrics(put, aws.cloudwatch_read, environment=chosen.environment, fence=fence, monotonic=monotonic),
            alerts=alerts,
            clock=surroundings.clock,
            sleep=surroundings.sleep,
            nonce=surroundings.nonce,
            meters=meters,
        )
        for put in (aws.cloudwatch_put, aws.cloudwatch_put_to_settle)
    ]
    return Notifier(
        ledger=ledger,
        alerts=alerts,
        carriers=carriers,
        environment=chosen.environment,
        clock=surroundings.clock,
        nonce=surroundings.nonce,
        series=lambda: Series(f"{chance.getrandbits(32):08x}"),
        draw=chance.randrange,
    )


def _page(chosen: Settings, aws: Clients, *, history: History, ledger: Ledger, surroundings: Surroundings) -> APIRouter:
    tokens = _tokens(chosen)
    made = page(
        history=history,
        ledger=ledger,
        graph=Graph(aws.cloudwatch_read, environment=chosen.environment),
        queues=Queues(aws.sqs, aws.cloudwatch_read, url=chosen.queue_url, dead_url=chosen.dead_queue_url),
        environment=chosen.environment,
        tokens=tokens,
        clock=surroundings.clock,
        monotonic=surroundings.monotonic,
    )
    # It has a session of its own. Without tokens it is for whoever the other routes are for; a link may lead to it.
    router = APIRouter(
        dependencies=[Depends(guard.by_its_own_name)] * (not tokens and chosen.api_access is not Access.OPEN)
    )
    router.include_router(made)
    return router


def _tokens(chosen: Settings) -> tuple[str, ...]:
    return tuple(token.get_secret_value() for token in chosen.api_token)


def who_is_let_in(chosen: Settings) -> guard.Guard:
    """Answer who is let in. Raises Usage if that would be everybody, and nobody has said so."""
    tokens = _tokens(chosen)
    if chosen.api_access is Access.OPEN:
        if tokens:
            raise Usage("LOGTALLY_API_ACCESS=open lets everybody in, LOGTALLY_API_TOKEN does not: unset one of them")
        return guard.anybody
    if tokens:
        return guard.by_token(tokens)
    if not _is_loopback(chosen.api_host):
        raise Usage(
            f"LOGTALLY_API_HOST={chosen.api_host} is open to others: set LOGTALLY_API_TOKEN, to what"
            " `openssl rand -hex 32` makes, or LOGTALLY_API_ACCESS=open if everybody who reaches it may use it"
        )
    return guard.from_this_machine


def _buckets(chosen: Settings) -> tuple[str, ...]:
    buckets = chosen.api_buckets or ((chosen.bucket,) if chosen.bucket else ())
    if not buckets:
        raise Usage("LOGTALLY_API_BUCKETS is not set, nor LOGTALLY_BUCKET: the buckets that may be asked about")
    return buckets


def _checks(chosen: Settings, aws: Clients, *, objects: Objects, ledger: Ledger) -> Checks:
    buckets = {f"bucket {name}": partial(objects.check, Bucket(name)) for name in _buckets(chosen)}
    return {**buckets, "table": ledger.check, "topic": partial(Alerts(aws.sns).check, chosen.topic_arn)}


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == LOOPBACK_NAME


def _listener(host: str, port: int) -> socket.socket:
    """Answer a socket that listens. Raises Usage if there is none to be had."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        # Only a socket that says TCP gets TCP_NODELAY from asyncio; without it each answer takes 40 ms.
        listener = socket.socket(family, kind, proto)
    except socket.gaierror as exc:
        raise Usage(f"LOGTALLY_API_HOST={host} is no address of this machine: {exc.strerror}") from exc
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen()
    except OSError as exc:
        listener.close()
        if exc.errno not in NOT_TO_BE_HAD:
            raise
        what = "LOGTALLY_API_HOST" if exc.errno == errno.EADDRNOTAVAIL else "LOGTALLY_API_PORT"
        raise Usage(f"{what}: {host} port {port} {NOT_TO_BE_HAD[exc.errno]}: choose another") from exc
    return listener
