"""What the API is made of: its parts, put together over the clients of AWS and the surroundings that are handed in."""

import uuid
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI

from api.app import create_app
from api.entrance import Entrance
from api.notices import Notices
from api.page import page
from api.ready import Checks
from api.reports import Reports
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
from core.meters import Meters
from core.model import Bucket
from core.opening import Surroundings
from core.push import Carrier, Notifier
from core.settings import Scheme, Settings
from core.writers import Fence, Series


def assemble(chosen: Settings, aws: Clients, *, let_in: Entrance, surroundings: Surroundings, fence: Fence) -> FastAPI:
    """Make the app's parts, and hand each what it needs. Raises Usage if nobody may ask about anything."""
    sleep, jitter = surroundings.sleep, surroundings.random.random
    table = Table(aws.dynamodb, chosen.table, sleep=sleep, jitter=jitter)
    ledger = Ledger(aws.dynamodb, chosen.table, retention_days=chosen.retention_days, sleep=sleep, jitter=jitter)
    objects = Objects(aws.s3)
    history, graph = History(table), Graph(aws.cloudwatch_read, environment=chosen.environment)
    queues = Queues(aws.sqs, aws.cloudwatch_read, url=chosen.queue_url, dead_url=chosen.dead_queue_url)
    reports = Reports(
        objects=objects,
        history=history,
        ledger=ledger,
        rules=chosen.all_rules(),
        buckets=buckets_of(chosen),
    )
    notifier = _notifier(chosen, aws, ledger=ledger, surroundings=surroundings, fence=fence)
    return create_app(
        reports=reports,
        notices=Notices(reports=reports, notifier=notifier, topic_arn=chosen.topic_arn),
        let_in=let_in,
        https=chosen.api_scheme is Scheme.HTTPS,
        at_once=chosen.api_analyses,
        checks=_checks(
            chosen,
            aws,
            objects=objects,
            ledger=ledger,
            queues=queues,
            graph=graph,
            surroundings=surroundings,
        ),
        version=version("logtally"),
        commit=chosen.commit,
        monotonic=surroundings.monotonic,
        new_id=lambda: uuid.uuid4().hex,
        page=page(
            history=history,
            ledger=ledger,
            graph=graph,
            queues=queues,
            environment=chosen.environment,
            tokens=let_in.tokens,
            clock=surroundings.clock,
            monotonic=surroundings.monotonic,
        ),
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


def buckets_of(chosen: Settings) -> tuple[str, ...]:
    """Answer the buckets that may be asked about. Raises Usage if no setting names one."""
    buckets = chosen.api_buckets or ((chosen.bucket,) if chosen.bucket else ())
    if not buckets:
        raise Usage("LOGTALLY_API_BUCKETS is not set, nor LOGTALLY_BUCKET: the buckets that may be asked about")
    return buckets


def _checks(
    chosen: Settings,
    aws: Clients,
    *,
    objects: Objects,
    ledger: Ledger,
    queues: Queues,
    graph: Graph,
    surroundings: Surroundings,
) -> Checks:
    buckets = {f"bucket {name}": partial(objects.check, Bucket(name)) for name in buckets_of(chosen)}
    return {
        **buckets,
        "table": ledger.check,
        "topic": partial(Alerts(aws.sns).check, chosen.topic_arn),
        "queue": queues.first,
        "dead-letter queue": queues.dead,
        "metrics": lambda: graph.check(now=surroundings.clock()),
    }
