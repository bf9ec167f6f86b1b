"""Each part of AWS asked how it is set up, all at once and not for long. Nothing is changed."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from msgspec import Struct

from core import findings
from core.aws.alerts import Alerts
from core.aws.attributes import Attributes
from core.aws.buckets import Buckets
from core.aws.caller import Caller
from core.aws.metrics import Metrics
from core.aws.permission import Permission
from core.aws.table import Table
from core.errors import LogtallyError, NoCredentials, NotFound, Transient
from core.facts import Identity
from core.findings import Finding, NoAnswer, Unasked
from core.model import Bucket

ASK_S_MAX: Final = 15.0  # for whoever we are, and then for all parts together

Questions = Mapping[str, Callable[[], object]]


class Wanted(Struct, frozen=True, kw_only=True):
    """What is asked about, by the settings. None: that one is missing or wrong, or need not be set."""

    queue_url: str | None
    dead_queue_url: str | None
    table: str | None
    bucket: str | None
    topics: tuple[str, ...]
    visibility_timeout_s: int | None
    region: str


class Tools(NamedTuple):
    """What asks."""

    caller: Caller
    attributes: Attributes
    buckets: Buckets
    table: Table | None  # as of `Wanted`
    alerts: Alerts
    permission: Permission
    metrics: Metrics


class Found(Struct, frozen=True, kw_only=True):
    """What came of it."""

    identity: Identity | None  # None: nobody says
    findings: tuple[Finding, ...]


def look(
    wanted: Wanted, tools: Tools, *, now: float, monotonic: Callable[[], float], seconds: float = ASK_S_MAX
) -> Found:
    """Ask who we are, then all else; judge every answer."""
    who: Identity | NoAnswer = asked({"who": tools.caller.identity}, seconds=seconds, monotonic=monotonic)["who"]
    first = findings.credentials(who)
    if isinstance(who, NoCredentials):
        return Found(identity=None, findings=(first,))
    answers = asked(_questions(wanted, tools, now=now), seconds=seconds, monotonic=monotonic)
    identity = who if isinstance(who, Identity) else None
    return Found(identity=identity, findings=(first, *_judged(wanted, answers, identity=identity)))


def asked(questions: Questions, *, seconds: float, monotonic: Callable[[], float]) -> dict[str, Any]:
    """Ask all questions at once. Answer each answer, or why there is none; none is waited for any longer."""
    answers: dict[str, Any] = {}
    surprises: list[BaseException] = []

    def ask(name: str, question: Callable[[], object]) -> None:
        try:
            answers[name] = question()
        except LogtallyError as exc:
            answers[name] = exc
        except BaseException as exc:  # noqa: BLE001 - a bug of ours: it is raised where somebody sees it
            surprises.append(exc)

    # Nobody waits at the end of the process for a thread that hangs, in a resolver or in somebody's credential_process.
    threads = [threading.Thread(target=ask, args=one, daemon=True) for one in questions.items()]
    for thread in threads:
        thread.start()
    deadline = monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - monotonic()))
    if surprises:
        raise surprises[0]
    late = {name: Transient(f"no answer within {seconds:g} s") for name in questions}
    return {**late, **answers}


def _questions(wanted: Wanted, tools: Tools, *, now: float) -> dict[str, Callable[[], object]]:
    questions: dict[str, Callable[[], object]] = {
        "push": tools.permission.to_push,
        "marks": partial(tools.metrics.check, now=now),
    }
    if wanted.queue_url is not None:
        questions["queue"] = partial(tools.attributes.of, wanted.queue_url)
    if wanted.dead_queue_url is not None:
        questions["dead"] = partial(tools.attributes.of, wanted.dead_queue_url)
    if wanted.bucket is not None:
        bucket = Bucket(wanted.bucket)
        questions["region"] = partial(tools.buckets.region, bucket)
        questions["notification"] = partial(tools.buckets.notification, bucket)
        questions["versioning"] = partial(tools.buckets.versioned, bucket)
    if tools.table is not None:
        questions["table"] = tools.table.check
        questions["index"] = partial(tools.table.check, recent=True)
        questions["expiry"] = tools.table.expiry
        questions["backups"] = tools.table.has_backups
        questions["read"] = tools.table.check_read
    return questions | {arn: partial(tools.alerts.subscribers, arn) for arn in wanted.topics}


def _judged(wanted: Wanted, answers: Mapping[str, Any], *, identity: Identity | None) -> list[Finding]:
    queue = _of(answers, "queue", setting="LOGTALLY_QUEUE_URL")
    dead = _of(answers, "dead", setting="LOGTALLY_DEAD_QUEUE_URL")
    region = _of(answers, "region", setting="LOGTALLY_BUCKET")
    notification = _of(answers, "notification", setting="LOGTALLY_BUCKET", first=region)
    table = _of(answers, "table", setting="LOGTALLY_TABLE")
    of_table = partial(_of, answers, setting="LOGTALLY_TABLE")
    return [
        findings.queue("queue", queue, setting="LOGTALLY_QUEUE_URL"),
        findings.redrive(queue, dead),
        findings.policy(
            queue, notification, bucket=wanted.bucket, account=None if identity is None else identity.account
        ),
        findings.visibility(queue, asked_s=wanted.visibility_timeout_s),
        findings.queue("dead-letter queue", dead, setting="LOGTALLY_DEAD_QUEUE_URL"),
        findings.retention(queue, dead),
        findings.region(region, ours=wanted.region),
        findings.notification(notification, queue),
        findings.versioning(answer=_of(answers, "versioning", setting="LOGTALLY_BUCKET", first=region)),
        findings.table(table, part="table"),
        findings.table(
            Unasked("see the table") if isinstance(table, NoAnswer) else of_table("index"), part="table: index"
        ),
        findings.expiry(of_table("expiry", first=table)),
        findings.backups(answer=of_table("backups", first=table)),
        findings.read(of_table("read", first=table)),
        *(findings.topic(arn, answers[arn]) for arn in wanted.topics),
        findings.push(answer=answers["push"]),
        findings.marks(answers["marks"]),
    ]


def _of(answers: Mapping[str, Any], name: str, *, setting: str, first: object = None) -> Any:
    """Answer what was answered. What can't be there, for want of the `first`, says so only once."""
    if isinstance(first, NotFound):
        return Unasked("there is no such thing")
    return answers[name] if name in answers else Unasked(f"{setting} is not set, or wrong")
