"""A message's body → the objects that it announces, and back. Parsed once, here; inside there are no dictionaries.

S3 notification         {"Records": [{"eventName": "ObjectCreated:Put", "s3": …}, …]}    keys are URL-encoded
the same inside SNS     {"Type": "Notification", "Message": "…"}, or raw: as above
EventBridge             {"detail-type": "Object Created", "detail": …}                   keys are not
test event              {"Service": "Amazon S3", "Event": "s3:TestEvent", …}             announces nothing
"""

from datetime import datetime
from typing import Final
from urllib.parse import quote_plus, unquote_plus

import msgspec
from msgspec import UNSET, Struct, UnsetType

from core.errors import Permanent
from core.limits import BUCKET_LENGTH_MAX, ETAG_LENGTH_MAX, KEY_B_MAX
from core.model import Bucket, Effect, ETag, ObjectCreated, ObjectKey, ObjectRef, Sequencer, VersionId

TEST_EVENT: Final = "s3:TestEvent"
CREATED: Final = "ObjectCreated:"
EVENTBRIDGE_CREATED: Final = "Object Created"
NO_VERSION: Final = "null"  # what S3 calls the version of an object written while versioning is suspended
NESTED_MAX: Final = 3  # envelopes around a notification


class _Name(Struct):
    name: str


class _Object(Struct, rename="camel"):
    key: str
    e_tag: str | None = msgspec.field(default=None, name="eTag")
    etag: str | None = None  # EventBridge's spelling
    version_id: str | None = msgspec.field(default=None, name="versionId")
    version_id_dashed: str | None = msgspec.field(default=None, name="version-id")
    sequencer: str | None = None
    size: int | None = None


class _S3(Struct):
    bucket: _Name
    object: _Object


class _Ours(Struct):
    """What we ourselves say beside, when we announce an object in S3's stead."""

    effect: Effect = Effect.ALL


class _Record(Struct, rename="camel"):
    event_name: str
    event_version: str = ""
    event_time: str | None = None
    s3: _S3 | UnsetType = UNSET
    logtally: _Ours | None = None


class _Body(Struct):
    """Whatever arrives: which of these fields is there says what it is."""

    records: list[_Record] | UnsetType = msgspec.field(default=UNSET, name="Records")
    event: str | UnsetType = msgspec.field(default=UNSET, name="Event")
    message: str | UnsetType = msgspec.field(default=UNSET, name="Message")
    detail_type: str | UnsetType = msgspec.field(default=UNSET, name="detail-type")
    detail: _S3 | UnsetType = UNSET
    time: str | None = None


_decoder = msgspec.json.Decoder(_Body)


def objects_in(body: str) -> list[ObjectCreated]:
    """Answer the objects that a message announces as created, in order; none for a test event or a deletion.

    Raises Permanent if the body is nothing that S3, SNS or EventBridge sends for an object.
    """
    for _ in range(NESTED_MAX):
        try:
            event = _decoder.decode(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
            raise Permanent(f"not an S3 event: {exc}") from exc
        if not isinstance(event.message, str):
            return _announced(event)
        body = event.message
    raise Permanent(f"not an S3 event: more than {NESTED_MAX - 1} envelopes around it")


def body_of(created: ObjectCreated) -> str:
    """Answer the message in which S3 would announce an object, said in its stead."""
    named: dict[str, object] = {"key": quote_plus(created.ref.key, safe="/"), "eTag": created.ref.etag}
    if created.size_b is not None:
        named["size"] = created.size_b
    record: dict[str, object] = {
        "eventVersion": "2.1",
        "eventSource": "logtally:backfill",
        "eventName": f"{CREATED}Put",
        "s3": {"bucket": {"name": created.ref.bucket}, "object": named},
    }
    if created.at is not None:
        record["eventTime"] = created.at
    if created.effect is not Effect.ALL:
        record["logtally"] = _Ours(effect=created.effect)
    return msgspec.json.encode({"Records": [record]}).decode()


def _announced(event: _Body) -> list[ObjectCreated]:
    if isinstance(event.records, list):
        return [
            _created(record) for record in event.records if record.event_name.removeprefix("s3:").startswith(CREATED)
        ]
    if isinstance(event.detail_type, str):
        if event.detail_type != EVENTBRIDGE_CREATED:
            return []
        if isinstance(event.detail, _S3):
            return [_object(event.detail, key=event.detail.object.key, at=event.time)]
    if event.event == TEST_EVENT:
        return []
    raise Permanent("not an S3 event: neither records nor a detail in it")


def _created(record: _Record) -> ObjectCreated:
    if not record.event_version.startswith("2."):
        raise Permanent(f"an S3 event of version {record.event_version or '?'}: 2.x is understood")
    if not isinstance(record.s3, _S3):
        raise Permanent("not an S3 event: a record without its object")
    # In notifications, and only there, S3 encodes keys as forms do: a space is a plus.
    key = unquote_plus(record.s3.object.key)
    effect = Effect.ALL if record.logtally is None else record.logtally.effect
    return _object(record.s3, key=key, at=record.event_time, effect=effect)


def _object(s3: _S3, *, key: str, at: str | None, effect: Effect = Effect.ALL) -> ObjectCreated:
    etag = s3.object.e_tag or s3.object.etag
    if not etag or len(etag) > ETAG_LENGTH_MAX or not (etag.isascii() and etag.isprintable()):
        raise Permanent("not an S3 event: an object without an ETag, or with one that is none of S3's")
    if not 0 < len(key.encode()) <= KEY_B_MAX or not 0 < len(s3.bucket.name) <= BUCKET_LENGTH_MAX:
        raise Permanent("not an S3 event: a key or a bucket that S3 does not allow")
    version = s3.object.version_id or s3.object.version_id_dashed
    ref = ObjectRef(
        bucket=Bucket(s3.bucket.name),
        key=ObjectKey(key),
        etag=ETag(etag.strip('"')),
        version_id=VersionId(version) if version and version != NO_VERSION else None,
    )
    sequencer = Sequencer(s3.object.sequencer) if s3.object.sequencer else None
    return ObjectCreated(ref=ref, sequencer=sequencer, size_b=s3.object.size, at=_time(at), effect=effect)


def _time(text: str | None) -> datetime | None:
    # It is shown to people, and decides nothing: an unreadable one is no reason to lose the object.
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
