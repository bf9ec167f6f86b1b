"""The product's resources in the local cloud, wired as they are in an account (docs/account.md)."""

import json
from typing import TYPE_CHECKING, Any, Final

import boto3
from msgspec import Struct

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

PREFIX: Final = "logtally-local"
VISIBILITY_S: Final = 300
RECEIVE_WAIT_S: Final = 20
RECEIVES_MAX: Final = 10  # as docs/account.md recommends
DAY_S: Final = 24 * 3600
QUEUE_RETENTION_S: Final = 4 * DAY_S
DEAD_RETENTION_S: Final = 14 * DAY_S
assert QUEUE_RETENTION_S < DEAD_RETENTION_S  # the age of a message goes on in the dead-letter queue


class Wired(Struct, frozen=True, kw_only=True):
    """What was made, by the names that its users need."""

    bucket: str
    queue_url: str
    queue_arn: str
    dead_queue_url: str
    dead_queue_arn: str
    table: str
    topic_arn: str
    inbox_url: str  # a queue that is subscribed to the topic: alerts can be seen there

    def environment(self) -> dict[str, str]:
        """Answer the settings of the product that name these resources."""
        return {
            "LOGTALLY_BUCKET": self.bucket,
            "LOGTALLY_QUEUE_URL": self.queue_url,
            "LOGTALLY_DEAD_QUEUE_URL": self.dead_queue_url,
            "LOGTALLY_TABLE": self.table,
            "LOGTALLY_TOPIC_ARN": self.topic_arn,
            "LOGTALLY_ENVIRONMENT": "local",
        }


def wire(aws: boto3.Session, *, endpoint_url: str, prefix: str = PREFIX) -> Wired:
    """Make everything that the product runs on. Names begin with `prefix`."""
    sqs: SQSClient = aws.client("sqs", endpoint_url=endpoint_url)
    bucket = f"{prefix}-logs"
    dead_url, dead_arn = _queue(sqs, f"{prefix}-uploads-dead", {"MessageRetentionPeriod": str(DEAD_RETENTION_S)})
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": RECEIVES_MAX})
    attributes = {
        "VisibilityTimeout": str(VISIBILITY_S),
        "MessageRetentionPeriod": str(QUEUE_RETENTION_S),
        "ReceiveMessageWaitTimeSeconds": str(RECEIVE_WAIT_S),
        "RedrivePolicy": redrive,
    }
    queue_url, queue_arn = _queue(sqs, f"{prefix}-uploads", attributes)
    _allow(sqs, queue_url, queue_arn, sender="s3.amazonaws.com", source_arn=f"arn:aws:s3:::{bucket}")
    _bucket(aws.client("s3", endpoint_url=endpoint_url), bucket, queue_arn)
    table = f"{prefix}-ledger"
    _table(aws.client("dynamodb", endpoint_url=endpoint_url), table)
    inbox_url, inbox_arn = _queue(sqs, f"{prefix}-inbox", {})
    topic_arn = _topic(aws.client("sns", endpoint_url=endpoint_url), f"{prefix}-alerts", inbox_arn)
    _allow(sqs, inbox_url, inbox_arn, sender="sns.amazonaws.com", source_arn=topic_arn)
    return Wired(
        bucket=bucket,
        queue_url=queue_url,
        queue_arn=queue_arn,
        dead_queue_url=dead_url,
        dead_queue_arn=dead_arn,
        table=table,
        topic_arn=topic_arn,
        inbox_url=inbox_url,
    )


def _queue(sqs: "SQSClient", name: str, attributes: dict[Any, str]) -> tuple[str, str]:
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, told["Attributes"]["QueueArn"]


def _allow(sqs: "SQSClient", url: str, arn: str, *, sender: str, source_arn: str) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": sender},
                "Action": "sqs:SendMessage",
                "Resource": arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
            }
        ],
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})


def _bucket(s3: "S3Client", name: str, queue_arn: str) -> None:
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": queue_arn, "Events": ["s3:ObjectCreated:*"]}]},
    )


def _table(dynamodb: "DynamoDBClient", name: str) -> None:
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in ("pk", "sk", "day", "at")
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "recent",
                "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def _topic(sns: "SNSClient", name: str, inbox_arn: str) -> str:
    arn = sns.create_topic(Name=name)["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=inbox_arn)
    return arn
