"""Real worker processes against the local cloud: put, and watch the number."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import boto3
import pytest

from core.aws import clients
from local.cloud import Cloud
from local.faults import DENIED, Fault
from local.logs import LogFile, log_file
from local.wiring import Wired
from tests.e2e.workers import Workers, messages_left, within, worker_processes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.literals import KeyTypeType, ScalarAttributeTypeType

pytestmark = pytest.mark.slow

THRESHOLD = 5
NO_TOPIC = "arn:aws:sns:us-east-1:000000000000:no-such-topic"


@pytest.fixture
def workers(cloud: Cloud, wired: Wired, tmp_path: Path) -> Iterator[Workers]:
    with worker_processes(cloud, wired, threshold=THRESHOLD, folder=tmp_path) as workers:
        yield workers


def _truth(*files: LogFile) -> Counter[tuple[str, int]]:
    """Errors by (service, minute), read by the simplest reader there is."""
    truth: Counter[tuple[str, int]] = Counter()
    for file in files:
        for line in file.body.splitlines():
            entry = json.loads(line)
            if entry["level"] == "ERROR":
                truth[entry["service"], int(datetime.fromisoformat(entry["ts"]).timestamp()) // 60 * 60] += 1
    return truth


def _counted(cloud: Cloud) -> Counter[tuple[str, int]]:
    counts: Counter[tuple[str, int]] = Counter()
    for datum in cloud.accepted:
        if datum.metric == "logErrors":
            counts[datum.dimensions["Service"], int(datum.timestamp)] += int(datum.sum)
    return counts


def _rung(cloud: Cloud) -> int:
    return sum(int(datum.sum) for datum in cloud.accepted if datum.metric == "alertTriggered")


def _file(seed: int, *, errors: int) -> LogFile:
    start = datetime.now(UTC).replace(second=0, microsecond=0, minute=0)
    return log_file(Random(seed), prefix=f"app-{seed}/", start=start, minutes=30, errors=errors, lines=3 * errors)


def test_files_put_twice_and_announced_five_times_are_counted_once(
    cloud: Cloud, wired: Wired, aws: boto3.Session, workers: Workers
) -> None:
    """By two workers at once, with an alert for each file at its threshold."""
    s3 = clients.s3(aws, endpoint_url=cloud.endpoint)
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
    files = [_file(1, errors=THRESHOLD - 1), _file(2, errors=THRESHOLD), _file(3, errors=40)]
    for file in files * 2:
        s3.put_object(Bucket=wired.bucket, Key=file.key, Body=file.body)
    events = []
    while messages := sqs.receive_message(QueueUrl=wired.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get(
        "Messages"
    ):
        events += [message["Body"] for message in messages]
        for message in messages:
            sqs.delete_message(QueueUrl=wired.queue_url, ReceiptHandle=message["ReceiptHandle"])
    for body in events * 5:
        sqs.send_message(QueueUrl=wired.queue_url, MessageBody=body)

    workers.start()
    workers.start()
    with within(40) as until:
        until(lambda: messages_left(wired.queue_url, aws, cloud.endpoint) == 0)
        until(lambda: _counted(cloud).total() >= _truth(*files).total())
    for process in workers.running:
        process.send_signal(signal.SIGTERM)

    assert [process.wait(20) for process in workers.running] == [0, 0]
    assert _counted(cloud) == _truth(*files)
    assert _rung(cloud) == 2


def test_a_message_that_is_no_event_goes_to_the_dead_letter_queue_with_the_reason(
    cloud: Cloud, wired: Wired, aws: boto3.Session, workers: Workers
) -> None:
    """And harms no other."""
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
    file = _file(4, errors=3)
    sqs.send_message(QueueUrl=wired.queue_url, MessageBody="hello")
    clients.s3(aws, endpoint_url=cloud.endpoint).put_object(Bucket=wired.bucket, Key=file.key, Body=file.body)
    workers.start()

    with within(30) as until:
        until(lambda: _counted(cloud) == _truth(file))
        until(lambda: messages_left(wired.queue_url, aws, cloud.endpoint) == 0)

    (dead,) = sqs.receive_message(QueueUrl=wired.dead_queue_url, MessageAttributeNames=["All"], MaxNumberOfMessages=10)[
        "Messages"
    ]
    assert dead["Body"] == "hello"
    assert "not an S3 event" in dead["MessageAttributes"]["reason"]["StringValue"]


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("LOGTALLY_TOPIC_ARN", NO_TOPIC, "error: topic no-such-topic: there is no such thing (NotFound)"),
        ("LOGTALLY_BUCKET", "no-such-bucket", "error: bucket no-such-bucket: there is no such thing (404)"),
        (
            "LOGTALLY_TABLE",
            "no-such-table",
            "error: table no-such-table: there is no such thing (ResourceNotFoundException)",
        ),
        ("LOGTALLY_QUEUE_URL", None, "error: LOGTALLY_QUEUE_URL is not set: the queue that S3 announces objects in"),
        ("LOGTALLY_THRESHOLD", "0", "error: LOGTALLY_THRESHOLD must be a whole number of 1 or more, not 0"),
        ("LOGTALLY_TRESHOLD", "3", "error: LOGTALLY_TRESHOLD is no setting; is LOGTALLY_THRESHOLD meant?"),
        ("LOGTALLY_CONFIG", "/", "error: LOGTALLY_CONFIG: / is a folder; name a TOML file in it"),
        (
            "LOGTALLY_HEALTH_FILE",
            "/dev/null/a",
            "error: LOGTALLY_HEALTH_FILE: /dev/null/a can't be written: Not a directory",
        ),
        (
            "AWS_REGION",
            "us east",
            "error: AWS settings: Provided region_name 'us east' doesn't match a supported format.",
        ),
        ("AWS_ENDPOINT_URL", "nonsense", "error: AWS settings: Invalid endpoint: nonsense"),
    ],
)
def test_a_worker_that_cannot_begin_says_why_in_one_line(
    workers: Workers, name: str, value: str | None, line: str
) -> None:
    """And ends with 2, with no stack trace."""
    environment = {**workers.environment, name: value or ""}
    if value is None:
        del environment[name]

    ended = _run("worker", environment=environment)

    assert (ended.returncode, ended.stderr.splitlines()) == (2, [line])


def test_several_wrong_settings_are_a_line_each(workers: Workers) -> None:
    """All at once."""
    ended = _run("worker", environment={**workers.environment, "LOGTALLY_THRESHOLD": "0", "LOGTALLY_LINGER_S": "-1"})

    assert (ended.returncode, ended.stderr.splitlines()) == (
        2,
        [
            "error: LOGTALLY_THRESHOLD must be a whole number of 1 or more, not 0",
            "error: LOGTALLY_LINGER_S must be a number from 0 to 60, not -1",
        ],
    )


NEEDED = "it needs pk (a string) and sk (a string)"


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"id": "S"}, f"has the key id (a string); {NEEDED}"),
        ({"pk": "S"}, f"has the key pk (a string); {NEEDED}"),
        ({"pk": "S", "sk": "N"}, f"has the key pk (a string) and sk (a number); {NEEDED}"),
        ({"sk": "S", "pk": "S"}, f"has the key sk (a string) and pk (a string); {NEEDED}"),
    ],
)
def test_a_table_with_other_keys_is_no_ledger(
    cloud: Cloud, aws: boto3.Session, workers: Workers, keys: dict[str, "ScalarAttributeTypeType"], line: str
) -> None:
    """Neither for a worker nor for those who ask: with other keys two items could fall together."""
    kinds: tuple[KeyTypeType, ...] = ("HASH", "RANGE")
    clients.dynamodb(aws, endpoint_url=cloud.endpoint).create_table(
        TableName="other",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in keys.items()],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, kinds, strict=False)],
    )
    environment = {**workers.environment, "LOGTALLY_TABLE": "other"}
    commands = (("worker",), ("ledger", "writers"), ("ledger", "settle"), ("ledger", "show", "s3://a/b"))

    ended = [_run(*command, environment=environment) for command in commands]

    assert [(one.returncode, one.stderr.splitlines()) for one in ended] == [(2, [f"error: table other {line}"])] * 4


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("", "has no redrive policy; it needs one, to {dead}"),
        (
            '{{"deadLetterTargetArn": "{inbox}", "maxReceiveCount": 10}}',
            "has {inbox} as its dead-letter queue, by its redrive policy; {dead} is another one",
        ),
    ],
    ids=["no policy", "another queue"],
)
def test_a_dead_letter_queue_that_sqs_itself_does_not_use_is_refused(
    cloud: Cloud, wired: Wired, aws: boto3.Session, workers: Workers, policy: str, words: str
) -> None:
    """What a worker can't bury would go elsewhere, or come back for ever."""
    arns = {"dead": wired.dead_queue_arn, "inbox": wired.dead_queue_arn.replace("uploads-dead", "inbox")}
    clients.sqs(aws, endpoint_url=cloud.endpoint).set_queue_attributes(
        QueueUrl=wired.queue_url, Attributes={"RedrivePolicy": policy.format(**arns)}
    )

    ended = _run("worker", environment=workers.environment)

    assert (ended.returncode, ended.stderr) == (2, f"error: queue {wired.queue_url} {words.format(**arns)}\n")


