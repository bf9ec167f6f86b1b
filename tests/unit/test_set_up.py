"""How a part of AWS is set up: what is made of the answers that AWS documents, which the stub knows, too."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from core.aws.alerts import Alerts
from core.aws.attributes import Attributes
from core.aws.buckets import Buckets
from core.aws.caller import Caller
from core.aws.permission import Permission
from core.aws.table import Table
from core.errors import Denied, NoCredentials, NotFound, Permanent, Throttled, Usage
from core.facts import Announced, Expiry, Identity, Notification, QueueFacts, Redrive, Subscribers
from core.model import Bucket

if TYPE_CHECKING:
    from core.aws.caller import STSClient

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/uploads"
ARN = "arn:aws:sqs:eu-west-1:123456789012:uploads"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
LOGS = Bucket("logs")


def _stubbed(service: str, operation: str, answer: Mapping[str, Any]) -> Any:
    made: Any = boto3.Session("id", "secret", region_name="eu-west-1")
    client = made.client(service)
    stub = Stubber(client)
    stub.add_response(operation, dict(answer))
    stub.activate()
    return client


def _refused(service: str, operation: str, code: str, status: int = 400) -> Any:
    made: Any = boto3.Session("id", "secret", region_name="eu-west-1")
    client = made.client(service)
    stub = Stubber(client)
    stub.add_client_error(operation, code, http_status_code=status)
    stub.activate()
    return client


def _table(client: Any) -> Table:
    return Table(client, "ledger", sleep=lambda _: None, jitter=lambda: 0.0)


def test_a_queue_with_all_its_attributes() -> None:
    """Numbers are texts, and the policies JSON in a text; the number of receives is either."""
    attributes = {
        "QueueArn": ARN,
        "VisibilityTimeout": "300",
        "MessageRetentionPeriod": "345600",
        "RedrivePolicy": f'{{"deadLetterTargetArn":"{ARN}-dead","maxReceiveCount":"10"}}',
        "Policy": "{}",
    }
    client = _stubbed("sqs", "get_queue_attributes", {"Attributes": attributes})

    assert Attributes(client).of(URL) == QueueFacts(
        arn=ARN,
        visibility_timeout_s=300,
        retention_s=345600,
        redrive=Redrive(dead_letter_target_arn=f"{ARN}-dead", max_receive_count=10),
        policy="{}",
    )


@pytest.mark.parametrize("policies", [{}, {"RedrivePolicy": "", "Policy": ""}], ids=["absent", "taken away"])
def test_a_queue_without_policies(policies: dict[str, str]) -> None:
    """They are absent, or empty once they were taken away."""
    attributes = {"QueueArn": ARN, "VisibilityTimeout": "30", "MessageRetentionPeriod": "60", **policies}

    facts = Attributes(_stubbed("sqs", "get_queue_attributes", {"Attributes": attributes})).of(URL)

    assert (facts.redrive, facts.policy) == (None, None)


def test_a_redrive_policy_that_is_none_of_ours() -> None:
    """One clear line."""
    attributes = {"QueueArn": ARN, "VisibilityTimeout": "30", "MessageRetentionPeriod": "60", "RedrivePolicy": "[]"}

    with pytest.raises(Permanent, match="its redrive policy can't be read"):
        Attributes(_stubbed("sqs", "get_queue_attributes", {"Attributes": attributes})).of(URL)


def test_a_bucket_that_announces_to_everybody() -> None:
    """EventBridge is on if its configuration is there, empty as it is. S3 writes the names of filters as it likes."""
    told = {
        "QueueConfigurations": [
            {
                "Id": "1",
                "QueueArn": ARN,
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {
                    "Key": {
                        "FilterRules": [{"Name": "prefix", "Value": "prod/"}, {"Name": "suffix", "Value": ".jsonl"}]
                    }
                },
            }
        ],
        "TopicConfigurations": [{"TopicArn": TOPIC, "Events": ["s3:ObjectRemoved:*"]}],
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": "arn:aws:lambda:f", "Events": ["s3:ObjectCreated:*"]}],
        "EventBridgeConfiguration": {},
    }

    found = Buckets(_stubbed("s3", "get_bucket_notification_configuration", told)).notification(LOGS)

    only = ("begin with prod/", "end with .jsonl")
    assert found == Notification(
        queues=(Announced(to=ARN, events=("s3:ObjectCreated:*",), only=only),),
        topics=(Announced(to=TOPIC, events=("s3:ObjectRemoved:*",)),),
        event_bridge=True,
    )


def test_a_bucket_that_announces_nothing() -> None:
    """An empty answer."""
    assert Buckets(_stubbed("s3", "get_bucket_notification_configuration", {})).notification(LOGS) == Notification()


@pytest.mark.parametrize(
    ("told", "versioned"), [({}, False), ({"Status": "Suspended"}, False), ({"Status": "Enabled"}, True)], ids=str
)
def test_versions_are_kept_only_while_they_are_enabled(told: dict[str, str], versioned: bool) -> None:
    """A bucket that never had them says nothing."""
    assert Buckets(_stubbed("s3", "get_bucket_versioning", told)).versioned(LOGS) is versioned


@pytest.mark.parametrize("told", [{"BucketRegion": "eu-west-1"}, {}], ids=str)
def test_the_region_of_a_bucket(told: dict[str, str]) -> None:
    """Whoever stands in for S3 may not say."""
    assert Buckets(_stubbed("s3", "head_bucket", told)).region(LOGS) == told.get("BucketRegion")


@pytest.mark.parametrize(
    ("told", "expiry"),
    [
        ({"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}, Expiry(enabled=True, attribute="expires_at")),
        ({"TimeToLiveStatus": "ENABLING", "AttributeName": "x"}, Expiry(enabled=True, attribute="x")),
        ({"TimeToLiveStatus": "DISABLING", "AttributeName": "x"}, Expiry(enabled=False, attribute="x")),
        ({"TimeToLiveStatus": "DISABLED"}, Expiry(enabled=False, attribute=None)),
    ],
    ids=str,
)
def test_time_to_live(told: dict[str, str], expiry: Expiry) -> None:
    """It takes up to an hour to be enabled, and is meant from then on."""
    client = _stubbed("dynamodb", "describe_time_to_live", {"TimeToLiveDescription": told})

    assert _table(client).expiry() == expiry


@pytest.mark.parametrize(("status", "is_on"), [("ENABLED", True), ("DISABLED", False)])
def test_recovery_to_a_point_in_time(status: str, is_on: bool) -> None:
    """Continuous backups are always enabled; that is something else."""
    told = {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status},
        }
    }

    assert _table(_stubbed("dynamodb", "describe_continuous_backups", told)).has_backups() is is_on


def test_the_subscribers_of_a_topic() -> None:
    """Numbers are texts."""
    told = {"Attributes": {"TopicArn": TOPIC, "SubscriptionsConfirmed": "2", "SubscriptionsPending": "1"}}

    found = Alerts(_stubbed("sns", "get_topic_attributes", told)).subscribers(TOPIC)

    assert found == Subscribers(confirmed=2, pending=1)


def test_who_we_are() -> None:
    """A role that somebody took."""
    arn = "arn:aws:sts::123456789012:assumed-role/worker/i-1"
    client: STSClient = _stubbed(
        "sts", "get_caller_identity", {"UserId": "A:i-1", "Account": "123456789012", "Arn": arn}
    )

    assert Caller(client).identity() == Identity(account="123456789012", arn=arn)


@pytest.mark.parametrize("code", ["InvalidParameterValue", "InvalidParameterValueException", "ValidationError"])
def test_who_may_push_is_told_that_the_datum_is_invalid(code: str) -> None:
    """By the name of the error in the old protocol, and in the new ones."""
    assert Permission(_refused("cloudwatch", "put_metric_data", code)).to_push() is True


def test_a_datum_that_is_taken_is_no_permission() -> None:
    """CloudWatch would not take it."""
    assert Permission(_stubbed("cloudwatch", "put_metric_data", {})).to_push() is False


@pytest.mark.parametrize(
    ("ask", "service", "operation", "code", "status", "failure"),
    [
        (lambda c: Permission(c).to_push(), "cloudwatch", "put_metric_data", "AccessDenied", 403, Denied),
        (lambda c: Permission(c).to_push(), "cloudwatch", "put_metric_data", "Throttling", 400, Throttled),
        (lambda c: Caller(c).identity(), "sts", "get_caller_identity", "ExpiredToken", 403, NoCredentials),
        (lambda c: Attributes(c).of(URL), "sqs", "get_queue_attributes", "QueueDoesNotExist", 400, NotFound),
        (lambda c: Buckets(c).region(LOGS), "s3", "head_bucket", "404", 404, NotFound),
        (lambda c: Buckets(c).region(LOGS), "s3", "head_bucket", "301", 301, Usage),
        (lambda c: Buckets(c).versioned(LOGS), "s3", "get_bucket_versioning", "AccessDenied", 403, Denied),
        (lambda c: _table(c).expiry(), "dynamodb", "describe_time_to_live", "AccessDeniedException", 400, Denied),
        (lambda c: Alerts(c).subscribers(TOPIC), "sns", "get_topic_attributes", "NotFound", 404, NotFound),
    ],
)
def test_what_aws_refuses_is_named(
    ask: Callable[[Any], object], service: str, operation: str, code: str, status: int, failure: type[Exception]
) -> None:
    """For whoever judges it."""
    client = _refused(service, operation, code, status)

    with pytest.raises(failure):
        ask(client)
