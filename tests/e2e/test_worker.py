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

import boto3
import pytest

from core.aws import clients
from local.cloud import Cloud
from local.faults import DENIED, Fault
from local.logs import LogFile, log_file
from local.wiring import Wired
from tests.e2e.workers import Workers, messages_left, within, worker_processes

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
        ("LOGTALLY_TABLE", "no-such-table", "table no-such-table: there is no such thing"),
        ("LOGTALLY_TOPIC_ARN", NO_TOPIC, "topic no-such-topic: there is no such thing"),
        ("LOGTALLY_BUCKET", "no-such-bucket", "bucket no-such-bucket: there is no such thing"),
        ("LOGTALLY_QUEUE_URL", None, "LOGTALLY_QUEUE_URL is not set"),
        ("LOGTALLY_THRESHOLD", "0", "LOGTALLY_THRESHOLD: input should be greater than or equal to 1"),
        ("LOGTALLY_TRESHOLD", "3", "is LOGTALLY_THRESHOLD meant?"),
        ("AWS_REGION", "us east", "AWS settings: Provided region_name 'us east' doesn't match"),
        ("AWS_ENDPOINT_URL", "nonsense", "AWS settings: Invalid endpoint: nonsense"),
    ],
)
def test_a_worker_that_cannot_begin_says_why_in_one_line(
    workers: Workers, name: str, value: str | None, line: str
) -> None:
    """And ends with 2, with no stack trace."""
    environment = {**workers.environment, name: value or ""}
    if value is None:
        del environment[name]

    ended = subprocess.run(
        [sys.executable, "-m", "cli", "worker"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 2
    assert line in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


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