def test_the_health_check_needs_no_settings(tmp_path: Path) -> None:
    """And says in one line that there is no worker."""
    environment = {"LOGTALLY_HEALTH_FILE": str(tmp_path / "health.json")}

    ended = _run("worker", "--health", environment=environment)

    line = f"error: no worker says in {tmp_path}/health.json that it is alive: No such file or directory"
    assert (ended.returncode, ended.stderr.splitlines()) == (1, [line])


def test_a_worker_that_may_not_ask_for_its_topic_works_all_the_same(
    cloud: Cloud, wired: Wired, aws: boto3.Session, workers: Workers
) -> None:
    """Least privilege is to publish; whether the topic is there, is only asked to say so early."""
    file = _file(5, errors=THRESHOLD)
    with cloud.faults.inject(
        Fault(service="sns", operation="GetTopicAttributes", kind=DENIED, nth=None),
        Fault(service="s3", operation="HeadBucket", kind=DENIED, nth=None),
    ):
        workers.start()
        clients.s3(aws, endpoint_url=cloud.endpoint).put_object(Bucket=wired.bucket, Key=file.key, Body=file.body)

        with within(30) as until:
            until(lambda: _counted(cloud) == _truth(file))
            until(lambda: _rung(cloud) == 1)


def test_an_idle_worker_stays_alive(workers: Workers) -> None:
    """Nothing to read is no reason to be taken for dead."""
    health = Path(workers.environment["LOGTALLY_HEALTH_FILE"])
    workers.start()
    with within(40) as until:
        until(health.exists)
        begun = _pulse(health)
        # A long poll takes 20 seconds, and is the longest turn of an idle worker.
        until(lambda: _pulse(health) > begun + 20)


def _pulse(health: Path) -> float:
    at: float = json.loads(health.read_bytes())["at"]
    return at


def _run(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
