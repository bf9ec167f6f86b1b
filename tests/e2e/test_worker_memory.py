"""The worker's memory does not grow with the object: 300 MB through a real process, counted to the last error."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from core.aws import clients
from local.cloud import Cloud
from local.logs import LogFile
from local.truth import Counts, errors_held, errors_in
from local.wiring import Wired
from tests.e2e.measured import ERRORS_OF_BLOCK, RESIDENT_B_MAX, SIZE_B_MIN, block_of, measured
from tests.e2e.workers import messages_left, pushes_left, within, worker_environment
from tests.s3_events import created
from tests.s3_stub import Answer, Request, serving

pytestmark = pytest.mark.slow

HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
BLOCK = block_of(HOUR)
BLOCKS = SIZE_B_MIN // len(BLOCK) + 1
ETAG = "5d41402abc4b2a76b9719d911017c592"


def test_300_mb_in_the_watched_bucket(cloud: Cloud, wired: Wired, aws: boto3.Session, tmp_path: Path) -> None:
    """Streamed from S3 into CloudWatch, in less than 150 MB, and stopped by SIGTERM with exit code 0."""
    event = created(wired.bucket, "big.jsonl", etag=ETAG, size_b=SIZE_B_MIN)
    clients.sqs(aws, endpoint_url=cloud.endpoint).send_message(QueueUrl=wired.queue_url, MessageBody=event)

    def answer(_: Request) -> Answer:
        return Answer(200, (BLOCK for _ in range(BLOCKS)), BLOCKS * len(BLOCK), {"ETag": f'"{ETAG}"'})

    with serving(answer) as (endpoint, asked):
        environment = worker_environment(cloud, wired, threshold=1, folder=tmp_path)
        environment["AWS_ENDPOINT_URL_S3"] = endpoint
        with (
            measured([sys.executable, "-m", "cli", "worker"], environment=environment) as process,
            within(60) as until,
        ):
            until(lambda: messages_left(wired.queue_url, aws, cloud.endpoint) == 0)
            until(lambda: pushes_left(wired, aws, cloud.endpoint) == 0)
            process.terminate()
            _, stderr = process.communicate(timeout=30)

    assert process.returncode == 0, stderr
    # Whether the bucket is there, and then the object: once.
    assert [request.path for request in asked] == [f"/{wired.bucket}", f"/{wired.bucket}/big.jsonl"]
    assert int(stderr.splitlines()[-1]) < RESIDENT_B_MAX
    assert _held(aws, cloud, "Sum") == _expected()
    assert _held(aws, cloud, "SampleCount") == _expected()


def _expected() -> Counts:
    block = errors_in([LogFile(key="big.jsonl", body=BLOCK, errors=ERRORS_OF_BLOCK)])
    return Counter({cell: count * BLOCKS for cell, count in block.items()})


def _held(aws: boto3.Session, cloud: Cloud, statistic: str) -> Counts:
    return errors_held(
        clients.cloudwatch_read(aws, endpoint_url=cloud.endpoint),
        environment="local",
        since=HOUR - timedelta(hours=1),
        until=HOUR + timedelta(hours=3),
        statistic=statistic,
    )
