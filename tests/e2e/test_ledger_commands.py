"""`logtally ledger` as a user runs it: a process, its exit code, what it prints where."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from msgspec import Struct
from msgspec.structs import replace

from core.aws import clients
from core.aws.history import History
from core.aws.ledger import RefusedDatum
from core.aws.table import Table
from core.errors import Transient
from core.limits import DAY_S, HOUR_S
from core.model import (
    Bucket,
    Datum,
    End,
    EndKind,
    ETag,
    Member,
    Minute,
    ObjectKey,
    ObjectRef,
    Outside,
    VersionId,
)
from core.push.plan import requests_of
from core.writers import Nonce, Outstanding, Seq, Series, Slot, Writer
from local.clock import VirtualClock
from local.cloud import Cloud
from local.faults import DENIED, Fail, Fault, Kind, LoseAnswer, LoseRequest
from local.wiring import Wired
from tests.e2e.hands import ENVIRONMENT, Hand, Hands, errors_in
from tests.e2e.members import member_of
from tests.e2e.terminal import shown_on_a_terminal

BIN = Path(sys.executable).parent


class User(Struct):
    """Somebody at a terminal, with the settings of the worker."""

    hands: Hands
    environment: dict[str, str]

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `logtally ledger` with `words`, and `more` in the environment."""
        return subprocess.run(
            [str(BIN / "logtally"), "ledger", *words],
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def told(self, *words: str, code: int = 0, **more: str) -> Any:
        """Answer the JSON that it prints."""
        done = self.run(*words, **more)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def user(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> User:
    environment = {
        "PATH": os.environ["PATH"],
        **cloud.environment(wired),
        "LOGTALLY_ENVIRONMENT": ENVIRONMENT,
        "LOGTALLY_SETTLE_AFTER_S": "0",
    }
    return User(Hands(cloud=cloud, clock=clock, aws=aws, wired=wired), environment)


@pytest.fixture
def hand(user: User) -> Hand:
    return user.hands.new()


def _ref(key: str, *, etag: str = "e1") -> ObjectRef:
    return ObjectRef(bucket=Bucket("logs"), key=ObjectKey(key), etag=ETag(etag), version_id=VersionId("v1"))


def _member(
    key: str, data: Sequence[Datum], *, etag: str = "e1", outside: Outside | None = None, topic_arn: str | None = None
) -> Member:
    return member_of(_ref(key, etag=etag), data, outside=outside, topic_arn=topic_arn)


def _push(hand: Hand, *members: Member | End) -> None:
    hand.pusher.intend(members)
    hand.pusher.finish()
    hand.pusher.rest()


def _minute(user: User, *, ago_s: int = 300) -> int:
    return int(user.hands.clock() - ago_s) // 60 * 60


def _in_doubt(user: User, hand: Hand, member: Member, *, landed: bool) -> None:
    kind = LoseAnswer() if landed else LoseRequest()
    with user.hands.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=kind)):
        _push(hand, member)


def _settled(hand: Hand, member: Member, *, at: float, refused: Datum | None = None) -> None:
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


def _put_by_hand(user: User, service: str, count: int, *, at: int, value: float = 1.0) -> None:
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


