"""What goes over the wire: which operation a request asks for, and how AWS words a refusal in each protocol."""

import gzip
import json
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, unquote
from xml.sax.saxutils import escape

from msgspec import Struct
from msgspec.structs import replace

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

SERVICES: Final = {"monitoring": "cloudwatch"}  # signing name → the name that the SDK knows it by; else the same
SHAPES: Final = {  # what a code of the old Query protocol is called in the newer ones
    "InvalidParameterCombination": "InvalidParameterCombinationException",
    "InvalidParameterValue": "InvalidParameterValueException",
    "MissingParameter": "MissingRequiredParameterException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
}
QUERY_COMPATIBLE: Final = {"cloudwatch", "sqs"}  # tell the old code beside the new one, in a header


class Protocol(StrEnum):
    """How a request and its answer are written."""

    JSON = "json"
    QUERY = "query"
    CBOR = "cbor"
    S3 = "s3"


class Request(Struct, frozen=True, kw_only=True):
    """One request of a client."""

    service: str  # as boto3 names it
    operation: str
    protocol: Protocol
    scope: Scope
    receive: Receive
    body: bytes  # inflated; empty for S3, whose bodies are left on the wire

    @property
    def region(self) -> str | None:
        """The region that it is signed for; None: it is not signed."""
        credential = _credential(self.scope)
        return credential[2] if credential else None

    def header(self, name: str) -> str | None:
        """Answer the value of a header, named in lower case."""
        return header(self.scope, name)

    def with_body(self, body: bytes) -> "Request":
        """Answer the same request with another body."""
        return replace(self, body=body)


class Answer(Struct, frozen=True, kw_only=True):
    """A whole answer. `cut_at`: the connection breaks after so many bytes of the body."""

    status: int
    headers: Headers
    body: bytes
    cut_at: int | None = None


Ask = Callable[[Request], Awaitable[Answer]]


def header(scope: Scope, name: str) -> str | None:
    """Answer the value of a header, named in lower case."""
    for key, value in scope["headers"]:
        if key.lower() == name.encode():
            return str(value, "latin-1")
    return None


async def read(scope: Scope, receive: Receive) -> Request:
    """Read a request: its body too, unless it is one of S3."""
    service = _service(scope)
    if service == "s3":
        operation = _s3_operation(scope)
        return Request(
            service=service, operation=operation, protocol=Protocol.S3, scope=scope, receive=receive, body=b""
        )
    body = await _body(scope, receive)
    protocol = _protocol(scope)
    return Request(
        service=service,
        operation=_operation(scope, body),
        protocol=protocol,
        scope=scope,
        receive=receive,
        body=body,
    )


def params(request: Request) -> dict[str, Any]:
    """Answer what a JSON or a Query request asks for, as one nested mapping. Numbers of a Query stay texts."""
    if request.protocol is Protocol.JSON:
        return _mapping(json.loads(request.body or b"{}"))
    assert request.protocol is Protocol.QUERY
    pairs = parse_qsl(request.scope["query_string"].decode() + "&" + request.body.decode(), keep_blank_values=True)
    tree: dict[str, Any] = {}
    for path, value in pairs:
        *parents, leaf = path.split(".")
        branch = tree
        for name in parents:
            branch = branch.setdefault(name, {})
        branch[leaf] = value
    return _mapping(_lists(tree))


def json_answer(value: object, *, version: str = "1.0") -> Answer:
    """Answer a value in one of AWS's JSON protocols."""
    return Answer(
        status=200,
        headers=[(b"content-type", f"application/x-amz-json-{version}".encode()), (b"x-amzn-requestid", _id())],
        body=json.dumps(value).encode(),
    )


def empty_answer(request: Request) -> Answer:
    """Answer success to an operation without a result, in the protocol of its request."""
    match request.protocol:
        case Protocol.JSON:
            return json_answer({})
        case Protocol.CBOR:
            return Answer(status=200, headers=_cbor_headers(), body=b"\xa0")
        case Protocol.QUERY | Protocol.S3:
            name = f"{request.operation}Response"
            body = f"<{name}><ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{name}>"
            return Answer(status=200, headers=[(b"content-type", b"text/xml")], body=body.encode())


def refusal(
    request: Request, code: str, message: str, *, status: int = 400, more: dict[str, Any] | None = None
) -> Answer:
    """Answer an error in the words and the shape of AWS. `more` goes beside the message, where the protocol can."""
    match request.protocol:
        case Protocol.JSON:
            shape = SHAPES.get(code, code)
            headers = [(b"content-type", b"application/x-amz-json-1.0"), (b"x-amzn-requestid", _id())]
            if request.service in QUERY_COMPATIBLE:
                headers.append((b"x-amzn-query-error", f"{code};{_fault(status)}".encode()))
            body = json.dumps({"__type": f"com.amazonaws#{shape}", "message": message, **(more or {})}).encode()
            return Answer(status=status, headers=headers, body=body)
        case Protocol.CBOR:
            headers = [*_cbor_headers(), (b"x-amzn-query-error", f"{code};{_fault(status)}".encode())]
            shape = f"com.amazonaws#{SHAPES.get(code, code)}"
            body = b"\xa2" + b"".join(map(_cbor_text, ("__type", shape, "message", message)))
            return Answer(status=status, headers=headers, body=body)
        case Protocol.QUERY:
            text = (
                f"<ErrorResponse><Error><Type>{_fault(status)}</Type><Code>{escape(code)}</Code>"
                f"<Message>{escape(message)}</Message></Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
            )
            return Answer(status=status, headers=[(b"content-type", b"text/xml")], body=text.encode())
        case Protocol.S3:
            text = (
                f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
                f"<RequestId>{uuid.uuid4()}</RequestId></Error>"
            )
            head = request.scope["method"] == "HEAD"
            headers = [(b"content-type", b"application/xml"), (b"x-amz-request-id", _id())]
            return Answer(status=status, headers=headers, body=b"" if head else text.encode())


