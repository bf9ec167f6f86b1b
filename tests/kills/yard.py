"""The cloud of a storm or a soak, as those see it who put files, and those who look at the end."""

import gzip
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from msgspec import Struct

from core.alerts import deduplication_id
from core.audit import audit
from core.aws import clients
from core.aws.graph import Graph
from core.aws.history import History
from core.aws.ledger import Ledger
from core.aws.metrics import PUSH_MARK
from core.aws.table import Table
from core.balance import Line, Standing
from core.limits import DAY_S, RETENTION_DAYS
from core.model import Bucket, ETag, Minute, ObjectKey, ObjectRef, VersionId
from local.cloud import Cloud
from local.logs import LogFile
from local.truth import Difference, alerts_held, differences, errors_held, errors_in
from local.wiring import Wired
from tests.e2e.workers import messages_left, pushes_left
from tests.kills.kept import Alerts, Kept
from tests.queues import take_nobody_for_poison
from tests.s3_events import created

ENVIRONMENT: Final = "local"
THRESHOLD: Final = 10
CALM_S_MAX: Final = 180.0  # after the last file, until nothing is left
RECENT: Final = 10
DAYS_BACK: Final = timedelta(days=1)  # all that is put is younger


class Upload(Struct, frozen=True, kw_only=True):
    """A file, as S3 holds it."""

    ref: ObjectRef
    file: LogFile
    packed: bool
    at: float  # just before it was put