def _iso(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _an_hour_ago(user: User) -> str:
    return _iso(user.hands.clock() - HOUR_S)


def test_show_says_what_is_on_the_graph_and_what_is_not(user: User, hand: Hand) -> None:
    """Errors outside the window and refused data are missing there, and the reason is beside them."""
    at = _minute(user)
    too_old = Datum(at - 20 * DAY_S, "auth", 4)
    outside = Outside(errors=3, first=Minute(at - 30 * DAY_S), last=Minute(at - 29 * DAY_S))
    data = [too_old, Datum(at, "orders", 5), Datum(at + 60, "orders", 2), Datum(at + 61, None, 1)]
    _push(hand, _member("a b.jsonl", data, outside=outside, topic_arn=user.hands.wired.topic_arn))

    told = user.told("show", "s3://logs/a b.jsonl")

    (version,) = told["versions"]
    assert (version["etag"], version["versionId"], version["state"]) == ("e1", "v1", "settled")
    assert version["report"]["total"] == 14
    assert version["report"]["byService"] == {"auth": 4, "orders": 7}
    assert version["report"]["alert"] is True
    assert version["onGraph"]["errors"] == 7
    assert version["onGraph"]["alerts"] == 1
    assert version["outsideWindow"]["errors"] == 3
    (refused,) = version["refused"]
    assert (refused["service"], refused["errors"]) == ("auth", 4)
    assert "past two weeks" in refused["reason"]
    assert version["push"]["push"] == 1
    assert version["push"]["seq"] > 1  # each half of what was refused took a number
    assert version["why"] == (
        "The graph shows its 7 errors, once. Of 14 errors 3 are outside CloudWatch's window and 4 CloudWatch refuses."
    )


def test_show_says_when_the_graph_has_nothing_of_a_file(user: User, hand: Hand) -> None:
    """All its minutes are too old; its alert counts all the same."""
    at = _minute(user)
    outside = Outside(errors=14, first=Minute(at - 30 * DAY_S), last=Minute(at - 29 * DAY_S))
    _push(hand, _member("old", [Datum(at, None, 1)], outside=outside, topic_arn=user.hands.wired.topic_arn))
    _push(hand, _member("calm", [], outside=outside))

    whys = [user.told("show", f"s3://logs/{key}")["versions"][0]["why"] for key in ("old", "calm")]

    assert whys == ["The graph shows nothing of it. Of 14 errors 14 are outside CloudWatch's window."] * 2


def test_show_tells_the_versions_of_a_key_apart(user: User, hand: Hand) -> None:
    """The newest first; each with its own end."""
    at = _minute(user)
    _push(hand, _member("a.jsonl", [Datum(at, "orders", 5)], etag="e1"))
    _push(hand, _member("a.jsonl", [], etag="e2"))
    _push(hand, End(ref=_ref("a.jsonl", etag="e3"), kind=EndKind.FAILED, reason="truncated gzip"))
    _in_doubt(user, hand, _member("a.jsonl", [Datum(at, "orders", 9)], etag="e4"), landed=False)

    versions = user.told("show", "s3://logs/a.jsonl")["versions"]

    assert [(version["etag"], version["state"]) for version in versions] == [
        ("e4", "outstanding"),
        ("e3", "failed"),
        ("e2", "empty"),
        ("e1", "settled"),
    ]
    assert [version["why"] for version in versions] == [
        "Its push is not over: the graph shows its 9 errors, or not yet; nothing is shown twice.",
        "Not counted: truncated gzip.",
        "It has no errors, so there is nothing to show.",
        "The graph shows its 5 errors, once.",
    ]


@pytest.mark.parametrize("words", [("show",), ("forget",), ("forget", "--yes")], ids=" ".join)
def test_a_key_that_the_ledger_never_saw_ends_with_2(user: User, words: tuple[str, ...]) -> None:
    """In one clear line."""
    done = user.run(*words, "s3://logs/nobody.jsonl")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: s3://logs/nobody.jsonl: the ledger has never seen it\n"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("show", "logs/a.jsonl"), "s3://logs/prod/app.jsonl"),
        (("show", "s3://logs"), "s3://logs/prod/app.jsonl"),
        (("forget", "s3:///a"), "s3://logs/prod/app.jsonl"),
        (("list", "--state", "bogus"), "--state"),
        (("list", "--limit", "0"), "--limit"),
        (("reconcile",), "--since"),
        (("reconcile", "--since", "yesterday"), "RFC 3339"),
        (("reconcile", "--since", "2020-01-01T00:00:00Z"), "15 days"),
        (("reconcile", "--since", "2099-01-01T00:00:00Z"), "not before now"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_one_clear_line(user: User, words: tuple[str, ...], named: str) -> None:
    """It names what is wrong; nothing goes to stdout."""
    done = user.run(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_setting_is_named(user: User) -> None:
    """The settings are the worker's."""
    done = user.run("list", LOGTALLY_TABLE="")

    assert (done.returncode, done.stdout) == (2, "")
    assert "LOGTALLY_TABLE" in done.stderr
    assert done.stderr.count("\n") == 1


def test_only_who_asks_by_day_needs_the_index(user: User, hand: Hand, aws: boto3.Session) -> None:
    """It is named, with what it must be; a file can be looked up without it."""
    dynamodb = clients.dynamodb(aws, endpoint_url=user.hands.cloud.endpoint)
    dynamodb.create_table(
        TableName="no-index",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )

    by_day = [
        user.run(*words, LOGTALLY_TABLE="no-index")
        for words in (["list"], ["reconcile", "--since", _an_hour_ago(user)])
    ]
    by_name = user.run("show", "s3://logs/a", LOGTALLY_TABLE="no-index")

    needed = "it needs one by day (a string) and at (a string), of all attributes"
    line = f"error: table no-index has no index recent; {needed}\n"
    assert [(done.returncode, done.stderr) for done in by_day] == [(2, line), (2, line)]
    assert (by_name.returncode, by_name.stderr) == (2, "error: s3://logs/a: the ledger has never seen it\n")


@pytest.mark.parametrize(
    "words",
    [
        ("show", "s3://logs/a"),
        ("list",),
        ("writers",),
        ("settle",),
        ("reconcile", "--since"),
        ("forget", "s3://logs/a"),
    ],
    ids=" ".join,
)
def test_what_aws_refuses_ends_with_1_and_one_clear_line(user: User, words: tuple[str, ...]) -> None:
    """Nobody guesses what is in a ledger that may not be read."""
    words = (*words, _an_hour_ago(user)) if words[-1] == "--since" else words
    with user.hands.cloud.faults.inject(Fault(service="dynamodb", operation="Query", kind=DENIED, nth=None)):
        done = user.run(*words)

    assert (done.returncode, done.stdout) == (1, "")
    assert "not permitted" in done.stderr
    assert done.stderr.count("\n") == 1


def test_list_shows_the_newest_first(user: User, hand: Hand) -> None:
    """Over days and shards."""
    now = user.hands.clock()
    _settled(hand, _member("days ago", [Datum(int(now) - 3 * DAY_S, "orders", 1)]), at=now - 3 * DAY_S)
    for key in "abcdefghij":
        _push(hand, _member(key, [Datum(_minute(user), "orders", 1)]))
    hand.ledger.bury("m1", reason="no message", body="x", at=now)  # type: ignore[arg-type]  # a message id

    done = user.run("list", "--limit", "12")

    told = json.loads(done.stdout)["objects"]
    assert [line["key"] for line in told] == [*reversed("abcdefghij"), "days ago"]
    assert {(line["state"], line["total"]) for line in told} == {("settled", 1)}
    assert done.stderr == "note: no more in the last 30 days; --days looks further back\n"


def test_list_is_limited_by_number_and_state(user: User, hand: Hand) -> None:
    """And by the days that it looks back."""
    now = user.hands.clock()
    for key in "abc":
        _push(hand, _member(key, [Datum(_minute(user), "orders", 1)]))
    for n in range(4):
        hand.ledger.end([End(ref=_ref(f"f{n}"), kind=EndKind.FAILED, reason="damaged")], token=Nonce(""), at=now + n)
    hand.ledger.end([End(ref=_ref("old"), kind=EndKind.FAILED, reason="old")], token=Nonce(""), at=now - 5 * DAY_S)

    assert [line["key"] for line in user.told("list", "--limit", "2", "--state", "failed")["objects"]] == ["f3", "f2"]
    told = user.told("list", "--state", "failed", "--days", "3")["objects"]
    assert [(line["key"], line["reason"]) for line in told] == [(f"f{n}", "damaged") for n in (3, 2, 1, 0)]
    assert [line["key"] for line in user.told("list", "--state", "settled", "--limit", "1")["objects"]] == ["c"]


def test_writers_shows_what_is_outstanding(user: User, hand: Hand) -> None:
    """Since when it was intended, which request is being sent, and whose objects wait for it."""
    before = user.hands.clock()
    services = [f"s{n}" for n in range(20)]
    data = [Datum(_minute(user) - 60 * n, service, 1) for service in services for n in range(60)]
    _in_doubt(user, hand, _member("huge", data), landed=True)
    _push(hand, _member("small", [Datum(_minute(user), "orders", 1)]))

    first, second = user.told("writers")["writers"]

    assert (first["slot"], second["slot"], second["outstanding"]) == (0, 1, None)
    outstanding = first["outstanding"]
    assert (outstanding["push"], outstanding["request"], outstanding["requests"]) == (1, 1, 2)
    assert outstanding["members"] == [{"bucket": "logs", "key": "huge", "etag": "e1"}]
    assert abs(datetime.fromisoformat(outstanding["since"]).timestamp() - before) < 10


def test_settle_finishes_what_landed(user: User, hand: Hand) -> None:
    """Its mark can be read: the push is committed, and nothing is sent again."""
    _in_doubt(user, hand, _member("a", [Datum(_minute(user), "orders", 5)]), landed=True)

    told = user.told("settle")

    assert [(slot["slot"], slot["push"], slot["outcome"]) for slot in told["slots"]] == [(0, 1, "settled")]
    assert user.told("show", "s3://logs/a")["versions"][0]["state"] == "settled"
    assert user.hands.cloud.calls.count("cloudwatch", "PutMetricData") == 1


def test_settle_never_sends_again_before_its_time(user: User, hand: Hand) -> None:
    """No mark, and the fence is not over: it waits, and says until when. That is no failure."""
    _in_doubt(user, hand, _member("a", [Datum(_minute(user), "orders", 5)]), landed=False)

    told = user.told("settle")

    assert [slot["outcome"] for slot in told["slots"]] == ["waiting"]
    assert "can be told" in told["slots"][0]["words"]
    assert user.hands.cloud.calls.count("cloudwatch", "PutMetricData") == 1


def test_settle_probes_and_sends_again_after_a_shorter_fence_of_the_local_cloud(user: User, hand: Hand) -> None:
    """By the same rule as the worker: only where every endpoint is on the loopback."""
    # Over at once, by a clock that shows whole seconds: what was lost certainly does not arrive any more.
    fence = json.dumps({"margin_s": 60.0, "signature_age_s": -62.0, "hold_s": 0.0})
    data = Datum(_minute(user), "orders", 5)
    _in_doubt(user, hand, _member("a", [data]), landed=False)

    outcomes = [user.told("settle", LOGTALLY_LOCAL_FENCE=fence)["slots"][0]["outcome"] for _ in range(2)]

    assert outcomes == ["probed", "settled"]
    assert errors_in(user.hands.cloud) == Counter({("orders", data.at): 5})


def test_settle_leaves_a_push_alone_that_a_worker_may_be_busy_with(user: User, hand: Hand) -> None:
    """It is younger than LOGTALLY_SETTLE_AFTER_S."""
    hand.pusher.intend([_member("a", [Datum(_minute(user), "orders", 5)])])

    told = user.told("settle", LOGTALLY_SETTLE_AFTER_S="60")

    assert [slot["outcome"] for slot in told["slots"]] == ["too young"]


def test_settle_with_nothing_outstanding_says_so(user: User) -> None:
    """And is done."""
    done = user.run("settle")

    assert (done.returncode, json.loads(done.stdout), done.stderr) == (
        0,
        {"slots": []},
        "note: nothing is outstanding\n",
    )


def test_settle_ends_with_1_when_marks_may_not_be_read(user: User, hand: Hand) -> None:
    """Then nobody can settle."""
    _in_doubt(user, hand, _member("a", [Datum(_minute(user), "orders", 5)]), landed=True)
    denied = Fault(service="cloudwatch", operation="GetMetricStatistics", kind=DENIED, nth=None)
    with user.hands.cloud.faults.inject(denied):
        told = user.told("settle", code=1)

    assert told["slots"][0]["outcome"] == "failed"
    assert "not permitted" in told["slots"][0]["words"]


def test_a_graph_that_is_right_is_equal(user: User, hand: Hand) -> None:
    """What lies outside CloudWatch's window is not due."""
    at = _minute(user)
    outside = Outside(errors=3, first=Minute(at - 30 * DAY_S), last=Minute(at - 30 * DAY_S))
    _push(hand, _member("a", [Datum(at, "orders", 5), Datum(at, "auth", 2)], outside=outside))
    _push(hand, _member("b", [Datum(at, "orders", 1), Datum(at - 60, "orders", 1), Datum(at + 1, None, 1)]))

    done = user.run("reconcile", "--since", _an_hour_ago(user))

    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert (told["verdict"], told["differing"], told["open"], told["outstanding"]) == ("equal", [], [], [])
    assert told["errors"]["graph"] == 9
    assert done.stderr == "equal: of 4 minutes of services and alerts, none differ\n"


def test_a_graph_with_more_than_the_files_differs(user: User, hand: Hand) -> None:
    """Somebody put data beside logtally: the minute and the service are named."""
    at = _minute(user)
    _push(hand, _member("a", [Datum(at, "orders", 5), Datum(at + 60, "orders", 2)]))
    _put_by_hand(user, "orders", 3, at=at)
    _put_by_hand(user, "stranger", 1, at=at)

    done = user.run("reconcile", "--since", _an_hour_ago(user))

    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(line["minute"], line["service"], line["fresh"], line["graph"]) for line in told["differing"]] == [
        (_iso(at), "orders", 5, 8),
        (_iso(at), "stranger", 0, 1),
    ]
    assert done.stderr == "NOT EQUAL: of 3 minutes of services and alerts, 2 differ\n"


def test_the_same_sum_made_of_other_values_differs(user: User, hand: Hand) -> None:
    """Of our own data Sum and SampleCount are both the number of errors."""
    at = _minute(user, ago_s=3 * HOUR_S)
    _settled(hand, _member("a", [Datum(at, "orders", 4)]), at=at + 60)
    _put_by_hand(user, "orders", 2, at=at, value=2.0)

    told = user.told("reconcile", "--since", _iso(at - 60), code=1)

    assert [(line["due"], line["graph"], line["samples"]) for line in told["differing"]] == [(4, 4, 2)]


def test_a_graph_with_less_than_what_is_settled_differs(user: User, hand: Hand) -> None:
    """It has been readable for long: what is not there was lost."""
    at = _minute(user, ago_s=3 * HOUR_S)
    _settled(hand, _member("a", [Datum(at, "orders", 5), Datum(at, "auth", 2)]), at=at + 60)
    _put_by_hand(user, "auth", 2, at=at)

    told = user.told("reconcile", "--since", _iso(at), "--until", _iso(at + 60), code=1)

    assert [(line["service"], line["due"], line["graph"]) for line in told["differing"]] == [("orders", 5, 0)]


@pytest.mark.parametrize("ago_s", [300, 5 * HOUR_S])
def test_what_cloudwatch_refused_is_not_missed(user: User, hand: Hand, ago_s: int) -> None:
    """Not while it is fresh, nor later: the ledger holds the reason."""
    at = _minute(user, ago_s=ago_s)
    bad, good = Datum(at, "auth", 5), Datum(at, "orders", 2)
    _settled(hand, _member("a", [bad, good]), at=at + 60, refused=bad)
    _put_by_hand(user, "orders", 2, at=at)

    told = user.told("reconcile", "--since", _iso(at - 60))

    assert (told["verdict"], told["open"], told["errors"]["graph"]) == ("equal", [], 2)


def test_what_is_outstanding_is_no_difference(user: User, hand: Hand) -> None:
    """The graph may show it or not; it is named apart."""
    at = _minute(user)
    _in_doubt(user, hand, _member("there", [Datum(at, "orders", 5)]), landed=True)
    _in_doubt(user, hand, _member("not there", [Datum(at, "orders", 3)]), landed=False)

    told = user.told("reconcile", "--since", _an_hour_ago(user))

    assert told["verdict"] == "equal"
    assert [(line["outstanding"], line["graph"]) for line in told["open"]] == [(8, 5)]
    assert {name["key"] for name in told["outstanding"]} == {"there", "not there"}


def test_what_is_not_readable_yet_is_no_difference(user: User, hand: Hand) -> None:
    """CloudWatch takes its time, the longer the older the minute."""
    at = _minute(user, ago_s=30 * HOUR_S)
    user.hands.cloud.delay_metrics(HOUR_S)
    _push(hand, _member("a", [Datum(at, "orders", 5)]))

    told = user.told("reconcile", "--since", _iso(at))

    assert told["verdict"] == "equal"
    assert [(line["due"], line["fresh"], line["graph"]) for line in told["open"]] == [(0, 5, 0)]


def test_days_are_asked_one_at_a_time(user: User, hand: Hand) -> None:
    """One answer of GetMetricStatistics takes 1440 points."""
    at = _minute(user, ago_s=5 * DAY_S)
    _push(hand, _member("a", [Datum(at, "orders", 5), Datum(_minute(user), "orders", 1)]))

    told = user.told("reconcile", "--since", _iso(at - DAY_S))

    assert (told["verdict"], told["compared"], told["errors"]["graph"]) == ("equal", 2, 6)


def test_forget_is_dry_unless_told_otherwise(user: User, hand: Hand) -> None:
    """And it says what counting again would do."""
    _push(hand, _member("a", [Datum(_minute(user), "orders", 5)]))

    done = user.run("forget", "s3://logs/a")

    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert told["dryRun"] is True
    assert [line["etag"] for line in told["forgotten"]] == ["e1"]
    assert done.stderr.splitlines() == [
        "warning: CloudWatch can't unlearn what it holds of it: counting again doubles it",
        "dry run: nothing was removed; add --yes",
    ]
    assert hand.ledger.known([_ref("a")]) == {_ref("a")}


def test_what_is_forgotten_is_counted_again(user: User, hand: Hand) -> None:
    """All its versions, and with them its head; then the graph holds it twice, and reconcile says so."""
    at = _minute(user)
    member = _member("a", [Datum(at, "orders", 5)])
    _push(hand, member)
    _push(hand, _member("a", [], etag="e2"))
    dynamodb = clients.dynamodb(user.hands.aws, endpoint_url=user.hands.cloud.endpoint)
    head: Any = {"pk": {"S": "object#logs/a"}, "sk": {"S": "head"}}
    dynamodb.put_item(TableName=user.hands.wired.table, Item={**head, "rev": {"N": "3"}})

    told = user.told("forget", "s3://logs/a", "--yes")

    assert (told["head"], told["dryRun"]) == (True, False)
    assert user.run("show", "s3://logs/a").returncode == 2
    assert "Item" not in dynamodb.get_item(TableName=user.hands.wired.table, Key=head)
    _push(hand, member)
    assert errors_in(user.hands.cloud) == Counter({("orders", at): 10})
    assert user.told("reconcile", "--since", _an_hour_ago(user), code=1)["differing"][0]["graph"] == 10


def test_one_version_can_be_forgotten(user: User, hand: Hand) -> None:
    """The others stay."""
    for etag in ("e1", "e2"):
        _push(hand, _member("a", [Datum(_minute(user), "orders", 5)], etag=etag))

    user.told("forget", "s3://logs/a", "--etag", "e1", "--yes")

    assert [version["etag"] for version in user.told("show", "s3://logs/a")["versions"]] == ["e2"]
    assert user.run("forget", "s3://logs/a", "--etag", "e1", "--yes").returncode == 2


def test_an_object_whose_push_is_outstanding_is_not_forgotten(user: User, hand: Hand) -> None:
    """It may still be counted; and whoever settles it needs its data."""
    _in_doubt(user, hand, _member("a", [Datum(_minute(user), "orders", 5)]), landed=True)

    done = user.run("forget", "s3://logs/a", "--yes")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: s3://logs/a: its push is outstanding, and may still be counted: settle it first\n"
    assert hand.ledger.known([_ref("a")]) == {_ref("a")}


def test_what_changed_since_it_was_read_is_not_forgotten(user: User, hand: Hand) -> None:
    """Somebody forgot it before, and it was counted again: this one is outstanding."""
    member = _member("a", [Datum(_minute(user), "orders", 5)])
    dynamodb = clients.dynamodb(user.hands.aws, endpoint_url=user.hands.cloud.endpoint)
    history = History(Table(dynamodb, user.hands.wired.table, sleep=lambda _: None, jitter=lambda: 1.0))
    _push(hand, member)
    known = history.known(Bucket("logs"), ObjectKey("a"))
    user.told("forget", "s3://logs/a", "--yes")
    _in_doubt(user, hand, member, landed=True)

    with pytest.raises(Transient, match="nothing was removed"):
        hand.ledger.forget(known.versions, head_rev=None, token=Nonce("again"))

    assert history.known(Bucket("logs"), ObjectKey("a")).versions != ()


@pytest.mark.parametrize("kind", [LoseAnswer(), Fail(effect=True)], ids=str)
def test_forgetting_whose_answer_is_lost_is_done(user: User, hand: Hand, kind: Kind) -> None:
    """The same transaction again is recognised by its token."""
    _push(hand, _member("a", [Datum(_minute(user), "orders", 5)]))
    with user.hands.cloud.faults.inject(Fault(service="dynamodb", operation="TransactWriteItems", kind=kind)):
        user.told("forget", "s3://logs/a", "--yes")

    assert user.run("show", "s3://logs/a").returncode == 2


def _on_a_terminal(user: User, *words: str) -> str:
    environment = user.environment | {"TERM": "xterm-256color", "COLUMNS": "160"}
    _, shown = shown_on_a_terminal([str(BIN / "logtally"), "ledger", *words], environment=environment)
    return shown


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (
            ("show", "s3://logs/a\x1b]0;owned\x07[red]b"),
            ["outstanding", "Its push is not over", "orders 5", "of slot 0"],
        ),
        (("list",), ["outstanding", "[red]b"]),
        (("writers",), ["1 of 1", "[red]b"]),
        (("settle",), ["waiting"]),
        (("reconcile", "--since"), ["orders", "waits", "equal"]),
    ],
    ids=lambda value: str(value[0]),
)
def test_a_terminal_shows_a_table(user: User, hand: Hand, words: tuple[str, ...], seen: list[str]) -> None:
    """And no name steers it."""
    _in_doubt(user, hand, _member("a\x1b]0;owned\x07[red]b", [Datum(_minute(user), "orders", 5)]), landed=False)
    words = (*words, _an_hour_ago(user)) if words[-1] == "--since" else words

    shown = _on_a_terminal(user, *words)

    assert "\x1b]0;" not in shown
    assert [text for text in seen if text not in shown] == []
