"""What counting an object leads to: on the graph, in the inbox of alerts, and in the ledger's words."""

from datetime import UTC, datetime

import boto3
import pytest
from msgspec import Struct

from core.accounts import Brief, VersionAccount
from core.aws import clients
from core.aws.history import History
from core.aws.objects import Objects
from core.aws.table import Table
from core.history import State
from core.intake import take_in
from core.limits import DAY_S, MINUTE_S
from core.lookup import Reported, accounts, briefs, reported
from core.model import Bucket, Effect, End, EndKind, ETag, Member, ObjectCreated, ObjectKey, ObjectRef, Rule
from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.hands import Hands, errors_in

BUCKET = Bucket("full")
KEY = ObjectKey("app.jsonl")
THRESHOLD = 3
RULES = (Rule(name="default", threshold=THRESHOLD),)


class _Counted(Struct, frozen=True, kw_only=True):
    """What is to be seen of an object once its push is over."""

    member: Member
    graph: dict[str, int]  # errors by service; by no service: the alerts
    alerts: list[str]
    account: VersionAccount
    brief: Brief
    reported: Reported


class _Counting(Struct, frozen=True):
    """A bucket that tells nobody, and whoever counts what is in it."""

    hands: Hands
    objects: Objects

    def put(self, errors: int, *, ago_s: float = 0, body: bytes | None = None) -> ObjectRef:
        """Put a file of so many errors of one minute."""
        at = datetime.fromtimestamp(self.hands.clock() // MINUTE_S * MINUTE_S - ago_s, UTC)
        line = f'{{"ts":"{at:%Y-%m-%dT%H:%M:%S}Z","service":"orders","level":"ERROR"}}\n'.encode()
        s3 = clients.s3(self.hands.aws, endpoint_url=self.hands.cloud.endpoint)
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=line * errors if body is None else body)
        return self.objects.find(BUCKET, KEY).ref

    def take_in(self, ref: ObjectRef, effect: Effect) -> Member | End:
        """Read it."""
        return take_in(
            ObjectCreated(ref=ref, effect=effect),
            head=None,
            objects=self.objects,
            rules=RULES,
            topic_arn=self.hands.wired.topic_arn,
            clock=self.hands.clock,
        )

    def count(self, ref: ObjectRef, effect: Effect) -> _Counted:
        """Count it, and look."""
        member = self.take_in(ref, effect)
        assert isinstance(member, Member)
        hand = self.hands.new()
        hand.pusher.intend([member])
        hand.pusher.finish()
        hand.pusher.rest()
        client = clients.dynamodb(self.hands.aws, endpoint_url=self.hands.cloud.endpoint)
        history = History(Table(client, self.hands.wired.table, sleep=lambda _: None, jitter=lambda: 0.0))
        known = history.known(BUCKET, KEY)
        (account,) = accounts(known, history=history, ledger=hand.ledger)
        (brief,) = briefs(list(known.versions), ledger=hand.ledger)
        told = reported(ref, history=history, ledger=hand.ledger)
        assert told is not None
        graph = {service: count for (service, _), count in errors_in(self.hands.cloud).items()}
        return _Counted(
            member=member, graph=graph, alerts=self.hands.alerts(), account=account, brief=brief, reported=told
        )


