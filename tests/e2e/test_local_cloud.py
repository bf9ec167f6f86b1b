"""The local cloud is wired like the real one, and keeps what it is told."""

import json
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import boto3
import pytest

from local.clock import VirtualClock
from local.cloud import Cloud, running
from local.wiring import RECEIVES_MAX, VISIBILITY_S, Wired

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

DAY_S = 24 * 3600


def _receive(aws: boto3.Session, cloud: Cloud, url: str) -> "list[MessageTypeDef]":
    sqs = aws.client("sqs", endpoint_url=cloud.endpoint)
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages", [])


def test_a_put_arrives_as_an_event_after_the_test_event(aws: boto3.Session, cloud: Cloud, wired: Wired) -> None:
    """S3 tells the queue of its notification, then of each object, with its key encoded."""
    s3 = aws.client("s3", endpoint_url=cloud.endpoint)
    s3.put_object(Bucket=wired.bucket, Key="app/a b+c.jsonl", Body=b"{}\n")

    greeting, event = (json.loads(message["Body"]) for message in _receive(aws, cloud, wired.queue_url))

    assert greeting["Event"] == "s3:TestEvent"
    (record,) = event["Records"]
    assert record["eventName"] == "ObjectCreated:Put"
    assert unquote_plus(record["s3"]["object"]["key"]) == "app/a b+c.jsonl"
    assert record["s3"]["object"]["key"] == "app/a+b%2Bc.jsonl"
    assert record["s3"]["object"]["versionId"]
    assert record["s3"]["object"]["sequencer"]


def test_an_alert_arrives_in_the_inbox(aws: boto3.Session, cloud: Cloud, wired: Wired) -> None:
    """Whoever looks into the inbox sees what was published, subject and attributes too."""
    sns = aws.client("sns", endpoint_url=cloud.endpoint)
    sns.publish(
        TopicArn=wired.topic_arn,
        Subject="Errors",
        Message="3 errors",
        MessageAttributes={"number_of_alerts": {"DataType": "Number", "StringValue": "3"}},
    )

    (message,) = _receive(aws, cloud, wired.inbox_url)

    envelope = json.loads(message["Body"])
    assert envelope["Subject"] == "Errors"
    assert envelope["Message"] == "3 errors"
    assert envelope["MessageAttributes"]["number_of_alerts"]["Value"] == "3"


def test_a_message_that_is_never_deleted_ends_in_the_dead_letter_queue(
    aws: boto3.Session, cloud: Cloud, wired: Wired, clock: VirtualClock
) -> None:
    """Time is moved, not waited for: each receive hides the message for five minutes."""
    sqs = aws.client("sqs", endpoint_url=cloud.endpoint)
    sqs.purge_queue(QueueUrl=wired.queue_url)
    sqs.send_message(QueueUrl=wired.queue_url, MessageBody="poison")

    seen = []
    for _ in range(RECEIVES_MAX):
        seen += _receive(aws, cloud, wired.queue_url)
        assert not _receive(aws, cloud, wired.queue_url)
        clock.advance(VISIBILITY_S + 1)

    assert len(seen) == RECEIVES_MAX
    assert not _receive(aws, cloud, wired.queue_url)
    assert [message["Body"] for message in _receive(aws, cloud, wired.dead_queue_url)] == ["poison"]


def test_the_table_has_its_final_shape(aws: boto3.Session, cloud: Cloud, wired: Wired) -> None:
    """The ledger and its index are what docs/account.md makes of them."""
    dynamodb = aws.client("dynamodb", endpoint_url=cloud.endpoint)

    table = dynamodb.describe_table(TableName=wired.table)["Table"]
    ttl = dynamodb.describe_time_to_live(TableName=wired.table)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=wired.table)["ContinuousBackupsDescription"]

    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "recent"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["day", "at"]
    assert index["Projection"]["ProjectionType"] == "ALL"
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires_at")
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_calls_are_recorded_by_service_and_operation(aws: boto3.Session, cloud: Cloud, wired: Wired) -> None:
    """A test can count what the product asked of AWS."""
    s3 = aws.client("s3", endpoint_url=cloud.endpoint)
    s3.put_object(Bucket=wired.bucket, Key="k", Body=b"x")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=wired.bucket, Key="other")

    assert cloud.calls.count("s3", "PutObject") == 1
    (get,) = cloud.calls.of("s3", "GetObject")
    assert get.status == 404
    assert cloud.calls.count("sns", "Subscribe") == 1
    assert [call.number for call in cloud.calls.of()] == list(range(1, cloud.calls.count() + 1))


def test_a_reset_cloud_is_empty(aws: boto3.Session, cloud: Cloud, wired: Wired) -> None:
    """No test sees what another one left."""
    cloud.reset()

    assert cloud.calls.count() == 0
    assert not cloud.accepted
    assert not aws.client("s3", endpoint_url=cloud.endpoint).list_buckets()["Buckets"]
    assert not aws.client("sqs", endpoint_url=cloud.endpoint).list_queues().get("QueueUrls")


def test_two_clouds_in_one_process_are_refused(cloud: Cloud) -> None:
    """ministack has one state in a process: a second cloud would be the first one."""
    with pytest.raises(RuntimeError, match="already"), running():
        pass


def test_only_the_loopback_is_served(cloud: Cloud) -> None:
    """Nobody else on the network gets in."""
    assert cloud.endpoint.startswith("http://127.0.0.1:")


def test_a_process_is_told_all_it_needs(cloud: Cloud, wired: Wired) -> None:
    """The environment names the endpoint, fake credentials and every resource, and nothing of anybody's account."""
    inherited = {"PATH": "/bin", "AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "real"}

    environment = cloud.environment(wired, inherited=inherited)

    assert environment["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert environment["LOGTALLY_QUEUE_URL"] == wired.queue_url
    assert environment["LOGTALLY_TABLE"] == wired.table
    assert environment["PATH"] == "/bin"
    assert "FAKE" in environment["AWS_ACCESS_KEY_ID"]
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & environment.keys()


def test_a_session_looks_at_nobodys_profile(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own account can't be reached by mistake, nor break the local one."""
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-central-1\nca_bundle = /missing.pem\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "work")

    session = cloud.session()

    assert session.profile_name == "default"
    assert session.region_name == cloud.region
    assert session.client("sqs", endpoint_url=cloud.endpoint).list_queues()


def test_an_object_is_as_old_as_the_clock_says(
    aws: boto3.Session, cloud: Cloud, wired: Wired, clock: VirtualClock
) -> None:
    """LastModified and the event's time move with the cloud."""
    clock.advance(400 * DAY_S)
    s3 = aws.client("s3", endpoint_url=cloud.endpoint)
    s3.put_object(Bucket=wired.bucket, Key="k", Body=b"x")

    modified = s3.head_object(Bucket=wired.bucket, Key="k")["LastModified"]

    assert abs(modified.timestamp() - clock()) < 60


def test_a_large_object_is_served_without_a_copy(aws: boto3.Session, cloud: Cloud, wired: Wired) -> None:
    """What a slow reader has not read yet stays in one place."""
    s3 = aws.client("s3", endpoint_url=cloud.endpoint)
    size_b = 64 * 1024 * 1024
    s3.put_object(Bucket=wired.bucket, Key="large", Body=bytes(size_b))

    body = s3.get_object(Bucket=wired.bucket, Key="large")["Body"]
    tracemalloc.start()
    read_b = sum(map(len, body.iter_chunks(64 * 1024)))
    _, peak_b = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert read_b == size_b
    assert peak_b < size_b // 8
