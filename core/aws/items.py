"""The ledger's items: how nouns become attributes of DynamoDB, and back. Their keys are those of `core.aws.keys`.

The index `recent` (`day`, `at`) holds objects, and dead letters in a shard of their own: those are few, and whoever
looks for them does not read a day of objects. What only we read is JSON in one attribute; what a person or a condition
looks at has an attribute of its own.
"""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from core.aws import keys
from core.aws.packed import data_in, inline
from core.history import Counted, Dead, Noted, PushRef, Refusal, Version
from core.limits import DAY_SHARDS, DEAD_BODY_LENGTH_MAX
from core.model import (
    NOTICE,
    Alert,
    Datum,
    Effect,
    End,
    EndKind,
    ETag,
    Extent,
    Head,
    Member,
    MessageId,
    Notice,
    NoticeKey,
    NoticeRef,
    ObjectRef,
    Outside,
    Report,
    Sequencer,
    VersionId,
)
from core.reports import bounded
from core.writers import Nonce, Outstanding, Seq, Series, Slot, Writer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from core.aws.keys import Item

PUSHED: Final = "pushed"  # the state of an object that names its writer and its push
REPLACEABLE: Final = tuple(EndKind)
HEAD: Final = ("rev", "files", "floor", "floor_is_known")  # attributes of a head
REPORT_B_MAX: Final = 64 * 1024
SENDING: Final = "sending"  # an attribute of a dead message: nobody knows yet that it was sent


def head_item(ref: ObjectRef, head: Head, *, expires_at: int) -> "Item":
    """Answer the item of a head."""
    item: Item = {
        **keys.head_key(ref.bucket, ref.key),
        "rev": {"N": str(head.rev)},
        "files": {"S": msgspec.json.encode(head.files).decode()},
        "expires_at": {"N": str(expires_at)},
    }
    if head.floor is not None:
        item["floor"] = {"S": head.floor}
    if not head.floor_is_known:
        item["floor_is_known"] = {"BOOL": False}
    return item


def head_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Head:
    """Answer the head that `item` holds."""
    return Head(
        rev=int(item["rev"]["N"]),
        files=msgspec.json.decode(item["files"]["S"], type=tuple[Extent, ...]),
        floor=Sequencer(item["floor"]["S"]) if "floor" in item else None,
        floor_is_known="floor_is_known" not in item,
    )


def member_item(member: Member, *, slot: Slot, push: Seq, data: "Item", at: float, expires_at: int) -> "Item":
    """Answer the item of a member with a push. `data`: the attributes by which it has its data."""
    return {
        **_report_item(member, state=PUSHED, at=at, expires_at=expires_at),
        "writer": {"N": str(slot)},
        "push": {"N": str(push)},
        **data,
    }


def empty_item(member: Member, *, at: float, expires_at: int) -> "Item":
    """Answer the item of a member that has nothing to send. It is final."""
    assert not member.data
    return _report_item(member, state="empty", at=at, expires_at=expires_at)


def end_item(end: End, *, at: float, expires_at: int) -> "Item":
    """Answer the item of an object that ended without a report."""
    return {
        **keys.object_key(end.ref),
        "state": {"S": end.kind.value},
        "reason": {"S": end.reason or end.kind.value},
        "expires_at": {"N": str(expires_at)},
        **_recent(_shard(end.ref), at),
    }


def dead_item(
    message_id: MessageId,
    *,
    about: ObjectRef | None,
    reason: str,
    body: str,
    at: float,
    expires_at: int,
    sending: bool = False,
) -> "Item":
    """Answer the item of a message that went, or goes, to the dead-letter queue: enough of it to be recognised."""
    return {
        **keys.dead_key(message_id, about),
        "reason": {"S": reason},
        "body": {"S": body[:DEAD_BODY_LENGTH_MAX]},
        "expires_at": {"N": str(expires_at)},
        **({SENDING: {"BOOL": True}} if sending else {}),
        **_recent(keys.DEAD_SHARDS[0], at),
    }


def notice_item(noted: Noted, *, expires_at: int) -> "Item":
    """Answer the item of a notice. What a push reads of it stands where it stands in an object's."""
    notice, alert = noted.notice, noted.notice.alert
    item: Item = {
        **keys.notice_key(notice.ref),
        "asked": {"S": notice.asked},
        "report": {"S": _json(bounded(alert.report, b_max=REPORT_B_MAX))},
        "topic_arn": {"S": alert.topic_arn},
        "deduplication_id": {"S": alert.deduplication_id},
        "writer": {"N": str(noted.push.slot)},
        "push": {"N": str(noted.push.push)},
        **inline((notice.datum,)),
        "at": {"S": iso(_moment(noted.at))},
        "expires_at": {"N": str(expires_at)},
    }
    if noted.message_id is not None:
        item["message_id"] = {"S": noted.message_id}
    return item


def refused_item(
    ref: ObjectRef | NoticeRef, *, push: Seq, n: int, datum: Datum, reason: str, at: float, expires_at: int
) -> "Item":
    """Answer the item of a datum that CloudWatch refuses. `n`: its place among the member's data."""
    whose: Item = {"etag": {"S": ref.etag}} if isinstance(ref, ObjectRef) else {"n": {"N": str(ref.n)}}
    return {
        **keys.refused_key(ref, push=push, n=n),
        **whose,
        "datum": {"S": _json(datum)},
        "reason": {"S": reason},
        "at": {"S": iso(_moment(at))},
        "expires_at": {"N": str(expires_at)},
    }


def writer_item(writer: Writer) -> "Item":
    """Answer the item of a slot. It never expires."""
    item: Item = {
        **keys.writer_key(writer.slot),
        "series": {"S": writer.series},
        "seq": {"N": str(writer.seq)},
        "by": {"S": writer.by},
        "used_at": {"N": repr(writer.used_at)},
    }
    if writer.outstanding is not None:
        item["outstanding"] = {"S": _json(writer.outstanding)}
    return item


