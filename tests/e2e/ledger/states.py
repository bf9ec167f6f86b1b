"""The states of the ledger and of the graph that the commands are asked about, and what is written in them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from core.aws import clients
from core.aws.ledger import RefusedDatum
from core.limits import HOUR_S
from core.model import Bucket, Datum, End, ETag, Member, ObjectKey, ObjectRef, Outside, VersionId
from core.push.plan import requests_of
from core.writers import Nonce, Outstanding, Seq, Series, Slot, Writer
from local.faults import Fault, LoseAnswer, LoseRequest
from tests.e2e.hands import ENVIRONMENT, Hand
from tests.e2e.ledger.user import User
from tests.e2e.members import member_of


def ref_of(key: str, *, etag: str = "e1") -> ObjectRef:
    """Name a version of a key in the bucket `logs`."""
    return ObjectRef(bucket=Bucket("logs"), key=ObjectKey(key), etag=ETag(etag), version_id=VersionId("v1"))


def member_named(
    key: str, data: Sequence[Datum], *, etag: str = "e1", outside: Outside | None = None, topic_arn: str | None = None
) -> Member:
    """Answer a member of a push that sends `data`. It rings if there is a topic."""
    return member_of(ref_of(key, etag=etag), data, outside=outside, topic_arn=topic_arn)


def push(hand: Hand, *members: Member | End) -> None:
    """Push, and commit it."""
    hand.pusher.intend(members)
    hand.pusher.finish()
    hand.pusher.rest()


def a_minute(user: User, *, ago_s: int = 300) -> int:
    """Answer a minute of the cloud, so long ago."""
    return int(user.hands.clock() - ago_s) // 60 * 60


def left_in_doubt(user: User, hand: Hand, member: Member, *, landed: bool) -> None:
    """Push without getting an answer, so that it stays outstanding."""
    kind = LoseAnswer() if landed else LoseRequest()
    with user.hands.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=kind)):
        push(hand, member)


def settled(hand: Hand, member: Member, *, at: float, refused: Datum | None = None) -> None:
    """Let the ledger hold a push that was over at `at`; CloudWatch is told by the test."""
    requests = requests_of([member.data], environment=ENVIRONMENT)
    outstanding = Outstanding(push=Seq(1), members=(member.ref,), requests=requests, i=0, bells=(), sent_at=at)
    writer = Writer(
        slot=Slot(7), series=Series("0" * 8), seq=Seq(1), by=Nonce("a"), used_at=at, outstanding=outstanding
    )
    hand.ledger.intend(writer, members=[member], ends=[], at=at)
    if refused is not None:
        out = RefusedDatum(ref=member.ref, n=member.data.index(refused), datum=refused, reason="invalid")
        writer = replace(writer, seq=Seq(2), by=Nonce("c"))
        hand.ledger.move(writer, at=at, refused=out)
    hand.ledger.move(replace(writer, by=Nonce("b"), outstanding=None), at=at)


def put_by_hand(user: User, service: str, count: int, *, at: int, value: float = 1.0) -> None:
    """Put `count` samples of `value` on the graph, beside logtally."""
    dimensions = [{"Name": "Service", "Value": service}, {"Name": "Environment", "Value": ENVIRONMENT}]
    clients.cloudwatch_put(user.hands.aws, endpoint_url=user.hands.cloud.endpoint).put_metric_data(
        Namespace="LogAnalytics",
        MetricData=[
            {
                "MetricName": "logErrors",
                "Dimensions": dimensions,  # type: ignore[typeddict-item]  # the stubs want a literal
                "Timestamp": datetime.fromtimestamp(at, UTC),
                "Values": [value],
                "Counts": [float(count)],
            }
        ],
    )


def iso(at: float) -> str:
    """Answer a time as a user writes it."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def an_hour_ago(user: User) -> str:
    """Answer that, by the clock of the cloud."""
    return iso(user.hands.clock() - HOUR_S)
