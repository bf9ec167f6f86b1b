"""The nouns. Frozen, typed, without behaviour that needs the world."""

from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from msgspec import Struct

Bucket = NewType("Bucket", str)
ObjectKey = NewType("ObjectKey", str)  # text, decoded; never a path
ETag = NewType("ETag", str)  # without quotes; an opaque tag, no checksum
VersionId = NewType("VersionId", str)
Sequencer = NewType("Sequencer", str)  # hexadecimal; comparable only within one key

MessageId = NewType("MessageId", str)
NoticeKey = NewType("NoticeKey", str)  # by which a repeat of a request is known
ReceiptHandle = NewType("ReceiptHandle", str)

Minute = NewType("Minute", int)  # seconds since the epoch, a multiple of 60


class ObjectRef(Struct, frozen=True, kw_only=True):
    """One S3 object at one ETag: what the ledger remembers."""

    bucket: Bucket
    key: ObjectKey
    etag: ETag
    version_id: VersionId | None = None  # None: not versioned, or made up by a backfill


KeyName = tuple[Bucket, ObjectKey]  # a key of a bucket, whatever is there


def url_of(bucket: str, key: str) -> str:
    """Answer an object, or all under a prefix, as it is named on a command line and in a failure."""
    return f"s3://{bucket}/{key}"


def key_name(ref: ObjectRef) -> KeyName:
    """Answer the key of an object, whatever its ETag."""
    return ref.bucket, ref.key


class Effect(StrEnum):
    """What counting an object leads to, beside its place in the ledger."""

    ALL = "all"  # its errors go to CloudWatch, and it rings if it holds too many
    SILENT = "silent"  # its errors go to CloudWatch: nobody wants a thousand alerts about last month
    NONE = "none"  # nothing


class ObjectCreated(Struct, frozen=True, kw_only=True):
    """What an event says of a new object."""

    ref: ObjectRef
    sequencer: Sequencer | None = None
    size_b: int | None = None
    at: datetime | None = None
    effect: Effect = Effect.ALL  # S3 itself never asks for less


class Delivery(Struct, frozen=True, kw_only=True):
    """One receive of one message."""

    message_id: MessageId
    receipt: ReceiptHandle
    body: str
    receive_count: int
    sent_at: float  # seconds since the epoch, by SQS's clock
    received_at: float  # seconds since the epoch, by our clock, before the receive: visibility counts from there


class Grown(StrEnum):
    """What another version of a key is."""

    APPEND = "append"  # the same file with more lines, if it begins with the bytes that were counted; else another one
    REPLACE = "replace"  # another file


class Missing(StrEnum):
    """What an object that was deleted before it was read leads to."""

    END = "end"  # it is over: the ledger says `gone`
    DLQ = "dlq"  # that, and a copy of its message in the dead-letter queue
    RETRY = "retry"  # it is looked for again, until the queue's receives are used up


class Shape(Struct, frozen=True, kw_only=True):
    """How lines are written. A field `a.b` is the key `b` of the object `a`, or the key `a.b`."""

    time_field: str = "ts"
    service_field: str = "service"
    level_field: str = "level"
    levels: frozenset[str] = frozenset({"ERROR"})  # that are errors; of digits: the number, too
    zone: str | None = None  # of times without an offset; None: they can't be read


class Rule(Struct, frozen=True, kw_only=True):
    """How the objects that match are read, and when they ring."""

    name: str
    threshold: int
    bucket: str = "*"  # a glob, as are the next two
    prefix: str = ""
    suffix: str = ""
    ignore: bool = False  # they are not even read
    shape: Shape = Shape()
    topic_arn: str | None = None  # None: the topic of the settings
    missing_object: Missing | None = None  # None: as the settings say
    grown: Grown = Grown.APPEND


class Cell(Struct, frozen=True, order=True):
    """The errors of one service in one minute."""

    minute: Minute
    service: str  # as the log says it
    errors: int


