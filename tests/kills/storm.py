"""Worker processes under load, killed and stopped at random times; and whether the graph is right in the end.

The fence and the hold are shortened, in the workers and in the cloud, so that what is left is settled within seconds.
"""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from core.aws.metrics import PUSH_MARK
from local.cloud import Cloud, running
from local.crew import FENCE, Crew, crew
from local.faults import Fault, Slow
from local.logs import LogFile, log_file
from local.truth import Difference, alerts_held, differences, errors_held, errors_in
from local.wiring import Wired, wire
from tests.e2e.workers import messages_left, pushes_left

if TYPE_CHECKING:
    import subprocess

WORKERS: Final = 3
THRESHOLD: Final = 10
ENVIRONMENT: Final = "local"
CALM_S_MAX: Final = 120.0  # after the storm, until nothing is left
STOP_S_MAX: Final = 12.0  # longer than the fence and the hold: whoever sleeps so long wakes up late
SETTINGS: Final = {"LOGTALLY_THRESHOLD": str(THRESHOLD), "LOGTALLY_LINGER_S": "0.2", "LOGTALLY_LOG_LEVEL": "warning"}

# Long enough that workers die with a message to delete, and with a push that has not left: both must be found out.
SLOW: Final = (
    Fault(service="sqs", operation="DeleteMessageBatch", kind=Slow(0.3), nth=None),
    Fault(service="cloudwatch", operation="PutMetricData", kind=Slow(0.3), nth=None),
)


class Wreckage(Struct, frozen=True, kw_only=True):
    """What the storm did, and what is left of it."""

    seed: int
    files: int
    errors: int
    announced: int  # messages, the repeated ones too
    kills: int
    stops: int
    differing: list[Difference]  # of Sum and of SampleCount
    due: int  # files at or over their threshold
    alerts_counted: int
    missing_alerts: list[str]
    alert_ids: dict[str, int]  # key → under how many deduplication ids it rang
    probes: int  # asked whether a push had been lost
    dead: int  # innocent messages that were received too often, and were sent back

    def __str__(self) -> str:
        """Say it in one line."""
        return ", ".join(
            (
                f"seed {self.seed}: {self.files} files",
                f"{self.errors} errors",
                f"{self.announced} messages",
                f"{self.kills} kills",
                f"{self.stops} stops: {len(self.differing)} minutes differ",
                f"{self.alerts_counted} of {self.due} alerts counted",
                f"{len(self.missing_alerts)} missing",
                f"{self.probes} probes",
                f"{self.dead} messages came back from the dead-letter queue",
            )
        )


def storm(*, seed: int, files: int, kills: int, stops: int) -> Wreckage:
    """Put files while workers are killed and stopped, then wait until nothing is left to do."""
    random = Random(seed)
    with running(signature_age_s=FENCE["signature_age_s"]) as cloud:
        wired = wire(cloud.session(), endpoint_url=cloud.endpoint)
        with (
            cloud.faults.inject(*SLOW),
            crew(cloud, wired, settings=SETTINGS, to_terminal=False) as workers,
        ):
            yard = _Yard(cloud, wired, random)
            herd = _Herd(workers, random)
            made = list(_files(random, files))
            blows = random.sample(["kill"] * kills + ["stop"] * stops, kills + stops)
            for number, file in enumerate(made):
                yard.put(file)
                if random.random() < 0.3:
                    yard.announce(random.choice(made[: number + 1]), times=random.randint(1, 3))
                if number * len(blows) // files != (number + 1) * len(blows) // files:
                    herd.strike(blows.pop())
                herd.wake()
            herd.wake(all_of_them=True)
            dead = yard.wait_until_calm(herd)
            workers.end()
        return yard.wreckage(made, seed=seed, kills=kills, stops=stops, dead=dead)


class _Herd:
    """The workers, some of them asleep."""

    def __init__(self, crew: Crew, random: Random) -> None:
        self._crew = crew
        self._random = random
        self._awake = [crew.start() for _ in range(WORKERS)]
        self._asleep: list[tuple[float, subprocess.Popen[bytes]]] = []

    def strike(self, blow: str) -> None:
        """Kill a worker, and start another; or stop one for a while."""
        time.sleep(self._random.uniform(0.2, 1.0))
        victim = self._awake.pop(self._random.randrange(len(self._awake)))
        if blow == "kill":
            victim.kill()
            victim.wait()
            self._awake.append(self._crew.start())
            return
        victim.send_signal(signal.SIGSTOP)
        self._asleep.append((time.monotonic() + self._random.uniform(0.5, STOP_S_MAX), victim))
        if not self._awake:
            self.wake(all_of_them=True)

    def wake(self, *, all_of_them: bool = False) -> None:
        """Let those go on whose time has come."""
        now = time.monotonic()
        due = [worker for until, worker in self._asleep if all_of_them or until <= now]
        self._asleep = [one for one in self._asleep if one[1] not in due]
        for worker in due:
            worker.send_signal(signal.SIGCONT)
            self._awake.append(worker)

    def check(self) -> None:
        """See that no worker ended by itself."""
        assert not self._crew.ended_by_itself(), self._crew.tail()


