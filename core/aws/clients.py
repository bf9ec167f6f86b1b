"""Every AWS client is made here, with the timeouts and the retries of its service. No default is relied on.

botocore's own defaults change between versions and can be switched by environment, and one `put_metric_data` whose
answer is lost is sent five times by them. `total_max_attempts` counts the first try.

Each client believes only answers that carry a request id, as all of AWS's do: botocore takes any page that comes with
a 200, from whatever proxy, for a success.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.utils import parse_timestamp

from core.aws.errors import ForeignAnswerError
from core.errors import Usage
from core.limits import RECEIVE_READ_TIMEOUT_S, SILENCE_S_MAX

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse
    from botocore.client import BaseClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from core.aws.caller import STSClient

Client = TypeVar("Client", bound="BaseClient")

CONNECT_TIMEOUT_S: Final = 2
READ_TIMEOUT_S: Final = 5
OBJECT_READ_TIMEOUT_S: Final = 15  # S3 may pause within a body
ATTEMPTS: Final = 3
BACKOFF_S_MAX: Final = 20 + 5  # standard mode's own, and what a server may add to it
CONNECTIONS: Final = 32  # that a client keeps, for whoever does not say how many threads use it
SUCCESS_END: Final = 300
_USER: Final = re.compile(r"//[^/]*@")
# Whoever calls is taken for hanging only when no call could still be on its way, with all its attempts.
assert ATTEMPTS * (CONNECT_TIMEOUT_S + max(READ_TIMEOUT_S, OBJECT_READ_TIMEOUT_S) + BACKOFF_S_MAX) < SILENCE_S_MAX
assert CONNECT_TIMEOUT_S + RECEIVE_READ_TIMEOUT_S < SILENCE_S_MAX


def _config(
    *, read_timeout_s: float = READ_TIMEOUT_S, attempts: int = ATTEMPTS, connections: int = CONNECTIONS
) -> Config:
    return Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=connections,
        tcp_keepalive=True,
    )


def session(*, region: str | None = None, profile: str | None = None) -> boto3.Session:
    """Answer a session for the account and region that the arguments, else the AWS environment, name.

    Raises Usage if there is no such profile, or no region.
    """
    core = botocore.session.get_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=timestamp_of)
    try:
        made = boto3.Session(region_name=region, profile_name=profile, botocore_session=core)
    except BotoCoreError as exc:
        raise Usage(str(exc)) from exc
    if made.region_name is None:
        raise Usage("no AWS region: set AWS_REGION")
    return made


def timestamp_of(told: str | float) -> datetime:
    """Read a time as AWS writes it.

    botocore's own reader tries every form that there is: half the time of a listing, which has a time for each key.
    """
    if isinstance(told, str):
        try:
            at = datetime.fromisoformat(told)
        except ValueError:
            return parse_timestamp(told)
        if at.tzinfo is not None:
            return at
    return parse_timestamp(told)  # type: ignore[arg-type]  # the stubs know texts alone


class Clients(NamedTuple):
    """The clients of a worker. Two push metrics, since each belongs to one thread."""

    s3: "S3Client"
    sqs: "SQSClient"
    sqs_receive: "SQSClient"
    sqs_once: "SQSClient"
    dynamodb: "DynamoDBClient"
    cloudwatch_put: "CloudWatchClient"
    cloudwatch_put_to_settle: "CloudWatchClient"
    cloudwatch_read: "CloudWatchClient"
    sns: "SNSClient"


def clients_of(aws: boto3.Session, *, endpoint_url: str | None = None, connections: int = CONNECTIONS) -> Clients:
    """Make all clients of a worker. `connections`: how many of its threads may call at once.

    With fewer, urllib3 throws the connections of the others away after each call, and complains in words of its own.
    """
    return Clients(
        s3=s3(aws, endpoint_url=endpoint_url, connections=connections),
        sqs=sqs(aws, endpoint_url=endpoint_url, connections=connections),
        sqs_receive=sqs_receive(aws, endpoint_url=endpoint_url),
        sqs_once=sqs_once(aws, endpoint_url=endpoint_url),
        dynamodb=dynamodb(aws, endpoint_url=endpoint_url, connections=connections),
        cloudwatch_put=cloudwatch_put(aws, endpoint_url=endpoint_url),
        cloudwatch_put_to_settle=cloudwatch_put(aws, endpoint_url=endpoint_url),
        cloudwatch_read=cloudwatch_read(aws, endpoint_url=endpoint_url),
        sns=sns(aws, endpoint_url=endpoint_url),
    )


def endpoints(aws: Clients) -> dict[str, str]:
    """Answer where each service is asked, by the SDK's name of it. Whoever is named in the address is left out."""
    found = {client.meta.service_model.service_name: client.meta.endpoint_url for client in aws}
    return {name: _USER.sub("//", url) for name, url in found.items()}


