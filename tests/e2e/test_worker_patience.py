"""A worker with something slow in hand: nothing of it expires, nothing is read twice, and it ends when it is told."""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import boto3
import pytest

from core.aws import clients
from core.limits import HEARTBEAT_S
from local.cloud import Cloud
from local.faults import EXPIRED_TOKEN, Fault, NoAnswer
from local.wiring import Wired
from tests.e2e.workers import messages_left, within, worker_environment, worker_processes
from tests.s3_events import created
from tests.s3_stub import Answer, Request, serving

pytestmark = pytest.mark.slow

VISIBILITY_S = 15  # the least that may be set
SLOW_S = 3 * VISIBILITY_S + 3
LINE = f'{{"level":"ERROR","ts":"{datetime.now(UTC):%Y-%m-%dT%H:%M}:00Z","service":"%s"}}\n'
TIMES = {"LOGTALLY_VISIBILITY_TIMEOUT_S": str(VISIBILITY_S), "LOGTALLY_STOP_TIMEOUT_S": "10"}


def _announce(aws: boto3.Session, cloud: Cloud, wired: Wired, *keys: str) -> None:
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
    for key in keys:
        body = created(wired.bucket, key, etag=f"etag-of-{key}")
        sqs.send_message(QueueUrl=wired.queue_url, MessageBody=body)


def _slowly(line: bytes) -> Iterator[bytes]:
    for at in range(len(line)):
        yield line[at : at + 1]
        time.sleep(SLOW_S / len(line))


def _object(request: Request) -> Answer:
    key = request.path.rpartition("/")[2]
    line = (LINE % key.removesuffix(".jsonl")).encode()
    return Answer(200, _slowly(line) if key == "slow.jsonl" else [line], len(line), {"ETag": f'"etag-of-{key}"'})


def _counted(cloud: Cloud) -> Counter[str]:
    errors = [datum for datum in cloud.accepted if datum.metric == "logErrors"]
    return Counter({datum.dimensions["Service"]: int(datum.sum) for datum in errors})


def test_nothing_in_hand_expires_while_a_slow_file_is_read(
    cloud: Cloud, wired: Wired, aws: boto3.Session, tmp_path: Path
) -> None:
    """It takes three times the visibility timeout, a second worker waits for work, and each file is read once."""
    names = ["slow", *(f"quick{n}" for n in range(9))]
    _announce(aws, cloud, wired, *(f"{name}.jsonl" for name in names))
    with serving(_object) as (endpoint, asked), worker_processes(cloud, wired, threshold=9, folder=tmp_path) as workers:
        workers.environment |= {**TIMES, "LOGTALLY_DRAIN_TIMEOUT_S": "5", "AWS_ENDPOINT_URL_S3": endpoint}
        workers.start()
        workers.start()
        with within(2 * SLOW_S) as until:
            until(lambda: messages_left(wired.queue_url, aws, cloud.endpoint) == 0)
            until(lambda: _counted(cloud) == Counter(names))

    reads = Counter(request.path for request in asked if request.path.endswith(".jsonl"))
    assert reads == Counter(f"/{wired.bucket}/{name}.jsonl" for name in names)


def test_a_worker_that_is_stopped_gives_back_at_once_what_it_can_not_finish(
    cloud: Cloud, wired: Wired, aws: boto3.Session, tmp_path: Path
) -> None:
    """It ends with 0 within its drain timeout, and the message is there for the next one."""
    _announce(aws, cloud, wired, "slow.jsonl")
    with serving(_object) as (endpoint, asked), worker_processes(cloud, wired, threshold=9, folder=tmp_path) as workers:
        workers.environment |= {**TIMES, "LOGTALLY_DRAIN_TIMEOUT_S": "3", "AWS_ENDPOINT_URL_S3": endpoint}
        worker = workers.start()
        with within(20) as until:
            until(lambda: any("slow" in request.path for request in asked))
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(6) == 0
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
    assert len(sqs.receive_message(QueueUrl=wired.queue_url, WaitTimeSeconds=0).get("Messages", ())) == 1


