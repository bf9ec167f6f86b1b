"""A worker's hands without its loop: the real protocol over the real SDK, one step at a time."""

import json
import uuid
from collections import Counter
from collections.abc import Callable
from random import Random

import boto3
from msgspec import Struct

from core.aws import clients
from core.aws.alerts import Alerts
from core.aws.ledger import Ledger
from core.aws.metrics import ALERT_TRIGGERED, LOG_ERRORS, METRIC_NAMESPACE, Metrics
from core.meters import Meters
from core.push import Carrier, Notifier, Pusher, Settler
from core.writers import Fence, Nonce, Seq, Series, Slot
from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import Wired

ENVIRONMENT = "test"


class Hand(Struct):
    """One worker's side of the protocol."""

    ledger: Ledger
    pusher: Pusher
    settler: Settler


class Hands(Struct):
    """A cloud, its time, and as many workers' hands as a test wants."""

    cloud: Cloud
    clock: VirtualClock
    aws: boto3.Session
    wired: Wired
    count: int = 0

    def new(self, *, behind_s: float = 0) -> Hand:
        """Answer the hands of one more worker, whose clock is wrong by so much. They share nothing but the cloud."""
        self.count += 1
        return _hand(self.aws, self.cloud, self.wired, clock=lambda: self.clock() - behind_s, seed=self.count)

    def notifier(self, *, at_once: int = 1) -> Notifier:
        """Answer what publishes alerts that somebody asks for, as many at once."""
        self.count += 1
        random = Random(self.count)
        ledger, alerts = _ledger(self.aws, self.cloud, self.wired, random), _alerts(self.aws, self.cloud)
        return Notifier(
            ledger=ledger,
            alerts=alerts,
            carriers=[
                _carrier(
                    ledger,
                    alerts,
                    _metrics(self.aws, self.cloud, clock=self.clock),
                    clock=self.clock,
                    meters=Meters(random=random),
                )
                for _ in range(at_once)
            ],
            environment=ENVIRONMENT,
            clock=self.clock,
            nonce=_nonce,
            series=lambda: Series(f"{random.randrange(16**8):08x}"),
            draw=random.randrange,
        )

    def alerts(self) -> list[str]:
        """Answer the deduplication ids of the alerts that arrived since the last call."""
        return alerts_in(self.aws, self.cloud, self.wired)

    def refused(self, key: str) -> list[str]:
        """Answer why CloudWatch refused data of an object of the bucket `logs`, as the ledger has it."""
        answer = clients.dynamodb(self.aws, endpoint_url=self.cloud.endpoint).query(
            TableName=self.wired.table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :refused)",
            ExpressionAttributeValues={":pk": {"S": f"object#logs/{key}"}, ":refused": {"S": "refused#"}},
        )
        return [item["reason"]["S"] for item in answer["Items"]]


def _hand(aws: boto3.Session, cloud: Cloud, wired: Wired, *, clock: Callable[[], float], seed: int) -> Hand:
    random = Random(seed)
    meters = Meters(random=random)
    ledger, alerts = _ledger(aws, cloud, wired, random), _alerts(aws, cloud)
    in_doubt: set[tuple[Slot, Seq]] = set()
    pusher = Pusher(
        ledger=ledger,
        carrier=_carrier(ledger, alerts, _metrics(aws, cloud, clock=clock), clock=clock, meters=meters),
        environment=ENVIRONMENT,
        clock=clock,
        nonce=_nonce,
        series=lambda: Series(f"{random.randrange(16**8):08x}"),
        draw=random.randrange,
        in_doubt=in_doubt,
        meters=meters,
    )
    reading = _metrics(aws, cloud, clock=clock)
    settler = Settler(
        ledger=ledger,
        metrics=reading,
        carrier=_carrier(ledger, alerts, reading, clock=clock, meters=meters),
        fence=Fence(),
        clock=clock,
        busy=lambda: pusher.slot,
        in_doubt=in_doubt,
        meters=meters,
    )
    return Hand(ledger=ledger, pusher=pusher, settler=settler)


def _ledger(aws: boto3.Session, cloud: Cloud, wired: Wired, random: Random) -> Ledger:
    client = clients.dynamodb(aws, endpoint_url=cloud.endpoint)
    return Ledger(client, wired.table, retention_days=400, sleep=lambda _: None, jitter=random.random)


def _alerts(aws: boto3.Session, cloud: Cloud) -> Alerts:
    return Alerts(clients.sns(aws, endpoint_url=cloud.endpoint))


def _metrics(aws: boto3.Session, cloud: Cloud, *, clock: Callable[[], float]) -> Metrics:
    return Metrics(
        clients.cloudwatch_put(aws, endpoint_url=cloud.endpoint),
        clients.cloudwatch_read(aws, endpoint_url=cloud.endpoint),
        environment=ENVIRONMENT,
        fence=Fence(),
        monotonic=clock,
    )


def _carrier(
    ledger: Ledger, alerts: Alerts, metrics: Metrics, *, clock: Callable[[], float], meters: Meters
) -> Carrier:
    return Carrier(
        ledger=ledger,
        metrics=metrics,
        alerts=alerts,
        clock=clock,
        sleep=lambda _: None,
        nonce=_nonce,
        meters=meters,
    )


def errors_in(cloud: Cloud) -> Counter[tuple[str, int]]:
    """Answer what CloudWatch holds: errors by (service, minute), and by ("", moment) the alerts."""
    counts: Counter[tuple[str, int]] = Counter()
    for datum in cloud.accepted:
        assert datum.namespace == METRIC_NAMESPACE
        if datum.metric in {LOG_ERRORS, ALERT_TRIGGERED}:
            assert datum.dimensions["Environment"] == ENVIRONMENT
            assert list(datum.values) == [1]
            counts[datum.dimensions.get("Service", ""), int(datum.timestamp)] += int(datum.counts[0])
    return counts


def alerts_in(aws: boto3.Session, cloud: Cloud, wired: Wired) -> list[str]:
    """Answer the deduplication ids of all alerts that arrived, duplicates too."""
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
    ids = []
    while messages := sqs.receive_message(QueueUrl=wired.inbox_url, MaxNumberOfMessages=10).get("Messages"):
        ids += [json.loads(message["Body"])["MessageAttributes"]["deduplication_id"]["Value"] for message in messages]
    return ids


def _nonce() -> Nonce:
    return Nonce(str(uuid.uuid4()))