def _service(scope: Scope) -> str:
    credential = _credential(scope)
    # Without a signature only S3 can be meant: a public object, or a presigned one.
    name = credential[3] if credential else "s3"
    return SERVICES.get(name, name)


def _credential(scope: Scope) -> list[str]:
    """Answer the five parts of the credential in a signature: key, day, region, service, ending. Empty: it has none."""
    parts = (header(scope, "authorization") or "").partition("Credential=")[2].partition(",")[0].split("/")
    return parts if len(parts) == 5 else []


def _protocol(scope: Scope) -> Protocol:
    content = header(scope, "content-type") or ""
    if "cbor" in content or header(scope, "smithy-protocol"):
        return Protocol.CBOR
    return Protocol.JSON if header(scope, "x-amz-target") else Protocol.QUERY


def _operation(scope: Scope, body: bytes) -> str:
    target = header(scope, "x-amz-target")
    if target:
        return target.rpartition(".")[2]
    path: str = scope["path"]
    before, found, after = path.rpartition("/operation/")
    if found and before:
        return after
    asked: bytes = scope["query_string"]
    query = parse_qs(asked.decode() + "&" + body.decode("utf-8", "replace"))
    return query.get("Action", ["?"])[0]


def _s3_operation(scope: Scope) -> str:
    method = scope["method"]
    query = set(parse_qs(scope["query_string"].decode(), keep_blank_values=True))
    _, _, key = unquote(scope["path"]).lstrip("/").partition("/")
    copy = header(scope, "x-amz-copy-source") is not None
    if not scope["path"].strip("/"):
        return "ListBuckets"
    named = _s3_object_operation(method, query, copy=copy) if key else _s3_bucket_operation(method, query)
    return named or f"{method} ?{'&'.join(sorted(query))}"


def _s3_object_operation(method: str, query: set[str], *, copy: bool) -> str | None:
    if query & {"acl", "attributes", "legal-hold", "retention", "tagging", "torrent"}:
        return None
    part = "uploadId" in query
    return {
        "GET": "ListParts" if part else "GetObject",
        "HEAD": "HeadObject",
        "PUT": ("UploadPartCopy" if copy else "UploadPart") if part else "CopyObject" if copy else "PutObject",
        "POST": "CompleteMultipartUpload" if part else "CreateMultipartUpload",
        "DELETE": "AbortMultipartUpload" if part else "DeleteObject",
    }.get(method)


def _s3_bucket_operation(method: str, query: set[str]) -> str | None:
    reads = {
        "notification": "GetBucketNotificationConfiguration",
        "versioning": "GetBucketVersioning",
        "location": "GetBucketLocation",
        "versions": "ListObjectVersions",
        "uploads": "ListMultipartUploads",
        "list-type": "ListObjectsV2",
    }
    writes = {"notification": "PutBucketNotificationConfiguration", "versioning": "PutBucketVersioning"}
    match method:
        case "GET":
            return next((name for sub, name in reads.items() if sub in query), None if query else "ListObjects")
        case "PUT":
            return next((name for sub, name in writes.items() if sub in query), None if query else "CreateBucket")
        case "HEAD":
            return "HeadBucket"
        case "POST":
            return "DeleteObjects" if "delete" in query else None
        case "DELETE":
            return None if query else "DeleteBucket"
        case _:
            return None


async def _body(scope: Scope, receive: Receive) -> bytes:
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(chunks)
    return gzip.decompress(body) if header(scope, "content-encoding") == "gzip" else body


def _lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if set(tree) == {"member"}:
        members = tree["member"]
        return [_lists(members[n]) for n in sorted(members, key=int)]
    return {name: _lists(branch) for name, branch in tree.items()}


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("the body of a request is a mapping")
    return value


def _fault(status: int) -> str:
    return "Sender" if status < 500 else "Receiver"


def _id() -> bytes:
    return str(uuid.uuid4()).encode()


def _cbor_headers() -> Headers:
    return [(b"content-type", b"application/cbor"), (b"smithy-protocol", b"rpc-v2-cbor"), (b"x-amzn-requestid", _id())]


def _cbor_text(text: str) -> bytes:
    data = text.encode()
    return b"\x79" + len(data).to_bytes(2) + data
