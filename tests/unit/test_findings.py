"""What doctor finds: the judgement of each answer."""

import json

import pytest

from core import findings
from core.errors import Denied, LogtallyError, NoCredentials, NotFound, Permanent, Transient, Usage
from core.facts import Announced, Expiry, Notification, QueueFacts, Redrive, Subscribers
from core.findings import Finding, Unasked, Verdict

ARN = "arn:aws:sqs:eu-west-1:123456789012:uploads"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:changes"
DAY_S = 86400
DEAD = QueueFacts(arn=f"{ARN}-dead", visibility_timeout_s=30, retention_s=14 * DAY_S, redrive=None, policy=None)
POLICY = json.dumps(
    {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": ARN,
        }
    }
)
QUEUE = QueueFacts(
    arn=ARN,
    visibility_timeout_s=300,
    retention_s=4 * DAY_S,
    redrive=Redrive(dead_letter_target_arn=DEAD.arn, max_receive_count=10),
    policy=POLICY,
)
ALL = ("s3:ObjectCreated:*",)


def _to(*events: str, arn: str = ARN, only: tuple[str, ...] = ()) -> Announced:
    return Announced(to=arn, events=events, only=only)


@pytest.mark.parametrize(
    ("answer", "verdict", "todo"),
    [
        (NotFound("queue x: there is no such thing"), Verdict.WRONG, "make it"),
        (Denied("queue x: not permitted"), Verdict.DENIED, "permit sqs:GetQueueAttributes"),
        (NoCredentials("queue x: expired"), Verdict.DENIED, "log in again"),
        (Transient("no answer within 15 s"), Verdict.UNKNOWN, "ask again"),
        (Usage("queue x: is in another region"), Verdict.WRONG, "mend it"),
        (Permanent("queue x: refused"), Verdict.WRONG, "mend it"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_answer_is_never_ok_and_says_what_to_do(answer: LogtallyError, verdict: Verdict, todo: str) -> None:
    """In words of its own."""
    found = findings.queue("queue", answer, setting="LOGTALLY_QUEUE_URL")

    assert (found.verdict, found.words) == (verdict, str(answer))
    assert found.todo is not None
    assert todo in found.todo


def test_what_nobody_asked_is_skipped() -> None:
    """There is nothing to do about it here."""
    found = findings.queue("queue", Unasked("LOGTALLY_QUEUE_URL is not set"), setting="LOGTALLY_QUEUE_URL")

    assert (found.verdict, found.todo) == (Verdict.SKIPPED, None)


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (Notification(queues=(_to(*ALL),)), Verdict.OK, "new objects, to the queue"),
        (
            Notification(queues=(_to(*ALL, only=("begin with a/", "end with .gz")),)),
            Verdict.OK,
            "new objects, to the queue; only keys that begin with a/ and end with .gz",
        ),
        (
            Notification(
                queues=(
                    _to("s3:ObjectCreated:Put", "s3:ObjectCreated:Post"),
                    _to("s3:ObjectCreated:Copy", "s3:ObjectCreated:CompleteMultipartUpload"),
                )
            ),
            Verdict.OK,
            "new objects, to the queue",
        ),
        (
            Notification(queues=(_to("s3:ObjectCreated:Put"),)),
            Verdict.WRONG,
            "not every way to create an object: CompleteMultipartUpload, Copy, Post is missing",
        ),
        (Notification(), Verdict.WRONG, "the queue is told of no new object"),
        (Notification(queues=(_to("s3:ObjectRemoved:*"),)), Verdict.WRONG, "the queue is told of no new object"),
        (
            Notification(queues=(_to(*ALL, arn=f"{ARN}2"),)),
            Verdict.WRONG,
            "the queue is told of no new object; it announces to other queues",
        ),
        (Notification(topics=(_to("s3:ObjectRemoved:*", arn=TOPIC),)), Verdict.WRONG, "the queue is told of no new"),
        (Notification(topics=(_to(*ALL, arn=TOPIC),)), Verdict.OK, "to the topic changes; whether that leads"),
        (Notification(event_bridge=True), Verdict.OK, "to EventBridge; whether that leads"),
    ],
    ids=str,
)
def test_whom_the_bucket_tells(answer: Notification, verdict: Verdict, words: str) -> None:
    """To the queue itself, or to what may lead there."""
    found = findings.notification(answer, QUEUE)

    assert found.verdict is verdict
    assert words in found.words
    assert (found.todo is None) is (verdict is Verdict.OK)


def test_whether_it_is_our_queue_is_not_guessed() -> None:
    """Its name alone says nothing."""
    found = findings.notification(Notification(queues=(_to(*ALL),)), NotFound("queue"))

    assert found.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("notification", "verdict"),
    [
        (Notification(queues=(_to(*ALL),)), Verdict.OK),
        (Notification(), Verdict.OK),
        (Denied("bucket"), Verdict.OK),
        (Notification(topics=(_to(*ALL, arn=TOPIC),)), Verdict.WRONG),
        (Notification(event_bridge=True), Verdict.WRONG),
    ],
    ids=str,
)
def test_the_policy_must_let_in_whoever_announces(notification: Notification | LogtallyError, verdict: Verdict) -> None:
    """S3 itself, unless the bucket announces elsewhere alone."""
    assert findings.policy(QUEUE, notification, bucket="logs", account=None).verdict is verdict


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (findings.redrive(QUEUE, DEAD), Verdict.OK),
        (findings.redrive(DEAD, DEAD), Verdict.WRONG),
        (findings.redrive(QUEUE, QUEUE), Verdict.WRONG),
        (findings.redrive(QUEUE, Denied("dead")), Verdict.UNKNOWN),
        (findings.redrive(NotFound("queue"), DEAD), Verdict.SKIPPED),
        (findings.retention(QUEUE, DEAD), Verdict.OK),
        (findings.retention(QUEUE, QUEUE), Verdict.WRONG),
        (findings.retention(DEAD, QUEUE), Verdict.WRONG),
        (findings.retention(Transient("queue"), DEAD), Verdict.UNKNOWN),
        (findings.visibility(QUEUE, asked_s=300), Verdict.OK),
        (findings.visibility(QUEUE, asked_s=60), Verdict.OK),
        (findings.visibility(QUEUE, asked_s=None), Verdict.UNKNOWN),
        (findings.policy(DEAD, Notification(), bucket="logs", account=None), Verdict.WRONG),
        (findings.policy(QUEUE, Notification(), bucket=None, account=None), Verdict.SKIPPED),
        (findings.region("eu-west-1", ours="eu-west-1"), Verdict.OK),
        (findings.region("us-east-1", ours="eu-west-1"), Verdict.WRONG),
        (findings.region(None, ours="eu-west-1"), Verdict.UNKNOWN),
        (findings.versioning(answer=False), Verdict.OK),
        (findings.table(None, part="table"), Verdict.OK),
        (findings.table(Usage("has the key id"), part="table"), Verdict.WRONG),
        (findings.expiry(Expiry(enabled=True, attribute="expires_at")), Verdict.OK),
        (findings.expiry(Expiry(enabled=True, attribute="ttl")), Verdict.WRONG),
        (findings.expiry(Expiry(enabled=False, attribute=None)), Verdict.WRONG),
        (findings.backups(answer=False), Verdict.OK),
        (findings.topic(TOPIC, Subscribers(confirmed=1, pending=0)), Verdict.OK),
        (findings.topic(TOPIC, Subscribers(confirmed=0, pending=1)), Verdict.WRONG),
        (findings.push(answer=True), Verdict.OK),
        (findings.push(answer=False), Verdict.UNKNOWN),
        (findings.marks(None), Verdict.OK),
        (findings.marks(Denied("CloudWatch")), Verdict.DENIED),
    ],
    ids=lambda value: value.part if isinstance(value, Finding) else "",
)
def test_each_part_is_judged(found: Finding, verdict: Verdict) -> None:
    """What is wrong or denied says what to do."""
    assert found.verdict is verdict
    assert found.todo is not None or verdict not in {Verdict.WRONG, Verdict.DENIED}


@pytest.mark.parametrize(
    ("part", "verdict", "is_well"),
    [
        ("queue", Verdict.OK, True),
        ("queue", Verdict.SKIPPED, True),
        ("queue", Verdict.WRONG, False),
        ("queue", Verdict.DENIED, False),
        ("queue", Verdict.UNKNOWN, False),
        ("credentials", Verdict.UNKNOWN, True),
        ("credentials", Verdict.DENIED, False),
    ],
)
def test_when_all_is_well(part: str, verdict: Verdict, is_well: bool) -> None:
    """A question that got no answer is no good sign, but for who we are."""
    assert findings.is_well([Finding(part=part, verdict=verdict, words="")]) is is_well
