"""`--enqueue` hands the files to the workers, by way of the queue that S3 uses."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from core.aws import clients
from local.faults import FailEntries, Fault
from tests.e2e.backfill.bucket import Full
from tests.e2e.hands import alerts_in
from tests.e2e.ledger.user import User
from tests.e2e.workers import messages_left, pushes_left, within, worker_processes
from tests.e2e.yard import errors

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def test_the_queue_gets_what_s3_would_have_said(user: User, full: Full) -> None:
    """A record for each file, ten messages to a call; nothing is read."""
    etag = full.put("a b+ü.jsonl", 1)
    full.put_many(14)

    told = user.told("s3://full/", "--enqueue", "--alerts")

    calls = user.hands.cloud.calls
    assert (told["announced"], told["counted"], told["complete"]) == (15, 0, True)
    assert (calls.count("sqs", "SendMessageBatch"), calls.count("s3", "GetObject")) == (2, 0)
    (first, *_), *_ = [json.loads(body)["Records"] for body in _bodies(user)]
    assert first["eventName"] == "ObjectCreated:Put"
    assert first["s3"]["object"] == {"key": "a+b%2B%C3%BC.jsonl", "eTag": etag, "size": len(errors("orders", 1))}
    assert "logtally" not in first


def test_the_workers_count_what_they_are_handed_and_ring_only_if_asked(user: User, full: Full, tmp_path: Path) -> None:
    """What is said about alerts goes with the message."""
    hands = user.hands
    full.put("a", 5)
    user.told("s3://full/", "--enqueue", "--no-alerts")

    with worker_processes(hands.cloud, hands.wired, threshold=3, folder=tmp_path) as workers, within(40) as until:
        workers.start()
        until(lambda: not messages_left(hands.wired.queue_url, hands.aws, hands.cloud.endpoint))
        until(lambda: not pushes_left(hands.wired, hands.aws, hands.cloud.endpoint))

    assert alerts_in(hands.aws, hands.cloud, hands.wired) == []
    user.group = "ledger"
    (version,) = user.told("show", "s3://full/a")["versions"]
    assert (version["onGraph"]["errors"], version["rang"]) == (5, False)


def test_a_limit_announces_so_many_and_the_next_one_goes_on(user: User, full: Full) -> None:
    """Before any worker has counted the first ones."""
    full.put_many(5)

    announced = [user.told("s3://full/", "--enqueue", "--limit", "2")["announced"] for _ in range(3)]

    assert announced == [2, 2, 1]
    assert len(set(_bodies(user))) == 5


def test_a_message_that_sqs_does_not_take_is_sent_again(user: User, full: Full) -> None:
    """The call as a whole was good, and some of its entries were not."""
    full.put_many(5)
    failing = Fault(service="sqs", operation="SendMessageBatch", kind=FailEntries(keep=3), nth=1)

    with user.hands.cloud.faults.inject(failing):
        told = user.told("s3://full/", "--enqueue")

    assert told["announced"] == 5
    assert len(_bodies(user)) == 5


def _bodies(user: User) -> list[str]:
    sqs: SQSClient = clients.sqs(user.hands.aws, endpoint_url=user.hands.cloud.endpoint)
    url, bodies = user.hands.wired.queue_url, []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages"):
        bodies += [message["Body"] for message in messages if "s3:TestEvent" not in message["Body"]]
    return sorted(bodies)
