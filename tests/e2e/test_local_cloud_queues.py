"""The local SQS and SNS do what AWS does with old handles, dead letters and bad alerts."""

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import RECEIVES_MAX, Wired

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HOUR_S = 3600


@pytest.fixture
def sqs(aws: boto3.Session, cloud: Cloud) -> "SQSClient":
    return aws.client("sqs", endpoint_url=cloud.endpoint)


def test_an_old_receipt_handle_deletes_nothing_and_says_that_it_did(
    sqs: "SQSClient", wired: Wired, clock: VirtualClock
) -> None:
    """The message was received again in between: only the newer handle deletes it."""
    sqs.send_message(QueueUrl=wired.inbox_url, MessageBody="m")
    (first,) = sqs.receive_message(QueueUrl=wired.inbox_url, VisibilityTimeout=30)["Messages"]
    clock.advance(31)
    (second,) = sqs.receive_message(QueueUrl=wired.inbox_url, VisibilityTimeout=30)["Messages"]

    sqs.delete_message(QueueUrl=wired.inbox_url, ReceiptHandle=first["ReceiptHandle"])
    batch = sqs.delete_message_batch(
        QueueUrl=wired.inbox_url, Entries=[{"Id": "a", "ReceiptHandle": first["ReceiptHandle"]}]
    )
    clock.advance(31)
    (third,) = sqs.receive_message(QueueUrl=wired.inbox_url)["Messages"]

    assert [entry["Id"] for entry in batch["Successful"]] == ["a"]
    assert first["MessageId"] == second["MessageId"] == third["MessageId"]


def _depth(sqs: "SQSClient", url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"])


def test_dead_letters_are_moved_where_they_are_wanted(sqs: "SQSClient", wired: Wired) -> None:
    """With a destination, whoever sent them."""
    for n in range(23):
        sqs.send_message(
            QueueUrl=wired.dead_queue_url,
            MessageBody=str(n),
            MessageAttributes={"reason": {"DataType": "String", "StringValue": "unreadable"}},
        )

    sqs.start_message_move_task(SourceArn=wired.dead_queue_arn, DestinationArn=wired.queue_arn)

    (task,) = sqs.list_message_move_tasks(SourceArn=wired.dead_queue_arn)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 23)
    assert _depth(sqs, wired.dead_queue_url) == 0
    assert _depth(sqs, wired.queue_url) == 24  # and S3's test event


def test_dead_letters_go_back_to_their_source(sqs: "SQSClient", wired: Wired, clock: VirtualClock) -> None:
    """Without a destination, to the queue where they were received too often."""
    sqs.purge_queue(QueueUrl=wired.queue_url)
    sqs.send_message(QueueUrl=wired.queue_url, MessageBody="m")
    for _ in range(RECEIVES_MAX + 1):
        sqs.receive_message(QueueUrl=wired.queue_url, WaitTimeSeconds=0)
        clock.advance(301)
    assert _depth(sqs, wired.dead_queue_url) == 1

    sqs.start_message_move_task(SourceArn=wired.dead_queue_arn)

    assert _depth(sqs, wired.dead_queue_url) == 0
    assert _depth(sqs, wired.queue_url) == 1


def test_a_message_that_a_program_sent_to_the_dead_letters_has_no_source(sqs: "SQSClient", wired: Wired) -> None:
    """SQS can't know where it belongs, and says so."""
    sqs.send_message(QueueUrl=wired.dead_queue_url, MessageBody=json.dumps({"reason": "unreadable"}))

    sqs.start_message_move_task(SourceArn=wired.dead_queue_arn)

    (task,) = sqs.list_message_move_tasks(SourceArn=wired.dead_queue_arn)["Results"]
    assert task["Status"] == "FAILED"
    assert task["FailureReason"] == "CouldNotDetermineMessageSource"


def test_the_queues_of_another_region_do_the_same(cloud: Cloud) -> None:
    """Also where the local cloud asks for itself: how long a message is hidden, and what is moved where."""
    sqs: SQSClient = cloud.session().client("sqs", endpoint_url=cloud.endpoint, region_name="eu-west-1")
    dead_url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    dead_arn = "arn:aws:sqs:eu-west-1:000000000000:dead"
    policy = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 10})
    url = sqs.create_queue(QueueName="first", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    sqs.send_message(QueueUrl=dead_url, MessageBody="m")

    sqs.start_message_move_task(SourceArn=dead_arn, DestinationArn=dead_arn.replace("dead", "first"))

    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url)["Messages"]] == ["m"]