class _Yard:
    """The cloud, as those see it who put files and look at the graph."""

    def __init__(self, cloud: Cloud, wired: Wired, random: Random) -> None:
        aws: Any = cloud.session()
        self._s3, self._sqs, self._cloudwatch = (
            aws.client(name, endpoint_url=cloud.endpoint) for name in ("s3", "sqs", "cloudwatch")
        )
        self._aws = aws
        self._cloud = cloud
        self._endpoint = cloud.endpoint
        self._wired = wired
        self._random = random
        self._announced = 0

    def put(self, file: LogFile) -> None:
        self._s3.put_object(Bucket=self._wired.bucket, Key=file.key, Body=file.body)
        self._announced += 1

    def announce(self, file: LogFile, *, times: int) -> None:
        etag = self._s3.head_object(Bucket=self._wired.bucket, Key=file.key)["ETag"].strip('"')
        thing = {"bucket": {"name": self._wired.bucket}, "object": {"key": file.key, "eTag": etag}}
        record = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": thing}
        for _ in range(times):
            self._sqs.send_message(QueueUrl=self._wired.queue_url, MessageBody=json.dumps({"Records": [record]}))
        self._announced += times

    def wait_until_calm(self, herd: _Herd) -> int:
        """Wait until nothing is left, and answer how many messages had to be sent back from the dead-letter queue."""
        deadline = time.monotonic() + CALM_S_MAX
        dead = 0
        while self._messages(self._wired.queue_url) or pushes_left(self._wired, self._aws, self._endpoint):
            herd.check()
            assert time.monotonic() < deadline, "something is left for too long"
            dead += self._send_back()
            time.sleep(0.2)
        return dead

    def _send_back(self) -> int:
        """Redrive, as an operator would: whoever was killed again and again with a message made it look like poison."""
        dead = self._messages(self._wired.dead_queue_url)
        if dead:
            self._sqs.start_message_move_task(
                SourceArn=self._wired.dead_queue_arn, DestinationArn=self._wired.queue_arn
            )
        return dead

    def _messages(self, url: str) -> int:
        return messages_left(url, self._aws, self._endpoint)

    def wreckage(self, files: list[LogFile], *, seed: int, kills: int, stops: int, dead: int) -> Wreckage:
        until = datetime.now(UTC) + timedelta(hours=1)
        since = until - timedelta(days=1)
        expected = errors_in(files)
        held = [
            errors_held(self._cloudwatch, environment=ENVIRONMENT, since=since, until=until, statistic=statistic)
            for statistic in ("Sum", "SampleCount")
        ]
        rang = self._rang()
        due = {file.key for file in files if file.errors >= THRESHOLD}
        return Wreckage(
            seed=seed,
            files=len(files),
            errors=expected.total(),
            announced=self._announced,
            kills=kills,
            stops=stops,
            differing=[one for found in held for one in differences(expected, found)],
            due=len(due),
            alerts_counted=alerts_held(self._cloudwatch, environment=ENVIRONMENT, since=since, until=until),
            missing_alerts=sorted(due - {key for key, _ in rang}),
            alert_ids=Counter(key for key, _ in rang),
            probes=sum(datum.metric == PUSH_MARK and datum.sum < 0 for datum in self._cloud.accepted),
            dead=dead,
        )

    def _rang(self) -> set[tuple[str, str]]:
        rang = set()
        url = self._wired.inbox_url
        while messages := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get(
            "Messages"
        ):
            for message in messages:
                attributes = json.loads(message["Body"])["MessageAttributes"]
                rang.add((attributes["file_directory"]["Value"], attributes["deduplication_id"]["Value"]))
        return rang


def _files(random: Random, count: int) -> Iterator[LogFile]:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for number in range(count):
        errors = random.choice((0, 1, 2, 5, 9, 10, 40))
        lines = random.choice((errors + 5, errors + 50, errors + 2000))
        start = now - timedelta(minutes=random.randrange(35, 600))
        yield log_file(random, prefix=f"app-{number}/", start=start, minutes=30, errors=errors, lines=lines)