def before_calls(client: "BaseClient", tell: Callable[[], None]) -> None:
    """Let `tell` be called before every attempt of a call of `client`, in the thread that makes it."""

    def told(**_: object) -> None:  # an answer of a hook would be taken for AWS's
        tell()

    client.meta.events.register("before-send", told)


def s3(aws: boto3.Session, *, endpoint_url: str | None = None, connections: int = CONNECTIONS) -> "S3Client":
    """Answer the client that reads objects. A body that breaks is resumed by `core.aws.objects`, not by retries."""
    config = _config(read_timeout_s=OBJECT_READ_TIMEOUT_S, connections=connections)
    return _made(lambda: aws.client("s3", endpoint_url=endpoint_url, config=config))


def sqs(aws: boto3.Session, *, endpoint_url: str | None = None, connections: int = CONNECTIONS) -> "SQSClient":
    """Answer the client that hides, deletes and sends messages: all of these may be repeated."""
    return _made(lambda: aws.client("sqs", endpoint_url=endpoint_url, config=_config(connections=connections)))


def sqs_receive(aws: boto3.Session, *, endpoint_url: str | None = None) -> "SQSClient":
    """Answer the client that receives. One attempt: the loop that calls it is the retry."""
    config = _config(read_timeout_s=RECEIVE_READ_TIMEOUT_S, attempts=1)
    return _made(lambda: aws.client("sqs", endpoint_url=endpoint_url, config=config))


def sqs_once(aws: boto3.Session, *, endpoint_url: str | None = None) -> "SQSClient":
    """Answer the client that keeps messages hidden. One attempt: the loop that calls it is the retry."""
    return _made(lambda: aws.client("sqs", endpoint_url=endpoint_url, config=_config(attempts=1)))


def dynamodb(
    aws: boto3.Session, *, endpoint_url: str | None = None, connections: int = CONNECTIONS
) -> "DynamoDBClient":
    """Answer the client of the ledger. Its writes are conditional, and recognise an earlier copy of themselves."""
    return _made(lambda: aws.client("dynamodb", endpoint_url=endpoint_url, config=_config(connections=connections)))


def cloudwatch_put(aws: boto3.Session, *, endpoint_url: str | None = None) -> "CloudWatchClient":
    """Answer the client that pushes metrics. One attempt: PutMetricData is not idempotent."""
    return _made(lambda: aws.client("cloudwatch", endpoint_url=endpoint_url, config=_config(attempts=1)))


def cloudwatch_read(aws: boto3.Session, *, endpoint_url: str | None = None) -> "CloudWatchClient":
    """Answer the client that reads metrics back."""
    return _made(lambda: aws.client("cloudwatch", endpoint_url=endpoint_url, config=_config()))


def sns(aws: boto3.Session, *, endpoint_url: str | None = None) -> "SNSClient":
    """Answer the client that publishes alerts: at least once, always with the same deduplication id."""
    return _made(lambda: aws.client("sns", endpoint_url=endpoint_url, config=_config()))


def sts(aws: boto3.Session, *, endpoint_url: str | None = None) -> "STSClient":
    """Answer the client that knows who we are."""
    client: STSClient = _made(lambda: aws.client("sts", endpoint_url=endpoint_url, config=_config()))
    return client


def _made(make: Callable[[], Client]) -> Client:
    try:
        client = make()
    except (BotoCoreError, ValueError) as exc:  # a region or an endpoint that is none, from wherever it was set
        raise Usage(f"AWS settings: {exc}") from exc
    client.meta.events.register("after-call", _refuse_foreign)
    return client


def _refuse_foreign(http_response: "AWSResponse", parsed: Mapping[str, Any], **_: object) -> None:
    # Of a refusal, its code says whose it is.
    if http_response.status_code < SUCCESS_END and not parsed["ResponseMetadata"].get("RequestId"):
        raise ForeignAnswerError