def test_only_dead_letter_queues_are_moved(sqs: "SQSClient", wired: Wired) -> None:
    """As on AWS."""
    with pytest.raises(ClientError, match="Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=wired.queue_arn)


def _one_in_flight(sqs: "SQSClient", url: str, *, hidden_s: int) -> str:
    sqs.send_message(QueueUrl=url, MessageBody="m")
    (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=hidden_s)["Messages"]
    return message["ReceiptHandle"]


def test_a_heartbeat_in_time_keeps_a_message_hidden(sqs: "SQSClient", wired: Wired, clock: VirtualClock) -> None:
    """From the moment of the heartbeat."""
    handle = _one_in_flight(sqs, wired.inbox_url, hidden_s=30)
    for _ in range(3):
        clock.advance(20)
        sqs.change_message_visibility(QueueUrl=wired.inbox_url, ReceiptHandle=handle, VisibilityTimeout=30)

    assert "Messages" not in sqs.receive_message(QueueUrl=wired.inbox_url)
    clock.advance(31)
    assert sqs.receive_message(QueueUrl=wired.inbox_url)["Messages"]


def test_a_heartbeat_that_comes_too_late_is_refused(sqs: "SQSClient", wired: Wired, clock: VirtualClock) -> None:
    """The message is visible: somebody else may have it by now."""
    handle = _one_in_flight(sqs, wired.inbox_url, hidden_s=30)
    clock.advance(31)
    entry: Any = {"Id": "a", "ReceiptHandle": handle, "VisibilityTimeout": 30}

    batch = sqs.change_message_visibility_batch(QueueUrl=wired.inbox_url, Entries=[entry])
    with pytest.raises(ClientError, match="not available for visibility timeout change") as refused:
        sqs.change_message_visibility(QueueUrl=wired.inbox_url, ReceiptHandle=handle, VisibilityTimeout=30)

    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert [(one["Id"], one["Code"]) for one in batch["Failed"]] == [("a", "InvalidParameterValue")]
    assert sqs.receive_message(QueueUrl=wired.inbox_url)["Messages"]


def test_nothing_stays_hidden_beyond_twelve_hours(sqs: "SQSClient", wired: Wired, clock: VirtualClock) -> None:
    """Counted from the receive, however often the heart beats."""
    handle = _one_in_flight(sqs, wired.inbox_url, hidden_s=11 * HOUR_S)
    clock.advance(10 * HOUR_S)

    with pytest.raises(ClientError, match="beyond the limit"):
        sqs.change_message_visibility(QueueUrl=wired.inbox_url, ReceiptHandle=handle, VisibilityTimeout=2 * HOUR_S + 1)
    sqs.change_message_visibility(QueueUrl=wired.inbox_url, ReceiptHandle=handle, VisibilityTimeout=2 * HOUR_S - 60)


def test_a_batch_of_heartbeats_fails_by_entry(sqs: "SQSClient", wired: Wired, clock: VirtualClock) -> None:
    """One that is too late takes no other with it."""
    late = _one_in_flight(sqs, wired.inbox_url, hidden_s=10)
    good = _one_in_flight(sqs, wired.inbox_url, hidden_s=100)
    clock.advance(20)
    entries: Any = [
        {"Id": "late", "ReceiptHandle": late, "VisibilityTimeout": 0},
        {"Id": "good", "ReceiptHandle": good, "VisibilityTimeout": 100},
    ]

    told = sqs.change_message_visibility_batch(QueueUrl=wired.inbox_url, Entries=entries)

    assert [one["Id"] for one in told["Successful"]] == ["good"]
    assert [one["Id"] for one in told["Failed"]] == ["late"]


@pytest.mark.parametrize("subject", ["s" * 101, "two\nlines", "zürich"])
def test_a_bad_subject_is_refused(aws: boto3.Session, cloud: Cloud, wired: Wired, subject: str) -> None:
    """A hundred ASCII characters, on one line."""
    sns = aws.client("sns", endpoint_url=cloud.endpoint)

    with pytest.raises(ClientError, match="Invalid parameter: Subject"):
        sns.publish(TopicArn=wired.topic_arn, Subject=subject, Message="m")


def test_an_empty_attribute_is_refused(aws: boto3.Session, cloud: Cloud, wired: Wired) -> None:
    """An attribute says something, or is left out."""
    sns = aws.client("sns", endpoint_url=cloud.endpoint)
    attributes: Any = {"key": {"DataType": "String", "StringValue": ""}}

    with pytest.raises(ClientError, match="non-empty"):
        sns.publish(TopicArn=wired.topic_arn, Message="m", MessageAttributes=attributes)
