"""What AWS says → what happens next."""

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    FlexibleChecksumError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    SSOTokenLoadError,
    TokenRetrievalError,
)

from core.aws.errors import code_of, status_of, translate
from core.errors import Denied, LogtallyError, NoCredentials, NotFound, Permanent, Throttled, Transient, Usage

if TYPE_CHECKING:
    from botocore.exceptions import _ResponseMetadataTypeDef

ROLE = "arn:aws:sts::123456789012:assumed-role/secret-role/alice"


def _answer(code: str, status: int, message: str = "") -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": _metadata(status)}, "Operation"
    )


def _metadata(status: int) -> "_ResponseMetadataTypeDef":
    return {"HTTPStatusCode": status, "HTTPHeaders": {}, "HostId": "", "RequestId": "", "RetryAttempts": 0}


@pytest.mark.parametrize(
    ("code", "status", "failure"),
    [
        ("SlowDown", 503, Throttled),
        ("ThrottlingException", 400, Throttled),
        ("ProvisionedThroughputExceededException", 400, Throttled),
        ("RequestThrottled", 403, Throttled),
        ("KmsThrottled", 400, Throttled),
        ("Whatever", 429, Throttled),
        ("AccessDenied", 403, Denied),
        ("AccessDeniedException", 400, Denied),
        ("ExpiredToken", 400, NoCredentials),
        ("ExpiredTokenException", 403, NoCredentials),
        ("InvalidClientTokenId", 403, NoCredentials),
        ("UnrecognizedClientException", 400, NoCredentials),
        ("SignatureDoesNotMatch", 403, Denied),
        ("RequestTimeTooSkewed", 403, Denied),
        ("KMS.DisabledException", 400, Denied),
        ("KMSAccessDeniedException", 400, Denied),
        ("Whatever", 403, Denied),
        ("NoSuchBucket", 404, NotFound),
        ("NoSuchKey", 404, NotFound),
        ("404", 404, NotFound),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, NotFound),
        ("QueueDoesNotExist", 400, NotFound),
        ("ResourceNotFoundException", 400, NotFound),
        ("NotFound", 404, NotFound),
        ("PermanentRedirect", 301, Usage),
        ("RequestTimeout", 400, Transient),
        ("InternalFailure", 500, Transient),
        ("Whatever", 502, Transient),
        ("Whatever", 408, Transient),
        ("ValidationException", 400, Permanent),
        ("InvalidRequest", 400, Permanent),
    ],
)
def test_each_answer_has_one_consequence(code: str, status: int, failure: type[LogtallyError]) -> None:
    """And its line names the thing and AWS's code."""
    made = translate(_answer(code, status), what="table t")

    assert type(made) is failure
    assert str(made).startswith("table t: ")
    assert code in str(made)


@pytest.mark.parametrize(
    ("raised", "failure"),
    [
        (NoCredentialsError(), NoCredentials),
        (SSOTokenLoadError(error_msg="gone"), NoCredentials),
        (TokenRetrievalError(provider="sso", error_msg="gone"), NoCredentials),
        (ReadTimeoutError(endpoint_url="http://x"), Transient),
        (ConnectTimeoutError(endpoint_url="http://x"), Transient),
        (EndpointConnectionError(endpoint_url="http://x"), Transient),
        (ConnectionClosedError(endpoint_url="http://x"), Transient),
        (FlexibleChecksumError(error_msg="differs"), Transient),
        (ParamValidationError(report='Invalid bucket name "a b"'), Usage),
        (BotoCoreError(), Permanent),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_failure_without_an_answer_has_one_consequence(
    raised: BotoCoreError, failure: type[LogtallyError]
) -> None:
    """Broken lines come back, missing credentials need somebody, wrong words never work."""
    assert type(translate(raised, what="bucket b")) is failure


@pytest.mark.parametrize("code", ["AccessDenied", "ValidationException"])
def test_no_account_and_no_role_is_shown(code: str) -> None:
    """The line may end up on somebody's screen, in a chat, in a ticket."""
    message = f"User: {ROLE} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::logs in 123456789012"

    line = str(translate(_answer(code, 403 if code == "AccessDenied" else 400, message), what="bucket b"))

    assert "123456789012" not in line
    assert "secret-role" not in line
    assert "s3:GetObject" in line


def test_a_long_answer_is_one_short_line() -> None:
    """Nobody reads the rest."""
    line = str(translate(_answer("ValidationException", 400, "x\ny " * 1000), what="table t"))

    assert "\n" not in line
    assert len(line) < 300


def test_a_real_answer_without_words_is_told_by_its_status() -> None:
    """A HEAD has no body."""
    bare = ClientError({"ResponseMetadata": _metadata(500)}, "HeadObject")

    assert code_of(bare) == "500"
    assert status_of(bare) == 500
    assert type(translate(bare, what="bucket b")) is Transient


def test_a_wrong_bucket_name_is_wrong_usage() -> None:
    """botocore refuses it before anything is sent."""
    client = boto3.client("s3", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")

    with pytest.raises(ParamValidationError) as raised:
        client.head_bucket(Bucket="not a bucket")

    assert type(translate(raised.value, what="bucket")) is Usage
