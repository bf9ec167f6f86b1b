"""The demo's story: logs arrive, workers are killed in the middle of a push, and the graph is right all the same.

Everything is real but the cloud: worker processes, HTTP, SIGKILL. The fence and the hold are shortened, in the worker
and in the cloud, so that what takes half an hour on AWS takes seconds.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from local.cloud import Cloud, running
from local.crew import FENCE, Crew, crew
from local.faults import Fault, NoAnswer
from local.left import messages_left, pushes_left
from local.logs import LogFile, hours_of_logs, log_file
from local.truth import Counts, Difference, alerts_held, differences, errors_held, errors_in
from local.wiring import Wired, wire

if TYPE_CHECKING:
    import subprocess

    from mypy_boto3_sqs import SQSClient

PREFIX: Final = "shop/"
HOURS: Final = 8
THRESHOLD: Final = 10
ENVIRONMENT: Final = "local"
REPLAYS: Final = 5
STEP_S_MAX: Final = 40.0  # whatever takes longer has gone wrong
PUT: Final = ("cloudwatch", "PutMetricData")

Tell = Callable[[str], None]


class Outcome(Struct, frozen=True, kw_only=True):
    """What the demo found in the end."""

    files: list[tuple[str, int, bool]]  # key, errors, at or over the threshold
    expected: Counts
    found: Counts
    differing: list[Difference]  # of Sum and of SampleCount
    outside: int  # errors of the old file: kept in the ledger, not on the graph
    outside_kept: int
    alerts_counted: int  # the Sum of `alertTriggered`
    rang: list[str]  # keys whose alert arrived, duplicates too
    missing_alerts: list[str]
    killed: int
    pushes_left: int

    @property
    def equal(self) -> bool:
        """Whether every error was counted once, every alert arrived, and nothing is left to do."""
        return (
            self.expected.total() > 0
            and not self.differing
            and not self.missing_alerts
            and self.alerts_counted == sum(alert for _, _, alert in self.files)
            and not self.pushes_left
            and self.outside == self.outside_kept
        )


class DemoFailedError(Exception):
    """The story could not be told to its end."""


def play(*, tell: Tell) -> Outcome:
    """Play the whole story, and answer what it came to. `tell` is told of each step."""
    now = datetime.now(UTC)
    random = Random(now.toordinal())  # noqa: S311 - logs, not secrets
    first = list(hours_of_logs(random, prefix=PREFIX, now=now, hours=HOURS))
    start = (now - timedelta(minutes=50)).replace(second=0, microsecond=0)
    late = [log_file(random, prefix="late/", start=start, minutes=30, errors=25, lines=60)]
    old = log_file(random, prefix="old/", start=start - timedelta(days=30), minutes=30, errors=14, lines=40)
    with running(signature_age_s=FENCE["signature_age_s"]) as cloud:
        wired = wire(cloud.session(), endpoint_url=cloud.endpoint)
        tell(f"a local cloud at {cloud.endpoint}: bucket, queue, ledger, topic, CloudWatch")
        settings = {"LOGTALLY_THRESHOLD": str(THRESHOLD), "LOGTALLY_LINGER_S": "0.5"}
        with crew(cloud, wired, settings=settings, to_terminal=False) as workers:
            stage = _Stage(cloud, wired, workers, tell)
            stage.first_act([*first, old], again=first[:3])
            stage.second_act(late)
            stage.wait_until_settled()
            workers.end()
            return stage.outcome([*first, *late], old)


class _Stage:
    """The acts of the story, over one cloud."""

    def __init__(self, cloud: Cloud, wired: Wired, crew: Crew, tell: Tell) -> None:
        self._cloud = cloud
        self._wired = wired
        self._crew = crew
        self._tell = tell
        self._killed = 0
        aws: Any = cloud.session()
        self._s3 = aws.client("s3", endpoint_url=cloud.endpoint)
        self._sqs: SQSClient = aws.client("sqs", endpoint_url=cloud.endpoint)
        self._dynamodb = aws.client("dynamodb", endpoint_url=cloud.endpoint)
        self._cloudwatch = aws.client("cloudwatch", endpoint_url=cloud.endpoint)

    def first_act(self, files: list[LogFile], *, again: list[LogFile]) -> None:
        """Files arrive, some twice; the worker dies when its push has landed and it does not know."""
        self._tell("a worker starts")
        worker = self._crew.start()
        self._tell(f"{len(files)} log files are uploaded, {len(again)} of them twice, one of them a month old")
        self._kill_while_pushing(worker, NoAnswer(effect=True), files=[*files, *again])
        self._tell("the worker is killed (SIGKILL): its push has landed, and it never heard so")
        for file in again:
            self._replay(file)
        self._tell(f"{len(again)} of the files are announced {REPLAYS} more times")

    def second_act(self, files: list[LogFile]) -> None:
        """Another worker settles; it dies when its own push is lost on the way; a third one settles that."""
        self._tell("another worker starts: it finds the mark of that push, and does not send it again")
        worker = self._crew.start()
        self.wait_until_settled()
        self._kill_while_pushing(worker, NoAnswer(effect=False), files=files)
        self._tell("a late file arrives, and the worker is killed (SIGKILL): its push is lost on the way")
        self._tell(
            f"a third worker starts: after the fence and the hold ({sum(FENCE.values()):.0f} s here, 31 minutes on AWS)"
            " it finds no mark, and sends that push again"
        )
        self._crew.start()

    def wait_until_settled(self) -> None:
        """Nothing is in the queue, and no push is outstanding."""
        self._wait("the queue is empty", lambda: messages_left(self._sqs, self._wired.queue_url) == 0)
        self._wait("nothing is outstanding", lambda: not pushes_left(self._dynamodb, self._wired.table))

    def outcome(self, files: list[LogFile], old: LogFile) -> Outcome:
        """Read back what CloudWatch and the inbox hold, and compare it with the files."""
        expected = errors_in(files)
        until = datetime.now(UTC) + timedelta(hours=1)
        since = until - timedelta(days=2)
        sums, samples = (
            errors_held(self._cloudwatch, environment=ENVIRONMENT, since=since, until=until, statistic=statistic)
            for statistic in ("Sum", "SampleCount")
        )
        rang = self._rang()
        due = {file.key for file in (*files, old) if file.errors >= THRESHOLD}
        return Outcome(
            files=[(file.key, file.errors, file.errors >= THRESHOLD) for file in (*files, old)],
            expected=expected,
            found=sums,
            differing=[*differences(expected, sums), *differences(expected, samples)],
            outside=old.errors,
            outside_kept=self._outside(old),
            alerts_counted=alerts_held(
                self._cloudwatch, environment=ENVIRONMENT, since=since, until=until, statistic="Sum"
            ),
            rang=rang,
            missing_alerts=sorted(due - set(rang)),
            killed=self._killed,
            pushes_left=pushes_left(self._dynamodb, self._wired.table),
        )

    def _kill_while_pushing(self, worker: "subprocess.Popen[bytes]", kind: NoAnswer, *, files: list[LogFile]) -> None:
        """Let files arrive, and end the worker when its push is on its way and CloudWatch says nothing."""
        before, landed = self._cloud.calls.count(*PUT), len(self._cloud.accepted)
        service, operation = PUT
        with self._cloud.faults.inject(Fault(kind=kind, service=service, operation=operation)):
            self._put(files)
            self._wait("a push is on its way", lambda: self._cloud.calls.count(*PUT) > before)
            if kind.effect:
                self._wait("it has landed", lambda: len(self._cloud.accepted) > landed)
            worker.kill()
            worker.wait()
        self._killed += 1

    def _put(self, files: list[LogFile]) -> None:
        for file in files:
            self._s3.put_object(Bucket=self._wired.bucket, Key=file.key, Body=file.body)

    def _replay(self, file: LogFile) -> None:
        """Announce a file again and again, as S3 may: at least once, it says."""
        etag = self._s3.head_object(Bucket=self._wired.bucket, Key=file.key)["ETag"].strip('"')
        thing = {"bucket": {"name": self._wired.bucket}, "object": {"key": file.key, "eTag": etag}}
        record = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": thing}
        for _ in range(REPLAYS):
            self._sqs.send_message(QueueUrl=self._wired.queue_url, MessageBody=json.dumps({"Records": [record]}))

    def _wait(self, what: str, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + STEP_S_MAX
        while not happened():
            if self._crew.ended_by_itself():
                raise DemoFailedError(f"a worker ended by itself; its log ends with\n{self._crew.tail()}")
            if time.monotonic() > deadline:
                raise DemoFailedError(
                    f"waited {STEP_S_MAX:.0f} s in vain: {what}; the log ends with\n{self._crew.tail()}"
                )
            time.sleep(0.1)

    def _rang(self) -> list[str]:
        keys = []
        while messages := self._sqs.receive_message(
            QueueUrl=self._wired.inbox_url, MaxNumberOfMessages=10, WaitTimeSeconds=0
        ).get("Messages"):
            for message in messages:
                keys.append(json.loads(message["Body"])["MessageAttributes"]["file_directory"]["Value"])
                self._sqs.delete_message(QueueUrl=self._wired.inbox_url, ReceiptHandle=message["ReceiptHandle"])
        return sorted(keys)

    def _outside(self, old: LogFile) -> int:
        answer = self._dynamodb.query(
            TableName=self._wired.table,
            KeyConditionExpression="pk = :old",
            ExpressionAttributeValues={":old": {"S": f"object#{self._wired.bucket}/{old.key}"}},
        )
        kept = [item["outside_window"]["S"] for item in answer["Items"] if "outside_window" in item]
        return sum(int(json.loads(text)["errors"]) for text in kept)