def test_a_worker_that_can_give_nothing_back_ends_before_it_is_killed(
    cloud: Cloud, wired: Wired, aws: boto3.Session, tmp_path: Path
) -> None:
    """SQS says nothing; what is in hand comes back after its visibility timeout."""
    _announce(aws, cloud, wired, "slow.jsonl")
    silent = Fault(service="sqs", operation="ChangeMessageVisibilityBatch", kind=NoAnswer(effect=False), nth=None)
    with serving(_object) as (endpoint, asked), worker_processes(cloud, wired, threshold=9, folder=tmp_path) as workers:
        workers.environment |= {**TIMES, "LOGTALLY_DRAIN_TIMEOUT_S": "5", "AWS_ENDPOINT_URL_S3": endpoint}
        with cloud.faults.inject(silent):
            worker = workers.start()
            with within(20) as until:
                until(lambda: any("slow" in request.path for request in asked))
            worker.send_signal(signal.SIGTERM)

            assert worker.wait(int(TIMES["LOGTALLY_STOP_TIMEOUT_S"])) == 0


def test_an_idle_worker_ends_at_once(cloud: Cloud, wired: Wired, tmp_path: Path) -> None:
    """In the middle of a long poll."""
    with worker_processes(cloud, wired, threshold=9, folder=tmp_path) as workers:
        worker = workers.start()
        with within(20) as until:
            until(lambda: messages_left(wired.queue_url, cloud.session(), cloud.endpoint) == 0)
        time.sleep(1)
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(5) == 0


def test_a_worker_says_that_it_is_alive_while_sqs_is_silent(
    cloud: Cloud, wired: Wired, aws: boto3.Session, tmp_path: Path
) -> None:
    """And what it waits for: it does not wait for an answer to write that down."""
    _announce(aws, cloud, wired, "slow.jsonl")
    silent = Fault(service="sqs", operation="ChangeMessageVisibilityBatch", kind=NoAnswer(effect=False), nth=None)
    with serving(_object) as (endpoint, _), worker_processes(cloud, wired, threshold=9, folder=tmp_path) as workers:
        workers.environment |= {**TIMES, "LOGTALLY_DRAIN_TIMEOUT_S": "5", "AWS_ENDPOINT_URL_S3": endpoint}
        health = Path(workers.environment["LOGTALLY_HEALTH_FILE"])
        with cloud.faults.inject(silent):
            workers.start()
            with within(30) as until:
                until(lambda: cloud.calls.count("sqs", "ChangeMessageVisibilityBatch") > 0)
            for _ in range(2):
                with within(HEARTBEAT_S + 3) as until:
                    until(partial(_is_newer, health, health.stat().st_mtime_ns))


def test_a_second_signal_ends_it(cloud: Cloud, wired: Wired, aws: boto3.Session, tmp_path: Path) -> None:
    """Somebody at a terminal does not want to wait for a slow file."""
    _announce(aws, cloud, wired, "slow.jsonl")
    with serving(_object) as (endpoint, asked), worker_processes(cloud, wired, threshold=9, folder=tmp_path) as workers:
        workers.environment |= {"AWS_ENDPOINT_URL_S3": endpoint}
        worker = workers.start()
        with within(20) as until:
            until(lambda: any("slow" in request.path for request in asked))
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        worker.send_signal(signal.SIGTERM)

        assert worker.wait(5) == 128 + signal.SIGTERM


def test_expired_credentials_are_unhealthy_and_it_goes_on_by_itself(
    cloud: Cloud, wired: Wired, aws: boto3.Session, tmp_path: Path
) -> None:
    """A new task might get better ones; this one asks now and then, and says so once a minute."""
    environment = worker_environment(cloud, wired, threshold=9, folder=tmp_path)
    with (tmp_path / "log").open("wb") as log, worker_processes(cloud, wired, threshold=9, folder=tmp_path) as workers:
        expired = Fault(kind=EXPIRED_TOKEN, where=lambda call: call.operation != "SendMessage", nth=None)
        worker = workers.start(log)
        with within(60) as until:
            until(lambda: _receives(cloud) > 0)
            with cloud.faults.inject(expired):
                _announce(aws, cloud, wired, "a.jsonl")
                until(lambda: "the credentials" in _health(environment))
                before = _receives(cloud)
                time.sleep(5)
                asked = _receives(cloud) - before
            until(lambda: _health(environment) == "")

        assert worker.poll() is None
    assert asked <= 5
    assert (tmp_path / "log").read_text().count("worker.not_ready") == 1


def _is_newer(file: Path, than_ns: int) -> bool:
    return file.stat().st_mtime_ns > than_ns


def _receives(cloud: Cloud) -> int:
    return cloud.calls.count("sqs", "ReceiveMessage")


def _health(environment: dict[str, str]) -> str:
    command = [sys.executable, "-m", "cli", "worker", "--health"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False).stderr
