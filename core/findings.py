"""What doctor finds: the judgement of each answer of AWS. Pure."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct

from core.errors import Denied, LogtallyError, NoCredentials, NotFound, Transient
from core.facts import Announced, Expiry, Identity, Notification, QueueFacts, Subscribers
from core.limits import DAY_S, HOUR_S, MINUTE_S
from core.policies import lets_send

EXPIRES_AT: Final = "expires_at"
CREATED: Final = "s3:ObjectCreated:"
EVERY_WAY: Final = frozenset({"Put", "Post", "Copy", "CompleteMultipartUpload"})  # to create an object
PAGE: Final = "docs/account.md"
S3: Final = "s3.amazonaws.com"
SNS: Final = "sns.amazonaws.com"
EVENT_BRIDGE: Final = "events.amazonaws.com"


class Verdict(StrEnum):
    """What is to be thought of a part."""

    OK = "ok"
    WRONG = "wrong"
    DENIED = "denied"
    UNKNOWN = "unknown"  # it could not be asked, or not be told from the answer
    SKIPPED = "skipped"  # there is nothing to ask


class Finding(Struct, frozen=True, kw_only=True):
    """One line about one part."""

    part: str
    verdict: Verdict
    words: str
    todo: str | None = None


class Unasked(Struct, frozen=True):
    """Nobody asked: there is nothing to ask about."""

    why: str


NoAnswer = LogtallyError | Unasked


def failed(part: str, answer: NoAnswer, *, needs: str, missing: str) -> Finding:
    """Judge an answer that is none. `needs`: the permission; `missing`: what to do if there is no such thing."""
    if isinstance(answer, Unasked):
        return _skipped(part, answer.why)
    words = str(answer)
    match answer:
        case NoCredentials():
            todo = "set AWS_PROFILE, or a role, or log in again"
            return Finding(part=part, verdict=Verdict.DENIED, words=words, todo=todo)
        case Denied():
            return Finding(part=part, verdict=Verdict.DENIED, words=words, todo=f"permit {needs}: {PAGE}")
        case Transient():
            todo = "ask again; look at the network, the region and the endpoint"
            return Finding(part=part, verdict=Verdict.UNKNOWN, words=words, todo=todo)
        case NotFound():
            return Finding(part=part, verdict=Verdict.WRONG, words=words, todo=missing)
        case _:
            return Finding(part=part, verdict=Verdict.WRONG, words=words, todo=f"mend it: {PAGE}")


def credentials(answer: Identity | NoAnswer) -> Finding:
    """Judge whether anybody knows us."""
    part = "credentials"
    match answer:
        case Identity():
            return _ok(part, f"account {answer.account}, as {answer.arn}")
        case NoCredentials():
            return failed(part, answer, needs="", missing="")
        case _:
            # STS is one more endpoint, and a network may have no way to it: what follows shows whether we may ask.
            words = answer.why if isinstance(answer, Unasked) else str(answer)
            return Finding(part=part, verdict=Verdict.UNKNOWN, words=f"nobody says who we are: {words}")


def queue(part: str, answer: QueueFacts | NoAnswer, *, setting: str) -> Finding:
    """Judge whether a queue is there."""
    if not isinstance(answer, QueueFacts):
        return failed(part, answer, needs="sqs:GetQueueAttributes", missing=f"make it ({PAGE}), or mend {setting}")
    return _ok(part, answer.arn)


def redrive(queue: QueueFacts | NoAnswer, dead: QueueFacts | NoAnswer) -> Finding:
    """Judge whether SQS gives up on a message where we do."""
    part = "queue: redrive policy"
    if not isinstance(queue, QueueFacts):
        return _not_known(part, "the queue", queue)
    if queue.redrive is None:
        return _wrong(part, "there is none", f"name the dead-letter queue in it: {PAGE}")
    target = queue.redrive.dead_letter_target_arn
    if not isinstance(dead, QueueFacts):
        return _unknown(part, f"it names {target}; whether that is the dead-letter queue is not known")
    if target != dead.arn:
        todo = f"name {dead.arn} in it, or mend LOGTALLY_DEAD_QUEUE_URL"
        return _wrong(part, f"it names {target}, which is another queue", todo)
    return _ok(part, f"the dead-letter queue, after {queue.redrive.max_receive_count} receives")


def visibility(queue: QueueFacts | NoAnswer, *, asked_s: int | None) -> Finding:
    """Tell the visibility timeout, which is no mistake whatever it is: a worker asks for its own."""
    part = "queue: visibility timeout"
    if not isinstance(queue, QueueFacts):
        return _not_known(part, "the queue", queue)
    if asked_s is None:
        return _unknown(part, f"{queue.visibility_timeout_s} s; LOGTALLY_VISIBILITY_TIMEOUT_S is wrong")
    words = f"{queue.visibility_timeout_s} s"
    return _ok(
        part, words if queue.visibility_timeout_s == asked_s else f"{words}; a worker asks for its own, {asked_s} s"
    )


def retention(queue: QueueFacts | NoAnswer, dead: QueueFacts | NoAnswer) -> Finding:
    """Judge whether a dead letter outlives its message: its clock is not reset by the move."""
    part = "dead-letter queue: retention"
    if not isinstance(dead, QueueFacts):
        return _not_known(part, "the dead-letter queue", dead)
    if not isinstance(queue, QueueFacts):
        return _unknown(part, f"{_span(dead.retention_s)}; that of the queue is not known")
    words = f"{_span(dead.retention_s)}, and {_span(queue.retention_s)} in the queue"
    if dead.retention_s <= queue.retention_s:
        return _wrong(part, words, "set its MessageRetentionPeriod to 1209600, which is all that SQS allows")
    return _ok(part, words)


def policy(
    queue: QueueFacts | NoAnswer, notification: Notification | NoAnswer, *, bucket: str | None, account: str | None
) -> Finding:
    """Judge whether the queue lets those send whom the bucket tells of its objects."""
    part = "queue: policy"
    if not isinstance(queue, QueueFacts):
        return _not_known(part, "the queue", queue)
    if bucket is None:
        return _skipped(part, "LOGTALLY_BUCKET is not set: whom it must let send is not known")
    senders = _senders(queue.arn, notification, bucket=bucket)
    for service, source_arn in senders:
        may = lets_send(queue.policy, queue_arn=queue.arn, service=service, source_arn=source_arn, account=account)
        whom = f"{service} for {source_arn}" if source_arn else service
        if may is False:
            return _wrong(
                part, f"it does not let {whom} send", f"permit it sqs:SendMessage in the queue's policy: {PAGE}"
            )
        if may is None:
            return _unknown(part, f"whether it lets {whom} send can't be told from it", "compare it with " + PAGE)
    return _ok(part, " and ".join(f"lets {service} send" for service, _ in senders))


def region(answer: str | NoAnswer | None, *, ours: str) -> Finding:
    """Judge whether the bucket is there, and where S3 can announce its objects in our queue."""
    part = "bucket"
    if isinstance(answer, NoAnswer):
        return failed(part, answer, needs="s3:ListBucket", missing=f"make it ({PAGE}), or mend LOGTALLY_BUCKET")
    if answer is None:
        return _unknown(part, "it is there; S3 does not say in which region")
    if answer != ours:
        return _wrong(part, f"it is in {answer}, and we are in {ours}", f"S3 announces within a region: use {answer}")
    return _ok(part, f"it is there, in {answer}")


def notification(answer: Notification | NoAnswer, queue: QueueFacts | NoAnswer) -> Finding:
    """Judge whether new objects are announced."""
    part = "bucket: notification"
    if isinstance(answer, NoAnswer):
        return failed(part, answer, needs="s3:GetBucketNotification", missing=f"make the bucket: {PAGE}")
    ours: Sequence[Announced] = ()
    if isinstance(queue, QueueFacts):
        ours = [one for one in answer.queues if one.to == queue.arn and _ways([one])]
    elif answer.queues:
        return _unknown(part, "it announces to a queue; whether to ours is not known")
    missing = sorted(EVERY_WAY - _ways(ours))
    if ours and not missing:
        return _ok(part, "; ".join(["new objects, to the queue", *_limits(ours)]))
    if around := _around(answer):
        return _ok(part, f"new objects, to {around}; whether that leads to the queue is not asked")
    if ours:
        words = f"not every way to create an object: {', '.join(missing)} is missing"
    else:
        words = f"the queue is told of no new object{'; it announces to other queues' if answer.queues else ''}"
    return _wrong(part, words, f"announce {CREATED}* to the queue: {PAGE}")


def versioning(*, answer: bool | NoAnswer) -> Finding:
    """Tell whether the bucket keeps versions: some live without."""
    off = "off: what is overwritten before it is read is not counted"
    return _noted("bucket: versioning", answer, needs="s3:GetBucketVersioning", on="on", off=off)


def table(answer: NoAnswer | None, *, part: str) -> Finding:
    """Judge whether the table, or its index, can be a ledger's."""
    if answer is not None:
        return failed(part, answer, needs="dynamodb:DescribeTable", missing=f"make it ({PAGE}), or mend LOGTALLY_TABLE")
    return _ok(part, "as it must be")


