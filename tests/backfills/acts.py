"""A bucket that is full already, and what becomes of its files: counted once, however often, whoever else counts."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Final

import boto3
from msgspec import Struct

from core.aws import clients
from local.cloud import Cloud, running
from local.crew import FENCE, crew
from local.left import messages_left, pushes_left
from local.logs import LogFile, log_file
from local.truth import Counts, alerts_held, differences, errors_held, errors_in
from local.wiring import Wired, wire

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET: Final = "full"  # it tells nobody
THRESHOLD: Final = 10
PUTTERS: Final = 4
WAIT_S_MAX: Final = 600.0
LOGTALLY: Final = (sys.executable, "-m", "cli")


class Run(Struct, frozen=True, kw_only=True):
    """One backfill that came to its end."""

    code: int
    told: dict[str, Any]
    seconds: float
    gets: int
    errors: str  # what it said on stderr


class Left(Struct, frozen=True, kw_only=True):
    """What a backfill, or several, left behind, against the files."""

    differing: int  # minutes of services
    alerts: int  # that `alertTriggered` holds
    ringing: int  # files that are to ring
    pushes: int  # not over

    @property
    def broken(self) -> list[str]:
        """Say which promises are."""
        wrong = {
            f"{self.differing} minutes differ from the files": self.differing,
            f"alertTriggered is {self.alerts}, and {self.ringing} files ring": self.alerts != self.ringing,
            f"{self.pushes} pushes are not over": self.pushes,
        }
        return [words for words, is_so in wrong.items() if is_so]


class House:
    """A cloud with a full bucket. Each act counts it with a ledger and an environment of its own."""

    def __init__(self, cloud: Cloud, files: list[LogFile]) -> None:
        self.cloud = cloud
        self.files = files
        self._aws = cloud.session()
        self._expected: Counts = errors_in(files)
        self._began = datetime.now(UTC)

    def fill(self) -> None:
        """Put the files, before anything is counted."""
        s3: S3Client = clients.s3(self._aws, endpoint_url=self.cloud.endpoint)
        s3.create_bucket(Bucket=BUCKET)
        with ThreadPoolExecutor(PUTTERS) as pool:
            for _ in pool.map(lambda file: s3.put_object(Bucket=BUCKET, Key=file.key, Body=file.body), self.files):
                pass

    def act(self, name: str) -> "Act":
        """Answer a stage for one act."""
        return Act(self, name, wire(self._aws, endpoint_url=self.cloud.endpoint, prefix=name))

    @property
    def aws(self) -> boto3.Session:
        """Whoever looks at the cloud."""
        return self._aws

    @property
    def expected(self) -> Counts:
        """What the files contain."""
        return self._expected

    @property
    def ringing(self) -> int:
        """How many files are to ring."""
        return sum(file.errors >= THRESHOLD for file in self.files)


class Act:
    """One ledger, and the backfills over it."""

    def __init__(self, house: House, name: str, wired: Wired) -> None:
        self.house = house
        self.wired = wired
        self.name = name
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOGTALLY_")}
        self.settings = {"LOGTALLY_ENVIRONMENT": name, "LOGTALLY_THRESHOLD": str(THRESHOLD)}
        self.environment = {
            **house.cloud.environment(wired, inherited=inherited),
            "LOGTALLY_LOCAL_FENCE": json.dumps(FENCE),
            "LOGTALLY_SETTLE_AFTER_S": "1",
            "LOGTALLY_SETTLE_EVERY_S": "1",
            **self.settings,
        }

    def run(self, *words: str) -> Run:
        """Run a backfill to its end."""
        calls = self.house.cloud.calls
        gets, began = calls.count("s3", "GetObject"), time.monotonic()
        done = subprocess.run(
            [*LOGTALLY, "backfill", f"s3://{BUCKET}/", "--alerts", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Run(
            code=done.returncode,
            told=json.loads(done.stdout) if done.stdout else {},
            seconds=time.monotonic() - began,
            gets=calls.count("s3", "GetObject") - gets,
            errors=done.stderr,
        )

    def killed_after(self, files: int) -> None:
        """Run a backfill, and kill it when so many files have been read."""
        calls = self.house.cloud.calls
        gets = calls.count("s3", "GetObject")
        process = subprocess.Popen(
            [*LOGTALLY, "backfill", f"s3://{BUCKET}/", "--alerts"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while calls.count("s3", "GetObject") < gets + files and process.poll() is None:
            time.sleep(0.02)
        process.kill()
        process.wait()

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Let a worker work as long as the block runs, and until nothing is left to do."""
        with crew(self.house.cloud, self.wired, settings=self.settings, to_terminal=False) as workers:
            workers.start()
            workers.wait_until_started(1)
            yield
            self.wait_until_nothing_is_left(queued=True)

    def settle(self) -> None:
        """Let a worker settle what was left."""
        with self.worker():
            pass

    def wait_until_nothing_is_left(self, *, queued: bool) -> None:
        """Wait until no push is outstanding, and no message is there."""
        deadline = time.monotonic() + WAIT_S_MAX
        while self._pushes() or (queued and self._messages()):
            assert time.monotonic() < deadline, "it takes too long"
            time.sleep(0.5)

    def left(self) -> Left:
        """Hold the graph against the files."""
        cloudwatch = clients.cloudwatch_read(self.house.aws, endpoint_url=self.house.cloud.endpoint)
        span = {"since": datetime.now(UTC) - timedelta(days=3), "until": datetime.now(UTC) + timedelta(minutes=5)}
        found = errors_held(cloudwatch, environment=self.name, statistic="SampleCount", **span)
        return Left(
            differing=len(differences(self.house.expected, found)),
            alerts=alerts_held(cloudwatch, environment=self.name, statistic="SampleCount", **span),
            ringing=self.house.ringing,
            pushes=self._pushes(),
        )

    def _pushes(self) -> int:
        dynamodb = clients.dynamodb(self.house.aws, endpoint_url=self.house.cloud.endpoint)
        return pushes_left(dynamodb, self.wired.table)

    def _messages(self) -> int:
        sqs = clients.sqs(self.house.aws, endpoint_url=self.house.cloud.endpoint)
        return messages_left(sqs, self.wired.queue_url)


@contextmanager
def house(count: int, *, seed: int) -> Iterator[House]:
    """Answer a cloud with so many files in its bucket."""
    random = Random(seed)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    with running(signature_age_s=FENCE["signature_age_s"]) as cloud:
        made = House(cloud, [_file(random, number, now) for number in range(count)])
        made.fill()
        yield made


def _file(random: Random, number: int, now: datetime) -> LogFile:
    errors = random.choice((0, 1, 2, 5, 9, 10, 12))
    start = now - timedelta(minutes=random.randrange(35, 600))
    return log_file(random, prefix=f"app-{number:06}/", start=start, minutes=30, errors=errors, lines=errors + 5)
