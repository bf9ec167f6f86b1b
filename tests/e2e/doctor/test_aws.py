"""What doctor says of each part of AWS, as a process against the local cloud."""

import json
import time

import pytest

from core.aws import clients
from local.faults import EXPIRED_TOKEN, Fault, NoAnswer, Refuse
from tests.e2e.doctor.conftest import Doctor

REFUSED = Refuse(
    code="AccessDeniedException",
    status=403,
    message="User: arn:aws:iam::000000000000:user/a is not authorized to perform: sqs:GetQueueAttributes",
)


def test_all_is_well(doctor: Doctor) -> None:
    """Every part is asked, and answers; nothing is changed."""
    told = doctor.told(code=0)

    assert {one["verdict"] for one in told["findings"]} == {"ok"}
    assert [one["part"] for one in told["findings"]] == [
        "credentials",
        "queue",
        "queue: redrive policy",
        "queue: policy",
        "queue: visibility timeout",
        "dead-letter queue",
        "dead-letter queue: retention",
        "bucket",
        "bucket: notification",
        "bucket: versioning",
        "table",
        "table: index",
        "table: time to live",
        "table: recovery",
        "table: consistent read",
        "topic logtally-local-alerts",
        "metrics: push",
        "metrics: read marks",
    ]
    assert (told["ok"], told["problems"]) == (True, [])
    assert told["identity"]["account"] == "000000000000"
    assert (told["aws"]["region"], told["aws"]["profile"]) == (doctor.cloud.region, None)
    assert set(told["aws"]["endpoints"].values()) == {doctor.cloud.endpoint}
    assert doctor.cloud.accepted == ()


def test_a_queue_that_is_not_there_is_named_once(doctor: Doctor) -> None:
    """What depends on it is not asked."""
    told = doctor.told(code=1, LOGTALLY_QUEUE_URL=f"{doctor.wired.queue_url}-gone")

    found = {one["part"]: (one["verdict"], one["todo"]) for one in told["findings"]}
    assert found["queue"] == ("wrong", "make it (docs/account.md), or mend LOGTALLY_QUEUE_URL")
    assert found["queue: redrive policy"] == ("skipped", None)
    assert found["dead-letter queue: retention"][0] == "unknown"
    assert found["dead-letter queue"][0] == found["table"][0] == "ok"