class Tally(Struct, frozen=True, kw_only=True):
    """What the lines of one object add up to."""

    total: int
    by_service: dict[str, int]
    cells: tuple[Cell, ...]  # in order; their errors add up to `total`
    lines: int  # all but blank ones and comments
    malformed: int
    undated: int  # errors without a readable time; with a `since`, `total` leaves them out
    levels: tuple[str, ...]  # some of those in the first lines that have any; none: no line has one
    first_error: datetime | None
    last_error: datetime | None


class Report(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a user is told of one object. Its JSON is a contract: `total`, `byService`, `alert`."""

    bucket: Bucket | None  # None: a local file
    key: ObjectKey
    etag: ETag | None
    total: int
    by_service: dict[str, int]
    alert: bool
    threshold: int
    since: datetime | None
    lines: int
    malformed: int
    undated: int
    first_error: datetime | None
    last_error: datetime | None
    notes: tuple[str, ...]  # what one must know not to be misled by the numbers


class Outside(Struct, frozen=True, kw_only=True):
    """Errors of minutes that CloudWatch does not take: counted, kept, never sent."""

    errors: int
    first: Minute
    last: Minute


class Datum(Struct, frozen=True, array_like=True):
    """One value as CloudWatch will get it: `count` errors of a service, or one alert."""

    at: int  # seconds since the epoch
    service: str | None  # a valid dimension value; None: `alertTriggered`
    count: int
    source: str | None = None  # who asked for the alert; None: nobody, a file came to its threshold


class Alert(Struct, frozen=True, kw_only=True):
    """What is published when an object holds too many errors."""

    topic_arn: str
    deduplication_id: str
    report: Report
    outside: Outside | None  # how many of its errors are not on the graph


class Extent(Struct, frozen=True, kw_only=True):
    """How far one file has been counted."""

    start: str  # a digest of its first line, by which it is told from others
    length_b: int  # up to behind the last line that was counted, of the bytes as they were written: inflated
    digest: str  # of these bytes
    total: int  # errors in them, as they were counted
    rang: bool  # a file rings once, however often it grows
    sequencer: Sequencer | None  # of its last version that was counted


class Head(Struct, frozen=True, kw_only=True):
    """How far a key has been counted: what its next version is compared with."""

    rev: int  # one more with each version that is counted
    files: tuple[Extent, ...]  # that were there one after the other, the one that was counted last at the end
    floor: Sequencer | None = None  # what is older may be of a file that is not among them any more
    floor_is_known: bool = True  # False: so may be whatever is not the current version


class Member(Struct, frozen=True, kw_only=True):
    """One analysed object, on its way into the ledger."""

    ref: ObjectRef
    rule: str
    report: Report  # of all of it
    data: tuple[Datum, ...]  # what will be sent, in order; none: nothing to send
    outside: Outside | None
    alert: Alert | None
    effect: Effect = Effect.ALL
    covered: int = 0  # of its errors, those that were counted when the file was shorter: not in `data`
    head: Head | None = None  # as it will be; None: it stays as it is


class NoticeRef(Struct, frozen=True, kw_only=True):
    """One notice: the `n`th of its key. A key names the same request for a day, then the next."""

    key: NoticeKey
    n: int


NOTICE: Final = "notify#"  # before the key of a notice, where it stands beside the names of objects


class Notice(Struct, frozen=True, kw_only=True):
    """An alert that somebody asked for, on its way into the ledger."""

    ref: NoticeRef
    asked: str  # a fingerprint of what the request asked: under the same key it must be the same
    alert: Alert  # with the report as it is answered
    datum: Datum  # that counts it


class EndKind(StrEnum):
    """Why an object was not analysed. Each is replaced when the same bytes turn up again."""

    SUPERSEDED = "superseded"  # overwritten before it was read; the newer event will come
    GONE = "gone"  # deleted before it was read
    FAILED = "failed"  # can never be read, with a reason


class End(Struct, frozen=True, kw_only=True):
    """An object whose story ended without a report."""

    ref: ObjectRef
    kind: EndKind  # never `empty`: that one is a Member without data
    reason: str
