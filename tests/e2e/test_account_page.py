"""What the roles of docs/account.md permit, held against what the product calls in each role."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from core.aws import clients
from core.limits import RECEIVE_WAIT_S
from local.cloud import Cloud
from local.faults import DENIED, Fault, LoseAnswer
from local.wiring import Wired
from tests.account_page import FREE, OF_TRANSACTIONS, TRANSACTION, UNSEEN_OF_A_WORKER, action, permitted
from tests.e2e.workers import Workers, messages_left, pushes_left, within, worker_processes
from tests.e2e.yard import errors

pytestmark = pytest.mark.slow


@pytest.fixture
def workers(cloud: Cloud, wired: Wired, tmp_path: Path) -> Iterator[Workers]:
    with worker_processes(cloud, wired, threshold=1, folder=tmp_path) as workers:
        workers.environment |= {"LOGTALLY_SETTLE_AFTER_S": "0", "LOGTALLY_SETTLE_EVERY_S": "0.2"}
        yield workers


def _asked(cloud: Cloud, *, in_transactions: set[str]) -> set[str]:
    """Answer the actions of all that was called since the last reset."""
    calls = cloud.calls.of()
    asked = {action(call.service, call.operation) for call in calls if call.operation != TRANSACTION}
    return asked | (in_transactions if any(call.operation == TRANSACTION for call in calls) else set())


def test_a_worker_may_do_what_it_does_and_nothing_else(
    cloud: Cloud, wired: Wired, aws: boto3.Session, workers: Workers
) -> None:
    """It starts, counts, rings, buries, hides, loses answers of CloudWatch and of the ledger, settles and stops."""
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
    s3 = clients.s3(aws, endpoint_url=cloud.endpoint)
    faults = [
        Fault(service="s3", operation="GetObject", kind=DENIED),
        Fault(service="cloudwatch", operation="PutMetricData", kind=LoseAnswer()),
        Fault(service="dynamodb", operation="PutItem", kind=LoseAnswer()),
    ]
    s3.put_object(Bucket=wired.bucket, Key="a.jsonl", Body=errors("orders", 3))
    cloud.calls.reset()

    with cloud.faults.inject(*faults), within(40) as until:
        worker = workers.start()
        until(lambda: any(call.operation == "Publish" for call in cloud.calls.of()))
        until(lambda: pushes_left(wired, aws, cloud.endpoint) == 0)
        sqs.send_message(QueueUrl=wired.queue_url, MessageBody="hello")
        until(lambda: messages_left(wired.queue_url, aws, cloud.endpoint) == 0)
        # The commit whose answer was lost is sent again after a pause, refused, and read back.
        until(lambda: cloud.calls.count("dynamodb", "GetItem") > 0)
        worker.send_signal(signal.SIGTERM)
        worker.wait(20)
    by_the_test = {"sqs:SendMessage"}

    assert _asked(cloud, in_transactions={OF_TRANSACTIONS["Put"]}) - by_the_test == (
        permitted().worker - UNSEEN_OF_A_WORKER - by_the_test
    )


@pytest.mark.parametrize(
    "command",
    [
        "ledger show s3://{bucket}/a.jsonl",
        "ledger list",
        "ledger writers",
        "ledger reconcile --since {since}",
        "ledger forget s3://{bucket}/a.jsonl --yes",
        "ledger settle",
        "dlq list",
        "dlq redrive --reason nobody --yes",
        "dlq redrive --reason S3 --yes",
        "dlq redrive --yes",
        "dlq drop --reason S3 --yes",
        "doctor",
        "analyze --bucket {bucket} --prefix a --threshold 1",
    ],
)
def test_a_command_asks_for_nothing_that_its_role_does_not_permit(
    cloud: Cloud, wired: Wired, aws: boto3.Session, workers: Workers, command: str
) -> None:
    """After a worker has counted a file, and has sent a message to the dead-letter queue."""
    policies = permitted()
    clients.sqs(aws, endpoint_url=cloud.endpoint).send_message(QueueUrl=wired.queue_url, MessageBody="hello")
    s3 = clients.s3(aws, endpoint_url=cloud.endpoint)
    s3.put_object(Bucket=wired.bucket, Key="a.jsonl", Body=errors("orders", 3))
    worker = workers.start()
    with within(40) as until:
        until(lambda: any(call.operation == "PutMetricData" for call in cloud.calls.of()))
        until(lambda: messages_left(wired.queue_url, aws, cloud.endpoint) == 0)
    worker.send_signal(signal.SIGTERM)
    worker.wait(RECEIVE_WAIT_S + 10)
    cloud.calls.reset()

    since = f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    words = command.format(bucket=wired.bucket, since=since).split()
    line = [sys.executable, "-m", "cli", *words]
    done = subprocess.run(line, env=workers.environment, capture_output=True, check=False)

    of_forget = {OF_TRANSACTIONS["Delete"], OF_TRANSACTIONS["ConditionCheck"]}
    may = {
        "forget": policies.reader | policies.forget,
        "settle": policies.worker,
        "dlq": policies.reader | policies.letters,
        "doctor": policies.doctor | FREE,
        "analyze": policies.analyze,
    }
    name = next((name for name in may if name in words), "")
    assert done.returncode == 0, done.stderr
    assert _asked(cloud, in_transactions=of_forget) <= may.get(name, policies.reader)
