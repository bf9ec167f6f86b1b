"""What traps are put with: two buckets and a queue, lines of logs, and made-up messages in every envelope."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

from msgspec import Struct

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef
    from mypy_boto3_sqs import SQSClient

NOW: Final = datetime.now(UTC).replace(microsecond=0)
AT: Final = NOW.replace(second=0) - timedelta(hours=1)  # when all happens, unless a trap says otherwise


class Version(Struct, frozen=True, kw_only=True):
    """One version of an object, as S3 names it."""

    bucket: str
    key: str
    etag: str
    version_id: str


class Yard:
    """Where a trap is put. It remembers what was put, so that what comes of it is found again."""

    def __init__(self, s3: "S3Client", sqs: "SQSClient", *, bucket: str, silent_bucket: str, queue_url: str) -> None:
        self.s3 = s3
        self.silent_bucket = silent_bucket
        self.keys: set[str] = set()
        self.bodies: set[str] = set()
        self._sqs = sqs
        self._bucket = bucket
        self._queue_url = queue_url

    def upload(self, key: str, body: bytes) -> None:
        """Put an object into the bucket that S3 watches."""
        self.s3.put_object(Bucket=self._bucket, Key=key, Body=body)
        self.keys.add(key)

    def upload_in_parts(self, key: str, parts: Sequence[bytes]) -> None:
        """Put an object into the bucket that S3 watches, a part at a time."""
        upload_id = self.s3.create_multipart_upload(Bucket=self._bucket, Key=key)["UploadId"]
        done: list[CompletedPartTypeDef] = []
        for number, part in enumerate(parts, 1):
            told = self.s3.upload_part(Bucket=self._bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=part)
            done.append({"ETag": told["ETag"], "PartNumber": number})
        self.s3.complete_multipart_upload(
            Bucket=self._bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": done}
        )
        self.keys.add(key)

    def lay(self, key: str, body: bytes) -> Version:
        """Put an object into a bucket that tells nobody."""
        told = self.s3.put_object(Bucket=self.silent_bucket, Key=key, Body=body)
        self.keys.add(key)
        return Version(bucket=self.silent_bucket, key=key, etag=told["ETag"].strip('"'), version_id=told["VersionId"])

    def send(self, body: object) -> None:
        """Send a made-up message: text as it is, anything else as JSON."""
        text = body if isinstance(body, str) else json.dumps(body)
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=text)
        self.bodies.add(text)


def line(service: str | None, *, ts: object = f"{AT:%Y-%m-%dT%H:%M:%S}Z", msg: str = "it broke") -> bytes:
    """Answer one error."""
    return json.dumps({"ts": ts, "service": service, "level": "ERROR", "msg": msg}, ensure_ascii=False).encode() + b"\n"


def errors(service: str, count: int) -> bytes:
    """Answer a file of so many errors, and a line that is none."""
    return line(service) * count + b'{"ts":"2025-01-01T00:00:00Z","service":"calm","level":"INFO"}\n'


def at(moment: datetime) -> str:
    """Answer a moment as logs write it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def record(version: Version, *, versioned: bool = False, sequencer: str | None = None, event: str = "2.1") -> Any:
    """Answer one record of a notification: what S3 would have said of a version."""
    named: dict[str, object] = {"key": quote_plus(version.key, safe="/"), "size": 1, "eTag": version.etag}
    if versioned:
        named["versionId"] = version.version_id
    if sequencer is not None:
        named["sequencer"] = sequencer
    return {
        "eventVersion": event,
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": version.bucket}, "object": named},
    }


def event(*records: Any) -> dict[str, Any]:
    """Answer a notification."""
    return {"Records": list(records)}


def in_sns(body: Any) -> dict[str, Any]:
    """Answer a notification as a topic hands it on."""
    return {"Type": "Notification", "MessageId": "1", "TopicArn": "arn:…", "Message": json.dumps(body)}


def from_eventbridge(version: Version) -> dict[str, Any]:
    """Answer a version's event of EventBridge: the key stands there as it is."""
    named = {"key": version.key, "size": 1, "etag": version.etag, "version-id": version.version_id}
    detail = {"version": "0", "bucket": {"name": version.bucket}, "object": named, "reason": "PutObject"}
    return {"detail-type": "Object Created", "source": "aws.s3", "detail": detail}


def upload(*files: tuple[str, bytes]) -> Callable[[Yard], None]:
    """Answer what uploads files, by key."""

    def put(yard: Yard) -> None:
        for key, body in files:
            yard.upload(key, body)

    return put


def send(body: object) -> Callable[[Yard], None]:
    """Answer what sends a message that is about no object."""
    return lambda yard: yard.send(body)


def announce(key: str, body: bytes, *envelopes: Callable[[Version], object]) -> Callable[[Yard], None]:
    """Answer what puts one object, and sends a made-up message for each of `envelopes`."""

    def put(yard: Yard) -> None:
        version = yard.lay(key, body)
        for envelope in envelopes:
            yard.send(envelope(version))

    return put
