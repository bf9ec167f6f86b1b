"""What was mended is counted once its letter is back: by real workers."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from core.aws import clients
from local.cloud import Cloud
from local.faults import DENIED, Fault, Refuse
from local.wiring import Wired
from tests.e2e.dlq.letters import Queues
from tests.e2e.ledger.user import User
from tests.e2e.workers import Workers, messages_left, within, worker_processes
from tests.e2e.yard import errors

pytestmark = pytest.mark.slow

ARCHIVED = Refuse(code="InvalidObjectState", status=403)


@pytest.fixture
def workers(cloud: Cloud, wired: Wired, tmp_path: Path) -> Iterator[Workers]:
    with worker_processes(cloud, wired, threshold=100, folder=tmp_path) as workers:
        yield workers


def _counted(cloud: Cloud) -> int:
    return sum(int(datum.sum) for datum in cloud.accepted if datum.metric == "logErrors")


@pytest.mark.parametrize(
    ("fault", "receives", "reason", "words"),
    [
        (ARCHIVED, 5, "is archived", ("--reason", "archived")),
        (DENIED, 1, "received 1 times, and at last: ", ("--reason", "not permitted")),
        (DENIED, 1, "received 1 times, and at last: ", ()),
    ],
    ids=["archived", "not permitted", "all"],
)
def test_a_mended_object_is_counted_when_its_letter_is_moved_back(
    user: User,
    queues: Queues,
    workers: Workers,
    aws: boto3.Session,
    fault: Refuse,
    receives: int,
    reason: str,
    words: tuple[str, ...],
) -> None:
    """It was restored, or permitted: the end `failed` that the ledger may hold of it gives way to its errors."""
    cloud, wired = user.hands.cloud, user.hands.wired
    policy = json.dumps({"deadLetterTargetArn": wired.dead_queue_arn, "maxReceiveCount": receives})
    clients.sqs(aws, endpoint_url=cloud.endpoint).set_queue_attributes(
        QueueUrl=wired.queue_url, Attributes={"RedrivePolicy": policy}
    )
    s3 = clients.s3(aws, endpoint_url=cloud.endpoint)
    s3.put_object(Bucket=wired.bucket, Key="a.jsonl", Body=errors("orders", 3))
    with within(60) as until:
        with cloud.faults.inject(Fault(service="s3", operation="GetObject", kind=fault, nth=None)):
            workers.start()
            until(lambda: queues.depth() == 1)
            until(lambda: messages_left(wired.queue_url, aws, cloud.endpoint) == 0)
        (letter,) = user.told("list")["letters"]
        assert reason in letter["reason"]
        assert letter["objects"] == [{"bucket": wired.bucket, "key": "a.jsonl"}]

        told = user.told("redrive", *words, "--yes")

        assert told["moved"] == 1
        until(lambda: _counted(cloud) == 3)
        until(lambda: messages_left(wired.queue_url, aws, cloud.endpoint) == 0)
    assert queues.depth() == 0
    assert [version["state"] for version in _versions(user, wired)] in (["settled"], ["outstanding"])


def test_what_still_cannot_be_read_comes_back(user: User, queues: Queues, workers: Workers, aws: boto3.Session) -> None:
    """As a new letter, with the same reason; what is counted already is not counted again."""
    cloud, wired = user.hands.cloud, user.hands.wired
    s3 = clients.s3(aws, endpoint_url=cloud.endpoint)
    s3.put_object(Bucket=wired.bucket, Key="a.gz", Body=gzip.compress(errors("orders", 3))[:-8])
    s3.put_object(Bucket=wired.bucket, Key="b.jsonl", Body=errors("orders", 4))
    with within(60) as until:
        workers.start()
        until(lambda: queues.depth() == 1 and _counted(cloud) == 4)
        until(lambda: messages_left(wired.queue_url, aws, cloud.endpoint) == 0)

        user.told("redrive", "--reason", "truncated", "--yes")

        until(lambda: len(user.told("list")["letters"]) == 2)
        until(lambda: messages_left(wired.queue_url, aws, cloud.endpoint) == 0)
    first, second = user.told("list")["letters"]
    assert (queues.depth(), first["reason"], _counted(cloud)) == (1, second["reason"], 4)


def _versions(user: User, wired: Wired) -> list[dict[str, str]]:
    ledger = User(user.hands, user.environment)
    versions: list[dict[str, str]] = ledger.told("show", f"s3://{wired.bucket}/a.jsonl")["versions"]
    return versions