class Yard:
    """Puts files, repeats what it put, and knows what is true in the end.

    The bucket is versioned, and S3 announces each version by its id. So each counts, whole and once, also if it was
    overwritten before it was read; only the same bytes under the same key are the same file, however often put.
    """

    def __init__(self, cloud: Cloud, wired: Wired, random: Random) -> None:
        aws: Any = cloud.session()
        self._s3, self._sqs, self._cloudwatch = (
            aws.client(name, endpoint_url=cloud.endpoint) for name in ("s3", "sqs", "cloudwatch")
        )
        self._aws = aws
        self._cloud = cloud
        self._wired = wired
        self._random = random
        self._uploads: list[Upload] = []
        self._etags: set[str] = set()
        self.rang_at: dict[str, float] = {}  # by deduplication id, the first time; known once `kept` has looked
        self.messages = 0  # of S3, and repeated
        self.put_again = 0  # with the same bytes
        take_nobody_for_poison(self._sqs, self._wired)  # so whatever is buried, a worker has buried

    @property
    def files(self) -> list[LogFile]:
        """What was put, each file once."""
        return [upload.file for upload in self._uploads]

    @property
    def overwritten(self) -> int:
        """How many were put over others."""
        return len(self.files) - len({file.key for file in self.files})

    @property
    def uploads(self) -> Sequence[Upload]:
        """What was put, each file once, as S3 holds it."""
        return self._uploads

    def put(self, file: LogFile, *, packed: bool = False) -> None:
        """Put a new file; S3 announces it."""
        upload = self._put(file, packed=packed)
        assert upload.ref.etag not in self._etags, "no two have the same bytes"
        self._etags.add(upload.ref.etag)
        self._uploads.append(upload)

    def put_unreadable(self, key: str, body: bytes) -> None:
        """Put what is no log; S3 announces it."""
        self._s3.put_object(Bucket=self._wired.bucket, Key=key, Body=body)
        self.messages += 1

    def send(self, body: str) -> None:
        """Send a message that is about no object."""
        self._sqs.send_message(QueueUrl=self._wired.queue_url, MessageBody=body)
        self.messages += 1

    def backlog(self) -> int:
        """Answer how many messages wait."""
        name = "ApproximateNumberOfMessages"
        told = self._sqs.get_queue_attributes(QueueUrl=self._wired.queue_url, AttributeNames=[name])
        return int(told["Attributes"][name])

    def repeat(self) -> None:
        """Put a file of before once more, or announce it again; or neither. Also one that others were put over."""
        chance = self._random.random()
        upload = self._random.choice(self._uploads[-RECENT:] if self._random.random() < 0.7 else self._uploads)
        if chance < 0.1:
            self._put(upload.file, packed=upload.packed)
            self.put_again += 1
        elif chance < 0.4:
            self._announce(upload, times=self._random.randint(1, 3), by_version=self._random.random() < 0.5)

    def wait_until_calm(self, meanwhile: Callable[[], None]) -> None:
        """Wait until no message is left, and no push."""
        deadline = time.monotonic() + CALM_S_MAX
        while (left := self._left()) != (0, 0):
            meanwhile()
            assert time.monotonic() < deadline, f"too long: (messages, pushes) left are {left}"
            time.sleep(0.2)

    def kept(self) -> Kept:
        """Hold the graph and the alerts against the files and the ledger."""
        return Kept(differing=self._differing(), ledger_differs=self._ledger_differs(), alerts=self._alerts())

    def dead_letters(self) -> list[str]:
        """Answer the bodies of all dead letters."""
        return [body for body, _ in self.dead_letters_and_reasons()]

    def dead_letters_and_reasons(self) -> list[tuple[str, str]]:
        """Answer the bodies of all dead letters with the reasons; "" where there is none."""
        return [
            (message["Body"], message.get("MessageAttributes", {}).get("reason", {}).get("StringValue", ""))
            for message in self._drain(self._wired.dead_queue_url)
        ]

    def probes(self) -> int:
        """Answer how often somebody asked whether a push had been lost."""
        return sum(datum.metric == PUSH_MARK and datum.sum < 0 for datum in self._cloud.accepted)

    def _differing(self) -> list[Difference]:
        """Answer where the graph and the files differ, in Sum or in SampleCount."""
        expected = errors_in(self.files)
        held = [
            errors_held(self._cloudwatch, environment=ENVIRONMENT, statistic=statistic, **self._times())
            for statistic in ("Sum", "SampleCount")
        ]
        return [difference for found in held for difference in differences(expected, found)]

    def _ledger_differs(self) -> list[Line]:
        """Answer where the ledger and the graph differ, alerts too, now that all must be readable."""
        times = self._times()
        endpoint = self._cloud.endpoint
        dynamodb = clients.dynamodb(self._aws, endpoint_url=endpoint)
        patience: dict[str, Any] = {"sleep": time.sleep, "jitter": self._random.random}
        found = audit(
            history=History(Table(dynamodb, self._wired.table, **patience)),
            ledger=Ledger(dynamodb, self._wired.table, retention_days=RETENTION_DAYS, **patience),
            graph=Graph(clients.cloudwatch_read(self._aws, endpoint_url=endpoint), environment=ENVIRONMENT),
            since=Minute(int(times["since"].timestamp())),
            until=Minute(int(times["until"].timestamp())),
            now=time.time() + 3 * DAY_S,
        )
        return [line for line in found.lines if line.standing is not Standing.EQUAL]

    def _alerts(self) -> Alerts:
        """Hold the alerts against the files."""
        due = {
            deduplication_id(upload.ref): upload.file.key for upload in self._uploads if upload.file.errors >= THRESHOLD
        }
        messages = self._drain(self._wired.inbox_url)
        came = [json.loads(message["Body"])["MessageAttributes"] for message in messages]
        for message, attributes in zip(messages, came, strict=True):
            name, at = attributes["deduplication_id"]["Value"], int(message["Attributes"]["SentTimestamp"]) / 1000
            self.rang_at[name] = min(at, self.rang_at.get(name, at))
        rang = {attributes["deduplication_id"]["Value"]: attributes["file_directory"]["Value"] for attributes in came}
        counted, samples = (
            alerts_held(self._cloudwatch, environment=ENVIRONMENT, statistic=statistic, **self._times())
            for statistic in ("Sum", "SampleCount")
        )
        return Alerts(
            due=len(due),
            came=len(came),
            missing=sorted(due[name] for name in due.keys() - rang.keys()),
            not_due=sorted(rang[name] for name in rang.keys() - due.keys()),
            counted=counted,
            samples=samples,
        )

    def _put(self, file: LogFile, *, packed: bool) -> Upload:
        body = gzip.compress(file.body, 1, mtime=0) if packed else file.body
        at = time.time()
        told = self._s3.put_object(Bucket=self._wired.bucket, Key=file.key, Body=body)
        self.messages += 1
        ref = ObjectRef(
            bucket=Bucket(self._wired.bucket),
            key=ObjectKey(file.key),
            etag=ETag(told["ETag"].strip('"')),
            version_id=VersionId(told["VersionId"]),
        )
        return Upload(ref=ref, file=file, packed=packed, at=at)

    def _announce(self, upload: Upload, *, times: int, by_version: bool) -> None:
        """Announce a file again: as S3 does, or as a program that does not know its version."""
        ref = upload.ref
        body = created(ref.bucket, ref.key, etag=ref.etag, version_id=ref.version_id if by_version else None)
        for _ in range(times):
            self._sqs.send_message(QueueUrl=self._wired.queue_url, MessageBody=body)
        self.messages += times

    def _left(self) -> tuple[int, int]:
        endpoint = self._cloud.endpoint
        return messages_left(self._wired.queue_url, self._aws, endpoint), pushes_left(self._wired, self._aws, endpoint)

    def _times(self) -> dict[str, datetime]:
        until = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=1)
        return {"since": until - DAYS_BACK, "until": until}

    def _drain(self, url: str) -> list[Any]:
        messages: list[Any] = []
        wanted: dict[str, Any] = {"AttributeNames": ["SentTimestamp"], "MessageAttributeNames": ["All"]}
        while found := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0, **wanted).get(
            "Messages"
        ):
            for message in found:
                messages.append(message)
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages
