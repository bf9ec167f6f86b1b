"""Each fault does to a real client what its name says, and has the effect that it says."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from local.clock import VirtualClock
from local.cloud import Cloud
from local.faults import (
    CAPACITY,
    DENIED,
    EXPIRED_TOKEN,
    THROTTLED,
    BreakBody,
    CancelTransaction,
    Fail,
    FailEntries,
    Fault,
    Gate,
    Kind,
    Late,
    LoseAnswer,
    LoseRequest,
    NoAnswer,
    ProxyPage,
    Refuse,
    Slow,
    Unprocessed,
)
from local.wiring import Wired

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=1)


@pytest.fixture
def cloudwatch(aws: boto3.Session, cloud: Cloud) -> "CloudWatchClient":
    return aws.client("cloudwatch", endpoint_url=cloud.endpoint, config=ONCE)


@pytest.fixture
def dynamodb(aws: boto3.Session, cloud: Cloud) -> "DynamoDBClient":
    return aws.client("dynamodb", endpoint_url=cloud.endpoint, config=ONCE)


@pytest.fixture
def sqs(aws: boto3.Session, cloud: Cloud) -> "SQSClient":
    return aws.client("sqs", endpoint_url=cloud.endpoint, config=ONCE)


@pytest.fixture
def s3(aws: boto3.Session, cloud: Cloud) -> "S3Client":
    return aws.client("s3", endpoint_url=cloud.endpoint, config=ONCE)


def _put(cloudwatch: "CloudWatchClient") -> Any:
    return cloudwatch.put_metric_data(Namespace="Tests", MetricData=[{"MetricName": "errors", "Value": 1}])


def _fault(kind: Kind, **when: Any) -> Fault:
    return Fault(kind=kind, service="cloudwatch", operation="PutMetricData", **when)


@pytest.mark.parametrize(
    ("kind", "error", "accepted"),
    [
        (LoseRequest(), ConnectionClosedError, 0),
        (LoseAnswer(), ConnectionClosedError, 1),
        (BreakBody(), ConnectionClosedError, 1),
        (NoAnswer(effect=False), ReadTimeoutError, 0),
        (NoAnswer(effect=True), ReadTimeoutError, 1),
        (Slow(1.5), ReadTimeoutError, 0),
        (Fail(effect=False), ClientError, 0),
        (Fail(effect=True, status=503), ClientError, 1),
        (Fail(effect=True, status=408), ClientError, 1),
        (THROTTLED, ClientError, 0),
        (DENIED, ClientError, 0),
    ],
    ids=repr,
)
def test_a_fault_has_the_effect_that_it_says(
    cloudwatch: "CloudWatchClient", cloud: Cloud, kind: Kind, error: type[Exception], accepted: int
) -> None:
    """What the client sees, and what has happened by then, are two things."""
    with cloud.faults.inject(_fault(kind)), pytest.raises(error):
        _put(cloudwatch)

    assert len(cloud.accepted) == accepted
    assert cloud.faults.struck == 1


def test_a_slow_request_takes_effect_though_its_client_has_left(cloudwatch: "CloudWatchClient", cloud: Cloud) -> None:
    """A read timeout says nothing about what happened, or will."""
    with cloud.faults.inject(_fault(Slow(1.2))), pytest.raises(ReadTimeoutError):
        _put(cloudwatch)

    eventually(lambda: len(cloud.accepted) == 1)


def eventually(happened: Callable[[], bool]) -> None:
    """Wait, for at most 5 seconds, until something has happened."""
    tick = threading.Event()
    assert any(happened() or tick.wait(0.02) for _ in range(250))


@pytest.mark.parametrize(
    ("refusal", "code", "status"),
    [
        (THROTTLED, "ThrottlingException", 400),
        (CAPACITY, "ProvisionedThroughputExceededException", 400),
        (DENIED, "AccessDeniedException", 403),
        (EXPIRED_TOKEN, "ExpiredTokenException", 403),
        (Refuse(code="SlowDown", status=503), "SlowDown", 503),
    ],
    ids=lambda value: getattr(value, "code", None),
)
@pytest.mark.parametrize("service", ["cloudwatch", "dynamodb", "sns", "sqs", "s3"])
def test_a_refusal_arrives_in_each_protocol(
    aws: boto3.Session, cloud: Cloud, service: str, refusal: Refuse, code: str, status: int
) -> None:
    """Code and status are those that were asked for."""
    client: Any = aws.client(service, endpoint_url=cloud.endpoint, config=ONCE)  # type: ignore[call-overload]  # any of them
    calls = {
        "cloudwatch": "list_metrics",
        "dynamodb": "list_tables",
        "sns": "list_topics",
        "sqs": "list_queues",
        "s3": "list_buckets",
    }
    with cloud.faults.inject(Fault(kind=refusal, service=service)), pytest.raises(ClientError) as refused:
        getattr(client, calls[service])()

    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_the_nth_call_is_hit_and_no_other(cloudwatch: "CloudWatchClient", cloud: Cloud) -> None:
    """Counted from the injection."""
    _put(cloudwatch)
    with cloud.faults.inject(_fault(THROTTLED, nth=2)):
        _put(cloudwatch)
        with pytest.raises(ClientError):
            _put(cloudwatch)
        _put(cloudwatch)

    assert len(cloud.accepted) == 3
    assert [call.status for call in cloud.calls.of("cloudwatch", "PutMetricData")] == [200, 200, 400, 200]


def test_each_call_is_hit_until_the_block_ends(cloudwatch: "CloudWatchClient", cloud: Cloud) -> None:
    """`nth=None` is an outage."""
    with cloud.faults.inject(_fault(LoseRequest(), nth=None)):
        with pytest.raises(ConnectionClosedError):
            _put(cloudwatch)
        with pytest.raises(ConnectionClosedError):
            _put(cloudwatch)

    _put(cloudwatch)
    assert len(cloud.accepted) == 1


def test_any_call_of_a_path_can_be_hit_by_its_number(
    cloudwatch: "CloudWatchClient", dynamodb: "DynamoDBClient", cloud: Cloud
) -> None:
    """A test that runs a path once for each of its calls needs nothing but a number."""
    with cloud.faults.inject(Fault(kind=LoseAnswer(), nth=2)):
        dynamodb.list_tables()
        with pytest.raises(ConnectionClosedError):
            _put(cloudwatch)
        dynamodb.list_tables()


def test_a_predicate_chooses_the_call(cloudwatch: "CloudWatchClient", cloud: Cloud) -> None:
    """It sees the call, with its number since the last reset."""
    with cloud.faults.inject(_fault(THROTTLED, nth=None, where=lambda call: call.number % 2 == 0)):
        _put(cloudwatch)
        with pytest.raises(ClientError):
            _put(cloudwatch)
        _put(cloudwatch)


def test_a_late_request_takes_effect_when_its_gate_opens(cloudwatch: "CloudWatchClient", cloud: Cloud) -> None:
    """The client has given up long ago; the network has not."""
    gate = Gate()
    with cloud.faults.inject(_fault(Late(gate))), pytest.raises(ConnectionClosedError):
        _put(cloudwatch)

    assert not cloud.accepted
    assert gate.open() == 200
    assert len(cloud.accepted) == 1


def test_a_request_that_is_too_late_is_refused(
    cloudwatch: "CloudWatchClient", cloud: Cloud, clock: VirtualClock
) -> None:
    """The signature is the fence: what it holds back can't take effect any more."""
    gate = Gate()
    with cloud.faults.inject(_fault(Late(gate))), pytest.raises(ConnectionClosedError):
        _put(cloudwatch)

    clock.advance(301)

    assert gate.open() == 403
    assert not cloud.accepted


