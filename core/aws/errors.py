"""What botocore raises → what the product does next. A code that means more to one adapter stands there.

AWS's own words are shown only where they say what is wrong with the input, and then without account numbers, role or
user names: those of a refused permission name all three.
"""

import re
from typing import Final

from botocore.exceptions import (
    BaseEndpointResolverError,
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own, the parent of all that never left this machine
    CredentialRetrievalError,
    EndpointProviderError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    LoginError,
    MetadataRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ReadTimeoutError,
    RefreshWithMFAUnsupportedError,
    SSOError,
    TokenRetrievalError,
    UnsupportedS3ArnError,
    ValidationError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from core.errors import Denied, LogtallyError, NoCredentials, NotFound, Permanent, Throttled, Transient, Usage

THROTTLED: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "KMS.ThrottlingException",
        "KmsThrottled",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# Somebody must act: a permission, a key, a clock.
DENIED: Final = frozenset(
    {
        "403",  # a HEAD has no body, so no code
        "AccessDenied",
        "AccessDeniedException",
        "AccountProblem",
        "AllAccessDisabled",
        "AuthFailure",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Forbidden",
        "IncompleteSignature",
        "InvalidSignatureException",
        "NotAuthorized",
        "NotSignedUp",
        "OptInRequired",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
    }
)
NO_CREDENTIALS: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    }
)
NOT_FOUND: Final = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NoSuchKey",
        "NoSuchVersion",
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
TRANSIENT: Final = frozenset(
    {
        "ConditionalRequestConflict",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "OperationAborted",
        "RequestTimeout",  # S3 says so with 400
        "RequestTimeoutException",
        "ServiceUnavailable",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
ELSEWHERE: Final = frozenset(
    {"301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}
)


class ForeignAnswerError(BotoCoreError):
    """A success without AWS's request id: somebody else's page, and nobody knows what became of the request."""

    fmt = "the answer is not AWS's: is there a proxy in between?"


# What an operation raises. The last two are not botocore's own: an answer that can't be parsed, such as a proxy's page,
# and a refusal of GetObject that breaks off half-way.
FAILED: Final = (ClientError, BotoCoreError, ResponseParserError, HTTPError)

_NO_CREDENTIALS: Final = (
    CredentialRetrievalError,
    LoginError,
    MetadataRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    RefreshWithMFAUnsupportedError,
    SSOError,
    TokenRetrievalError,
)
_BROKEN: Final = (ChecksumError, FlexibleChecksumError, HTTPClientError, IncompleteReadError, HTTPError)
_MISUSED: Final = (
    BaseEndpointResolverError,
    EndpointProviderError,
    ParamValidationError,
    UnsupportedS3ArnError,
    ValidationError,
)
# The first that fits decides. Nothing of these came back from AWS.
_NOT_ANSWERED: Final[tuple[tuple[tuple[type[Exception], ...], type[LogtallyError], str], ...]] = (
    ((ForeignAnswerError, ResponseParserError), Transient, "the answer is not AWS's: is there a proxy in between?"),
    (_NO_CREDENTIALS, NoCredentials, "no usable AWS credentials ({name}): set AWS_PROFILE or a role, or log in again"),
    ((ReadTimeoutError,), Transient, "no answer in time"),
    ((ConnectionError,), Transient, "cannot be reached ({name}): check the network, the region and the endpoint"),
    (_BROKEN, Transient, "the connection broke ({name})"),
    (_MISUSED, Usage, "{words}"),
)
_ACTION: Final = re.compile(r"not authorized to perform: ([a-zA-Z0-9-]+:[a-zA-Z*]+)")
_PRIVATE: Final = re.compile(r"arn:\S+|\b\d{12}\b")
_WORDS_MAX: Final = 200


def translate(exc: ClientError | BotoCoreError | ResponseParserError | HTTPError, *, what: str) -> LogtallyError:
    """Answer the failure to raise for `exc`; `what` names the thing it is about, for the user.

    It knows nothing of effects: where a call that may have taken effect is no failure but in doubt, ask first.
    """
    if isinstance(exc, ClientError):
        code = code_of(exc)
        if code in NO_CREDENTIALS:
            return NoCredentials(f"{what}: not permitted ({code}): the credentials are wrong or expired")
        return _answered(exc, what=what)
    words = _words(str(exc))
    for kinds, failure, line in _NOT_ANSWERED:
        if isinstance(exc, kinds):
            return failure(f"{what}: {line.format(name=_name(exc), words=words)}")
    return Permanent(f"{what}: {words}")


def code_of(exc: ClientError) -> str:
    """Answer AWS's name for the error, or its HTTP status if it sent none."""
    return exc.response.get("Error", {}).get("Code") or str(status_of(exc))


def status_of(exc: ClientError) -> int:
    """Answer the HTTP status."""
    return exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def _answered(exc: ClientError, *, what: str) -> LogtallyError:
    code, status = code_of(exc), status_of(exc)
    message = exc.response.get("Error", {}).get("Message") or ""  # an empty element is None
    if code in THROTTLED or status == 429:
        return Throttled(f"{what}: AWS asks to slow down ({code})")
    if code in DENIED or code.startswith(("KMS.", "KMS")) or status in {401, 403}:
        action = _ACTION.search(message)
        return Denied(f"{what}: not permitted ({code}){f': {action[1]} is needed' if action else ''}")
    if code in NOT_FOUND:
        return NotFound(f"{what}: there is no such thing ({code})")
    if code in ELSEWHERE:
        return Usage(f"{what}: is in another region ({code}): set AWS_REGION, or pass --region")
    if code in TRANSIENT or status >= 500 or status == 408:
        return Transient(f"{what}: AWS failed ({code})")
    return Permanent(f"{what}: refused ({code}): {_words(message)}")


def _name(exc: Exception) -> str:
    return type(exc).__name__.removesuffix("Error")


def _words(text: str) -> str:
    line = _PRIVATE.sub("…", " ".join(text.split()))
    return line if len(line) <= _WORDS_MAX else f"{line[:_WORDS_MAX]}…"
