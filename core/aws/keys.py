"""The keys of the ledger's items, and what is looked up by them.

pk                       sk              what
object#<bucket>/<key>    etag#<etag>     an object: its report, its data, and its push or its end
object#<bucket>/<key>    refused#<p>#<n> a datum that CloudWatch refuses, with CloudWatch's reason
object#<bucket>/<key>    head            how far a growing key has been counted
cells#<nonce>            <n>             data of an object that are too many to stand in its item
notify#<key>             <n>             an alert that somebody asked for: its report, its datum, and its push
notify#<key>             refused#<p>#<n> its datum, if CloudWatch refuses it
writer                   <slot>          a slot
backfill#<bucket>/<prefix>  <digest>     how far backfills have come (core.aws.points)
dead#<message id>        dead            a message that was sent to the dead-letter queue, with the reason
dead#<message id>        dead#<digest>   a copy of it that was sent because of one of its objects
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

from core.limits import DAY_SHARDS
from core.model import Bucket, MessageId, NoticeRef, ObjectKey, ObjectRef
from core.writers import Nonce, Outstanding, Slot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = dict[str, AttributeValueTypeDef]

OBJECT: Final = "object#"
DEAD: Final = "dead#"
NOTICE: Final = "notify#"
OBJECT_SHARDS: Final = tuple(map(str, range(DAY_SHARDS)))  # of a day in the index `recent`
DEAD_SHARDS: Final = ("dead",)
DEAD_DIGEST_LENGTH: Final = 16


def name_of(item: Mapping[str, "AttributeValueTypeDef"]) -> tuple[str, str]:
    """Answer the key of an item, or a key, as one can look things up by it."""
    return item["pk"]["S"], item["sk"]["S"]


def key_named(name: tuple[str, str]) -> "Item":
    """Answer the key of an item by its name."""
    pk, sk = name
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def object_key(ref: ObjectRef) -> "Item":
    """Answer the key of an object's item."""
    return {"pk": {"S": f"{OBJECT}{ref.bucket}/{ref.key}"}, "sk": {"S": f"etag#{ref.etag}"}}


def head_key(bucket: Bucket, key: ObjectKey) -> "Item":
    """Answer the key of what says how far a growing key has been counted."""
    return {"pk": {"S": f"{OBJECT}{bucket}/{key}"}, "sk": {"S": "head"}}


def notice_key(ref: NoticeRef) -> "Item":
    """Answer the key of a notice's item."""
    return {"pk": {"S": f"{NOTICE}{ref.key}"}, "sk": {"S": str(ref.n)}}


def member_keys(outstanding: Outstanding) -> "list[Item]":
    """Answer the keys of what a push settles, in its order."""
    if outstanding.notice is not None:
        return [notice_key(outstanding.notice)]
    return [object_key(ref) for ref in outstanding.members]


def cells_key(nonce: Nonce, n: int) -> "Item":
    """Answer the key of the `n`th item of a member's data."""
    return {"pk": {"S": f"cells#{nonce}"}, "sk": {"S": str(n)}}


def writer_key(slot: Slot) -> "Item":
    """Answer the key of a slot."""
    return {"pk": {"S": "writer"}, "sk": {"S": str(slot)}}


def dead_key(message_id: MessageId, about: ObjectRef | None) -> "Item":
    """Answer the key of a message that goes to the dead-letter queue: by itself, or because of one of its objects."""
    if about is None:
        return {"pk": {"S": f"{DEAD}{message_id}"}, "sk": {"S": "dead"}}
    digest = hashlib.sha256(f"{about.bucket}/{about.key} {about.etag}".encode()).hexdigest()[:DEAD_DIGEST_LENGTH]
    return {"pk": {"S": f"{DEAD}{message_id}"}, "sk": {"S": f"dead#{digest}"}}


def day_key(day: date, shard: str) -> str:
    """Answer the key under which the index `recent` holds a shard of a day."""
    return f"{day.isoformat()}#{shard}"