def test_a_proxy_page_is_a_success_without_a_request_id(cloudwatch: "CloudWatchClient", cloud: Cloud) -> None:
    """The SDK takes any 200 for an answer; only what AWS answers carries an id."""
    with cloud.faults.inject(_fault(ProxyPage())):
        answer = _put(cloudwatch)

    assert "RequestId" not in answer["ResponseMetadata"]
    assert not cloud.accepted
    assert _put(cloudwatch)["ResponseMetadata"]["RequestId"]


def test_a_body_breaks_half_way(s3: "S3Client", cloud: Cloud, wired: Wired) -> None:
    """The head was fine, the stream was not."""
    s3.put_object(Bucket=wired.bucket, Key="k", Body=b"x" * 1_000_000)

    with cloud.faults.inject(Fault(kind=BreakBody(share=0.5), service="s3", operation="GetObject")):
        body = s3.get_object(Bucket=wired.bucket, Key="k")["Body"]
        with pytest.raises((IncompleteReadError, ResponseStreamingError)):
            body.read()

    assert len(s3.get_object(Bucket=wired.bucket, Key="k")["Body"].read()) == 1_000_000


def _item(n: int) -> dict[str, Any]:
    return {"pk": {"S": f"object#{n}"}, "sk": {"S": "etag#1"}}


def test_keys_stay_unprocessed(dynamodb: "DynamoDBClient", cloud: Cloud, wired: Wired) -> None:
    """A BatchGetItem that answers half is no answer about the other half."""
    for n in range(4):
        dynamodb.put_item(TableName=wired.table, Item=_item(n))
    wanted: Any = {wired.table: {"Keys": [_item(n) for n in range(4)], "ConsistentRead": True}}

    with cloud.faults.inject(Fault(kind=Unprocessed(keep=1), operation="BatchGetItem")):
        some = dynamodb.batch_get_item(RequestItems=wanted)
    rest = dynamodb.batch_get_item(RequestItems=some["UnprocessedKeys"])

    assert len(some["Responses"][wired.table]) == 1
    assert some["UnprocessedKeys"][wired.table]["ConsistentRead"] is True
    assert len(rest["Responses"][wired.table]) == 3