def test_a_queue_without_a_redrive_policy_and_one_that_names_another(doctor: Doctor) -> None:
    """A worker starts with neither."""
    sqs, url = clients.sqs(doctor.aws, endpoint_url=doctor.cloud.endpoint), doctor.wired.queue_url

    elsewhere = doctor.verdicts(code=1, LOGTALLY_DEAD_QUEUE_URL=doctor.wired.inbox_url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    none = doctor.verdicts(code=1)

    assert none == {"queue: redrive policy": "wrong"}
    assert elsewhere == {"queue: redrive policy": "wrong", "dead-letter queue: retention": "wrong"}


def test_a_queue_that_does_not_let_the_bucket_send(doctor: Doctor) -> None:
    """S3 would drop every event."""
    sqs, url = clients.sqs(doctor.aws, endpoint_url=doctor.cloud.endpoint), doctor.wired.queue_url
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    other = told.replace(doctor.wired.bucket, "another-bucket")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": other})

    assert doctor.verdicts(code=1) == {"queue: policy": "wrong"}


def test_a_dead_letter_queue_that_forgets_too_early(doctor: Doctor) -> None:
    """The age of a message goes on in it."""
    sqs = clients.sqs(doctor.aws, endpoint_url=doctor.cloud.endpoint)
    attributes = {"MessageRetentionPeriod": "345600"}
    sqs.set_queue_attributes(QueueUrl=doctor.wired.dead_queue_url, Attributes=attributes)  # type: ignore[arg-type]  # a literal

    assert doctor.verdicts(code=1) == {"dead-letter queue: retention": "wrong"}


def test_a_table_without_time_to_live(doctor: Doctor) -> None:
    """It would grow for ever."""
    clients.dynamodb(doctor.aws, endpoint_url=doctor.cloud.endpoint).update_time_to_live(
        TableName=doctor.wired.table, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"}
    )

    assert doctor.verdicts(code=1) == {"table: time to live": "wrong"}


def test_a_table_with_other_keys(doctor: Doctor) -> None:
    """It can't be a ledger; and one that is not there is named once."""
    clients.dynamodb(doctor.aws, endpoint_url=doctor.cloud.endpoint).create_table(
        TableName="other",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )

    other = doctor.verdicts(code=1, LOGTALLY_TABLE="other")
    gone = doctor.verdicts(code=1, LOGTALLY_TABLE="gone")

    assert (other["table"], other["table: index"], other["table: time to live"]) == ("wrong", "skipped", "wrong")
    assert [part for part, verdict in gone.items() if verdict != "skipped"] == ["table"]


def test_a_bucket_that_announces_nothing_or_elsewhere(doctor: Doctor) -> None:
    """Nothing would be counted, and no other part would be wrong; through a topic it may come all the same."""
    s3, bucket = clients.s3(doctor.aws, endpoint_url=doctor.cloud.endpoint), doctor.wired.bucket

    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    nothing = doctor.verdicts(code=1)
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "TopicConfigurations": [{"TopicArn": doctor.wired.topic_arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    topic = doctor.verdicts(code=1)

    assert nothing == {"bucket: notification": "wrong"}
    assert topic == {"queue: policy": "wrong"}  # it lets S3 send, and not the topic


def test_a_bucket_that_is_not_there_and_one_that_nobody_names(doctor: Doctor) -> None:
    """Without a name there is nothing to ask, and nothing wrong."""
    gone = doctor.verdicts(code=1, LOGTALLY_BUCKET="nobodys-bucket")
    unnamed = doctor.verdicts(code=0, LOGTALLY_BUCKET="")

    assert gone["bucket"] == "wrong"
    assert gone["bucket: notification"] == gone["bucket: versioning"] == "skipped"
    assert unnamed == dict.fromkeys(
        ["queue: policy", "bucket", "bucket: notification", "bucket: versioning"], "skipped"
    )


def test_a_topic_that_is_not_there_and_one_that_nobody_hears(doctor: Doctor) -> None:
    """Also one that a rule alone names."""
    silent = clients.sns(doctor.aws, endpoint_url=doctor.cloud.endpoint).create_topic(Name="silent")["TopicArn"]
    gone = doctor.wired.topic_arn.replace("alerts", "gone")
    rules = [{"name": "audit", "prefix": "audit/", "topic_arn": silent}, {"name": "all", "topic_arn": gone}]

    found = doctor.verdicts(code=1, LOGTALLY_RULES=json.dumps(rules))

    assert found == {"topic silent": "wrong", "topic logtally-local-gone": "wrong"}


@pytest.mark.parametrize(
    ("service", "operation", "parts"),
    [
        ("sqs", "GetQueueAttributes", {"queue", "dead-letter queue"}),
        ("s3", "GetBucketNotificationConfiguration", {"bucket: notification"}),
        ("s3", "GetBucketVersioning", {"bucket: versioning"}),
        ("s3", "HeadBucket", {"bucket"}),
        ("dynamodb", "DescribeTable", {"table"}),
        ("dynamodb", "DescribeTimeToLive", {"table: time to live"}),
        ("dynamodb", "DescribeContinuousBackups", {"table: recovery"}),
        ("dynamodb", "Query", {"table: consistent read"}),
        ("sns", "GetTopicAttributes", {"topic logtally-local-alerts"}),
        ("cloudwatch", "PutMetricData", {"metrics: push"}),
        ("cloudwatch", "GetMetricStatistics", {"metrics: read marks"}),
    ],
)
def test_what_is_denied_says_which_permission_is_missing(
    doctor: Doctor, service: str, operation: str, parts: set[str]
) -> None:
    """And the others are asked all the same."""
    with doctor.cloud.faults.inject(Fault(service=service, operation=operation, kind=REFUSED, nth=None)):
        told = doctor.told(code=1)

    denied = [one for one in told["findings"] if one["verdict"] == "denied"]
    assert {one["part"] for one in denied} == parts
    assert all(one["todo"].startswith("permit ") for one in denied)


def test_who_may_not_ask_who_they_are_is_unknown_and_well(doctor: Doctor) -> None:
    """It is a question of its own: what counts is what the parts answer."""
    with doctor.cloud.faults.inject(Fault(service="sts", kind=REFUSED, nth=None)):
        told = doctor.told(code=0)

    assert told["identity"] is None
    assert [one["part"] for one in told["findings"] if one["verdict"] != "ok"] == ["credentials"]
    assert told["findings"][0]["verdict"] == "unknown"


def test_expired_credentials_are_named_once(doctor: Doctor) -> None:
    """Nothing else is asked: every part would say the same."""
    with doctor.cloud.faults.inject(Fault(kind=EXPIRED_TOKEN, nth=None)):
        told = doctor.told(code=1)

    [only] = told["findings"]
    assert (only["part"], only["verdict"]) == ("credentials", "denied")
    assert "ExpiredToken" in only["words"]
    assert "log in again" in only["todo"]


def test_missing_credentials_are_named_once(doctor: Doctor) -> None:
    """With what to set."""
    told = doctor.told(code=1, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")

    assert [(one["part"], one["verdict"]) for one in told["findings"]] == [("credentials", "denied")]


@pytest.mark.slow
def test_a_part_that_does_not_answer_holds_up_no_other(doctor: Doctor) -> None:
    """It is unknown after a while."""
    began = time.monotonic()
    with doctor.cloud.faults.inject(Fault(service="dynamodb", operation="Query", kind=NoAnswer(), nth=None)):
        found = doctor.verdicts(code=1)

    assert found == {"table: consistent read": "unknown"}
    assert time.monotonic() - began < 25


def test_a_cloud_that_takes_a_datum_of_the_year_2000_is_not_called_ok(doctor: Doctor) -> None:
    """Whatever answers, it is not CloudWatch."""
    with doctor.cloud.faults.inject(
        Fault(service="cloudwatch", operation="PutMetricData", kind=Refuse(code="Ignored", status=200), nth=None)
    ):
        assert doctor.verdicts(code=1) == {"metrics: push": "unknown"}
