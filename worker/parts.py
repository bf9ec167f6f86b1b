"""What a worker is made of: its parts, put together over the clients of AWS and the surroundings that are handed in."""

import threading
from collections.abc import Callable
from functools import partial

import structlog
from msgspec import Struct

from core.aws.alerts import Alerts
from core.aws.clients import Clients
from core.aws.ledger import Ledger
from core.aws.metrics import Metrics
from core.aws.objects import Objects
from core.aws.queue import Queue
from core.errors import Transient
from core.meters import Meters
from core.model import Delivery
from core.opening import Surroundings
from core.push import Carrier, Gather, Pusher, Settler
from core.settings import Settings
from core.writers import Fence, Seq, Series, Slot
from worker.burial import Burial
from worker.handle import Steps
from worker.in_hand import InHand
from worker.leaving import Leaving
from worker.pace import Pace
from worker.turns import Turns

log = structlog.get_logger()


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
    leaving: Leaving
    in_hand: InHand
    pace: Pace
    gather: Gather[Delivery]
    turns: Turns
    meters: Meters


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
    # The worker pushes in one thread, and settles in another: each has metrics of its own, and a carrier over them.
    metrics_over = partial(
        Metrics,
        read=aws.cloudwatch_read,
        environment=chosen.environment,
        fence=fence,
        monotonic=surroundings.monotonic,
    )
    metrics, metrics_to_settle = metrics_over(aws.cloudwatch_put), metrics_over(aws.cloudwatch_put_to_settle)
    alerts, objects = Alerts(aws.sns), Objects(aws.s3)
    carrier_with = partial(
        Carrier,
        ledger=ledger,
        alerts=alerts,
        clock=clock,
        sleep=surroundings.sleep,
        nonce=surroundings.nonce,
        meters=meters,
    )
    in_doubt: set[tuple[Slot, Seq]] = set()
    pusher = Pusher(
        ledger=ledger,
        carrier=carrier_with(metrics=metrics),
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
        carrier=carrier_with(metrics=metrics_to_settle),
        fence=fence,
        clock=clock,
        busy=lambda: pusher.slot,
        in_doubt=in_doubt,
        meters=meters,
        settle_after_s=chosen.settle_after_s,
    )
    pace = Pace(readers, clock=surroundings.monotonic)
    in_hand = InHand(places=lambda: pace.places, visibility_timeout_s=chosen.visibility_timeout_s)
    burial = Burial(queue=queue, ledger=ledger, clock=clock)
    leaving = Leaving(queue=queue, burial=burial, in_hand=in_hand, pace=pace, clock=clock, jitter=jitter, meters=meters)
    steps = Steps(
        ledger=ledger,
        burial=burial,
        leaving=leaving,
        objects=objects,
        rules=chosen.all_rules(),
        topic_arn=chosen.topic_arn,
        missing=chosen.missing,
        in_hand=in_hand,
        pace=pace,
        clock=clock,
        meters=meters,
    )
    gather: Gather[Delivery] = Gather(
        linger_s=chosen.linger_s, expected=lambda: in_hand.reading, clock=surroundings.monotonic
    )
    turns = Turns(
        steps=steps,
        leaving=leaving,
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
        leaving=leaving,
        in_hand=in_hand,
        pace=pace,
        gather=gather,
        turns=turns,
        meters=meters,
    )


def check_topics(alerts: Alerts, chosen: Settings) -> None:
    """Ask whether the topics are there. Raises NotFound or Denied, but for permission to ask: that is not needed."""
    for topic_arn in sorted({rule.topic_arn or chosen.topic_arn for rule in chosen.all_rules()}):
        ask(partial(alerts.check, topic_arn))


def ask(check: Callable[[], None]) -> None:
    """Ask whether something is there, if that is permitted."""
    try:
        check()
    except Transient as exc:
        # Permission to ask is not permission to publish or to read: the work itself will tell.
        log.warning("worker.not_checked", why=str(exc))