def test_a_transaction_is_cancelled_with_its_reasons_in_order(
    dynamodb: "DynamoDBClient", cloud: Cloud, wired: Wired
) -> None:
    """The reason stands at the place of the item that caused it."""
    puts: list[Any] = [{"Put": {"TableName": wired.table, "Item": _item(n)}} for n in range(3)]
    with cloud.faults.inject(Fault(kind=CancelTransaction(at=1))), pytest.raises(ClientError) as cancelled:
        dynamodb.transact_write_items(TransactItems=puts)

    assert cancelled.value.response["Error"]["Code"] == "TransactionCanceledException"
    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "TransactionConflict", "None"]
    assert not dynamodb.scan(TableName=wired.table)["Items"]


def test_entries_fail_inside_a_good_answer(sqs: "SQSClient", cloud: Cloud, wired: Wired) -> None:
    """A 200 of a batch says little about its entries."""
    entries: list[Any] = [{"Id": str(n), "MessageBody": str(n)} for n in range(3)]
    sqs.send_message_batch(QueueUrl=wired.inbox_url, Entries=entries)
    messages = sqs.receive_message(QueueUrl=wired.inbox_url, MaxNumberOfMessages=10)["Messages"]
    handles: list[Any] = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]

    with cloud.faults.inject(Fault(kind=FailEntries(keep=1), operation="DeleteMessageBatch")):
        told = sqs.delete_message_batch(QueueUrl=wired.inbox_url, Entries=handles)

    assert [entry["Id"] for entry in told["Successful"]] == ["0"]
    assert [entry["Id"] for entry in told["Failed"]] == ["1", "2"]
    attributes = sqs.get_queue_attributes(QueueUrl=wired.inbox_url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "2"


def test_a_missing_object_is_denied_to_whoever_may_not_list(s3: "S3Client", cloud: Cloud, wired: Wired) -> None:
    """Without `s3:ListBucket`, S3 does not tell whether an object exists."""
    cloud.missing_is_denied = True

    with pytest.raises(ClientError) as got:
        s3.get_object(Bucket=wired.bucket, Key="missing")
    with pytest.raises(ClientError) as headed:
        s3.head_object(Bucket=wired.bucket, Key="missing")
    with pytest.raises(ClientError) as nowhere:
        s3.get_object(Bucket="missing-bucket", Key="missing")

    assert got.value.response["Error"]["Code"] == "AccessDenied"
    assert headed.value.response["Error"]["Code"] == "403"
    assert nowhere.value.response["Error"]["Code"] == "NoSuchBucket"


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("cloudwatch", "list_metrics", "SignatureDoesNotMatch"),
        ("dynamodb", "list_tables", "InvalidSignatureException"),
        ("sns", "list_topics", "SignatureDoesNotMatch"),
        ("sqs", "list_queues", "SignatureDoesNotMatch"),
        ("s3", "list_buckets", "RequestTimeTooSkewed"),
    ],
)
@pytest.mark.parametrize("ahead_s", [302, -302], ids=["too old", "from the future"])
def test_a_signature_of_another_time_is_refused(
    aws: boto3.Session,
    cloud: Cloud,
    clock: VirtualClock,
    service: str,
    call: str,
    code: str,
    ahead_s: float,
) -> None:
    """Five minutes to each side, by the cloud's clock."""
    client: Any = aws.client(service, endpoint_url=cloud.endpoint, config=ONCE)  # type: ignore[call-overload]  # any of them

    def sleep(**_: object) -> None:
        clock.skip(ahead_s)

    getattr(client, call)()
    client.meta.events.register("before-send", sleep)
    with pytest.raises(ClientError) as refused:
        getattr(client, call)()

    assert refused.value.response["Error"]["Code"] == code


def test_a_signature_just_in_time_is_good(cloudwatch: "CloudWatchClient", cloud: Cloud, clock: VirtualClock) -> None:
    """Under five minutes, nothing is refused; a test may allow less."""
    cloudwatch.meta.events.register("before-send", lambda **_: clock.advance(290))
    _put(cloudwatch)
    cloud.signature_age_s = 5
    with pytest.raises(ClientError, match="Signature expired"):
        _put(cloudwatch)

    assert len(cloud.accepted) == 1


def test_every_answer_carries_the_clocks_date(cloudwatch: "CloudWatchClient", clock: VirtualClock) -> None:
    """AWS's own clock is the only one that a settler trusts."""
    before = _put(cloudwatch)["ResponseMetadata"]["HTTPHeaders"]["date"]
    clock.advance(3600)
    after = _put(cloudwatch)["ResponseMetadata"]["HTTPHeaders"]["date"]

    assert before != after