@pytest.fixture
def counting(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> _Counting:
    s3 = clients.s3(aws, endpoint_url=cloud.endpoint)
    s3.create_bucket(Bucket=BUCKET)
    return _Counting(Hands(cloud=cloud, clock=clock, aws=aws, wired=wired), Objects(s3))


def test_all_goes_to_the_graph_and_rings(counting: _Counting) -> None:
    """As whatever S3 announces."""
    made = counting.count(counting.put(THRESHOLD), Effect.ALL)

    assert made.graph == {"orders": 3, "": 1}
    assert len(made.alerts) == 1
    assert (made.account.rang, made.brief.alert, made.reported.counted) == (True, True, True)
    assert made.account.why == "The graph shows its 3 errors, once."


def test_silence_goes_to_the_graph_and_does_not_ring(counting: _Counting) -> None:
    """Nobody is woken by last month; the report says all the same that it is over its threshold."""
    made = counting.count(counting.put(THRESHOLD), Effect.SILENT)

    assert made.graph == {"orders": 3}
    assert made.alerts == []
    assert (made.account.state, made.brief.state) == (State.SETTLED, State.SETTLED)
    assert (made.account.rang, made.brief.alert, made.reported.counted) == (False, False, True)
    assert made.reported.report.alert
    assert made.account.why == (
        "The graph shows its 3 errors, once. It was counted without alerts, so it did not ring."
    )
    assert (made.account.on_graph and made.account.on_graph.errors, made.reported.effect) == (3, Effect.SILENT)


def test_silence_says_nothing_of_what_would_not_have_rung(counting: _Counting) -> None:
    """Two errors are under the threshold."""
    made = counting.count(counting.put(THRESHOLD - 1), Effect.SILENT)

    assert made.graph == {"orders": 2}
    assert made.account.why == "The graph shows its 2 errors, once."


def test_silence_about_what_cloudwatch_does_not_take_any_more(counting: _Counting) -> None:
    """Then there is nothing to push."""
    made = counting.count(counting.put(THRESHOLD, ago_s=20 * DAY_S), Effect.SILENT)

    assert (made.graph, made.alerts) == ({}, [])
    assert (made.account.state, made.brief.outside_window, made.reported.counted) == (State.EMPTY, 3, False)
    assert made.account.why == (
        "The graph shows nothing of it. Of 3 errors 3 are outside CloudWatch's window."
        " It was counted without alerts, so it did not ring."
    )


def test_for_the_ledger_alone_nothing_leaves_it(counting: _Counting) -> None:
    """And nobody is told that its errors are in CloudWatch."""
    made = counting.count(counting.put(THRESHOLD), Effect.NONE)

    assert (made.graph, made.alerts) == ({}, [])
    assert counting.hands.cloud.calls.count("cloudwatch") == 0
    assert (made.account.state, made.account.push) == (State.EMPTY, None)
    assert (made.account.rang, made.brief.alert, made.reported.counted) == (False, False, False)
    assert (made.brief.total, made.reported.report.total, made.brief.outside_window) == (3, 3, 0)
    assert made.account.why == (
        "It was counted for the ledger alone: the graph shows nothing of it, and it did not ring."
    )


@pytest.mark.parametrize("effect", Effect)
def test_a_file_without_errors_is_counted_whatever_was_asked_for(counting: _Counting, effect: Effect) -> None:
    """There is nothing that CloudWatch lacks."""
    body = b'{"ts":"2025-01-01T00:00:00Z","service":"calm","level":"INFO"}\n'
    made = counting.count(counting.put(0, body=body), effect)

    assert (made.graph, made.alerts) == ({}, [])
    assert (made.account.state, made.account.rang, made.reported.counted) == (State.EMPTY, False, True)
    assert made.account.why == "It has no errors, so there is nothing to show."


@pytest.mark.parametrize("first", Effect)
@pytest.mark.parametrize("second", Effect)
def test_what_was_counted_first_stays(counting: _Counting, first: Effect, second: Effect) -> None:
    """Who counts it again, asking for something else, finds it in the ledger: it is counted once."""
    ref = counting.put(THRESHOLD)
    before = counting.count(ref, first)
    after = counting.count(ref, second)

    assert after.graph == before.graph
    assert after.alerts == []
    assert after.account == before.account


@pytest.mark.parametrize("effect", Effect)
def test_what_can_not_be_read_is_an_end_whatever_was_asked_for(counting: _Counting, effect: Effect) -> None:
    """With the same reason."""
    ref = counting.put(0, body=b"PK\x03\x04" + bytes(300))
    entry = counting.take_in(ref, effect)
    gone = counting.take_in(ObjectRef(bucket=BUCKET, key=ObjectKey("gone"), etag=ETag("e")), effect)

    assert isinstance(entry, End)
    assert (entry.kind, "zip archive" in entry.reason) == (EndKind.FAILED, True)
    assert isinstance(gone, End)
    assert gone.kind is EndKind.GONE