def expiry(answer: Expiry | NoAnswer) -> Finding:
    """Judge whether the ledger forgets what is long over."""
    part = "table: time to live"
    if isinstance(answer, NoAnswer):
        return failed(part, answer, needs="dynamodb:DescribeTimeToLive", missing=f"make the table: {PAGE}")
    todo = f"enable it, by the attribute {EXPIRES_AT}: {PAGE}"
    if not answer.enabled:
        return _wrong(part, "it is off: the table grows for ever", todo)
    if answer.attribute != EXPIRES_AT:
        return _wrong(part, f"it is by {answer.attribute}: the table grows for ever", todo)
    return _ok(part, f"by {EXPIRES_AT}")


def backups(*, answer: bool | NoAnswer) -> Finding:
    """Tell whether the ledger can be restored: some live without."""
    needs, on = "dynamodb:DescribeContinuousBackups", "to any point in time"
    off = "off: who loses the ledger counts again what is announced again"
    return _noted("table: recovery", answer, needs=needs, on=on, off=off)


def read(answer: NoAnswer | None) -> Finding:
    """Judge whether the ledger may be read."""
    part = "table: consistent read"
    if answer is not None:
        return failed(part, answer, needs="dynamodb:Query", missing=f"make the table: {PAGE}")
    return _ok(part, "answered")