def writer_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Writer:
    """Answer the slot that `item` holds."""
    outstanding = item.get("outstanding")
    return Writer(
        slot=Slot(int(item["sk"]["S"])),
        series=Series(item["series"]["S"]),
        seq=Seq(int(item["seq"]["N"])),
        by=Nonce(item["by"]["S"]),
        used_at=float(item["used_at"]["N"]),
        outstanding=None if outstanding is None else msgspec.json.decode(outstanding["S"], type=Outstanding),
    )


def is_final(item: Mapping[str, "AttributeValueTypeDef"]) -> bool:
    """Answer whether an object's item makes it known: it has a push, or is `empty`."""
    return item["state"]["S"] not in REPLACEABLE


def report_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Report:
    """Answer the report in an object's item."""
    return msgspec.json.decode(item["report"]["S"], type=Report)


def outside_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Outside | None:
    """Answer what of an object CloudWatch does not take."""
    outside = item.get("outside_window")
    return None if outside is None else msgspec.json.decode(outside["S"], type=Outside)


def version_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Version:
    """Answer what an object's item says of it."""
    ref = keys.ref_of(item)
    if "version_id" in item:
        ref = msgspec.structs.replace(ref, version_id=VersionId(item["version_id"]["S"]))
    return Version(
        ref=ref,
        at=at_of(item),
        expires_at=_moment(int(item["expires_at"]["N"])),
        story=_counted(item) if "report" in item else _ended(ref, item),
    )


def refusal_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Refusal:
    """Answer which datum CloudWatch refused, and why."""
    return Refusal(
        etag=ETag(item["etag"]["S"]),
        push=Seq(int(item["sk"]["S"].removeprefix(keys.REFUSED).partition("#")[0])),
        datum=msgspec.json.decode(item["datum"]["S"], type=Datum),
        reason=item["reason"]["S"],
        at=at_of(item),
    )


def noted_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Noted:
    """Answer the notice that `item` holds."""
    alert = Alert(
        topic_arn=item["topic_arn"]["S"],
        deduplication_id=item["deduplication_id"]["S"],
        report=report_of(item),
        outside=outside_of(item),
    )
    (datum,) = data_in(item)
    key = NoticeKey(item["pk"]["S"].removeprefix(NOTICE))
    notice = Notice(ref=NoticeRef(key=key, n=int(item["sk"]["S"])), asked=item["asked"]["S"], alert=alert, datum=datum)
    return Noted(
        notice=notice,
        at=at_of(item).timestamp(),
        push=_push(item),
        message_id=item["message_id"]["S"] if "message_id" in item else None,
    )


def at_of(item: Mapping[str, "AttributeValueTypeDef"]) -> datetime:
    """Answer when `item` got into the ledger."""
    return datetime.fromisoformat(item["at"]["S"])


def dead_of(item: Mapping[str, "AttributeValueTypeDef"]) -> Dead:
    """Answer which message went to the dead-letter queue, and why."""
    return Dead(
        message_id=MessageId(item["pk"]["S"].removeprefix(keys.DEAD)),
        at=at_of(item),
        reason=item["reason"]["S"],
        body=item["body"]["S"],
    )


def iso(at: datetime) -> str:
    """Answer a moment as the items hold it."""
    return at.isoformat(timespec="milliseconds")


def _counted(item: Mapping[str, "AttributeValueTypeDef"]) -> Counted:
    return Counted(
        report=report_of(item),
        rule=item["rule"]["S"],
        outside=outside_of(item),
        push=_push(item) if "push" in item else None,
        effect=Effect(item["effect"]["S"]) if "effect" in item else Effect.ALL,
        covered=int(item["covered"]["N"]) if "covered" in item else 0,
        rang=item["rang"]["BOOL"],
    )


def _push(item: Mapping[str, "AttributeValueTypeDef"]) -> PushRef:
    return PushRef(Slot(int(item["writer"]["N"])), Seq(int(item["push"]["N"])))


def _ended(ref: ObjectRef, item: Mapping[str, "AttributeValueTypeDef"]) -> End:
    return End(ref=ref, kind=EndKind(item["state"]["S"]), reason=item["reason"]["S"])


def _report_item(member: Member, *, state: str, at: float, expires_at: int) -> "Item":
    item: Item = {
        **keys.object_key(member.ref),
        "state": {"S": state},
        "total": {"N": str(member.report.total)},
        "alert": {"BOOL": member.report.alert},
        "rang": {"BOOL": member.alert is not None},
        "report": {"S": _json(bounded(member.report, b_max=REPORT_B_MAX))},
        "rule": {"S": member.rule},
        "expires_at": {"N": str(expires_at)},
        **_recent(_shard(member.ref), at),
    }
    if member.ref.version_id is not None:
        item["version_id"] = {"S": member.ref.version_id}
    if member.outside is not None:
        item["outside_window"] = {"S": _json(member.outside)}
    if member.effect is not Effect.ALL:
        item["effect"] = {"S": member.effect}
    if member.covered:
        item["covered"] = {"N": str(member.covered)}
    return item


def _shard(ref: ObjectRef) -> str:
    """Answer the shard of an object's day, so that one day is no hot partition."""
    return keys.OBJECT_SHARDS[zlib.crc32(f"{ref.bucket}/{ref.key}".encode()) % DAY_SHARDS]


def _recent(shard: str, at: float) -> "Item":
    moment = _moment(at)
    return {"day": {"S": keys.day_key(moment.date(), shard)}, "at": {"S": iso(moment)}}


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _json(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