def topic(arn: str, answer: Subscribers | NoAnswer) -> Finding:
    """Judge whether an alert would be heard."""
    part = f"topic {arn.rpartition(':')[2]}"
    if isinstance(answer, NoAnswer):
        missing = f"make it ({PAGE}), or mend LOGTALLY_TOPIC_ARN or the rule that names it"
        return failed(part, answer, needs="sns:GetTopicAttributes", missing=missing)
    if not answer.confirmed:
        pending = f"; {answer.pending} have not confirmed" if answer.pending else ""
        return _wrong(part, f"nobody is subscribed{pending}", f"subscribe somebody, and let them confirm: {PAGE}")
    return _ok(part, f"{answer.confirmed} subscribed")


def push(*, answer: bool | NoAnswer) -> Finding:
    """Judge whether metrics may be pushed. True: what CloudWatch must refuse was refused for what it is."""
    part = "metrics: push"
    if isinstance(answer, NoAnswer):
        return failed(part, answer, needs="cloudwatch:PutMetricData for LogAnalytics", missing=PAGE)
    if not answer:
        return _unknown(part, "a datum of the year 2000 was taken: is it CloudWatch that answers?")
    return _ok(part, "a datum of the year 2000 is refused as invalid, and not as forbidden")


def marks(answer: NoAnswer | None) -> Finding:
    """Judge whether marks may be read back: who can't settles nothing."""
    part = "metrics: read marks"
    if answer is not None:
        return failed(part, answer, needs="cloudwatch:GetMetricStatistics", missing=PAGE)
    return _ok(part, "answered")


def is_well(findings: Iterable[Finding]) -> bool:
    """Answer whether nobody has to do anything. That nobody says who we are is no fault by itself."""
    fine = {Verdict.OK, Verdict.SKIPPED}
    return all(
        one.verdict in fine or (one.verdict is Verdict.UNKNOWN and one.part == "credentials") for one in findings
    )


def _senders(queue_arn: str, answer: Notification | NoAnswer, *, bucket: str) -> list[tuple[str, str | None]]:
    """Answer who must be let in, and on whose behalf: S3 itself, unless the bucket announces elsewhere alone."""
    by_s3 = (S3, f"arn:{queue_arn.split(':')[1]}:s3:::{bucket}")
    if not isinstance(answer, Notification):
        return [by_s3]
    senders: list[tuple[str, str | None]] = [by_s3] if any(one.to == queue_arn for one in answer.queues) else []
    if not senders:
        senders += [(SNS, one.to) for one in answer.topics]
        # The rule that leads here has an ARN that is not known.
        senders += [(EVENT_BRIDGE, None)] * answer.event_bridge
    return senders or [by_s3]


def _around(answer: Notification) -> str:
    """Answer what new objects are announced to that may lead to a queue."""
    topics = [f"the topic {one.to.rpartition(':')[2]}" for one in answer.topics if _ways([one])]
    return " and ".join([*topics, *(["EventBridge"] if answer.event_bridge else [])])


def _ways(announced: Sequence[Announced]) -> frozenset[str]:
    """Answer which ways to create an object are announced."""
    events = {event.removeprefix(CREATED) for one in announced for event in one.events if event.startswith(CREATED)}
    return EVERY_WAY if "*" in events else EVERY_WAY & events


def _limits(announced: Sequence[Announced]) -> list[str]:
    return [f"only keys that {' and '.join(one.only)}" for one in announced if one.only]


def _noted(part: str, answer: bool | NoAnswer, *, needs: str, on: str, off: str) -> Finding:  # noqa: FBT001 - an answer, and no switch
    """Tell what is no mistake either way."""
    if isinstance(answer, NoAnswer):
        return failed(part, answer, needs=needs, missing=f"make it: {PAGE}")
    return _ok(part, on if answer else off)


def _not_known(part: str, what: str, answer: NoAnswer) -> Finding:
    """Tell that it depends on an answer that is none. What is to be done stands there."""
    words = f"{what} could not be asked" if isinstance(answer, Transient) else f"see {what}"
    return _skipped(part, answer.why if isinstance(answer, Unasked) else words)


def _skipped(part: str, words: str) -> Finding:
    return Finding(part=part, verdict=Verdict.SKIPPED, words=words)


def _ok(part: str, words: str) -> Finding:
    return Finding(part=part, verdict=Verdict.OK, words=words)


def _wrong(part: str, words: str, todo: str) -> Finding:
    return Finding(part=part, verdict=Verdict.WRONG, words=words, todo=todo)


def _unknown(part: str, words: str, todo: str | None = None) -> Finding:
    return Finding(part=part, verdict=Verdict.UNKNOWN, words=words, todo=todo)


def _span(seconds: int) -> str:
    for unit_s, unit in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if seconds % unit_s == 0:
            return f"{seconds // unit_s} {unit}"
    return f"{seconds} s"
