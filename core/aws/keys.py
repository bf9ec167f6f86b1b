"""The keys of the ledger's items, and what is looked up by them.

pk                       sk              what
object#<bucket>/<key>    etag#<etag>     an object: its report, its data, and its push or its end
object#<bucket>/<key>    refused#<p>#<n> a datum that CloudWatch refuses, with CloudWatch's reason
object#<bucket>/<key>    head            how far a growing key has been counted
cells#<nonce>            <n>             data of an object that are too many to stand in its item
notify#<key>             <n>             an alert that somebody asked for: its report, its datum, and its push
notify#<key>             refused#<p>#<n> its datum, if CloudWatch refuses it
writer                   <slot>          a slot
backfill#<bucket>/<prefix>  <name>       how far backfills of that name have come (core.aws.points)
dead#<message id>        dead            a message that was sent to the dead-letter queue, with the reason
dead#<message id>        dead#<digest>   a copy of it that was sent because of one of its objects
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

from core.limits import DAY_SHARDS
from core.model import NOTICE, Bucket, ETag, MessageId, NoticeKey, NoticeRef, ObjectKey, ObjectRef
from core.writers import Nonce, Outstanding, Seq, Slot

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = dict[str, AttributeValueTypeDef]

OBJECT: Final = "object#"
ETAG: Final = "etag#"
HEAD: Final = "head"
REFUSED: Final = "refused#"
WRITER: Final = "writer"
DEAD: Final = "dead#"
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


def object_pk(bucket: Bucket, key: ObjectKey) -> str:
    """Answer under what all items of a key of a bucket stand."""
    return f"{OBJECT}{bucket}/{key}"


def object_key(ref: ObjectRef) -> "Item":
    """Answer the key of an object's item."""
    return key_named((object_pk(ref.bucket, ref.key), f"{ETAG}{ref.etag}"))


def ref_of(key: Mapping[str, "AttributeValueTypeDef"]) -> ObjectRef:
    """Answer which object has this key of an item, without its version id."""
    pk, sk = name_of(key)
    bucket, _, name = pk.removeprefix(OBJECT).partition("/")
    return ObjectRef(bucket=Bucket(bucket), key=ObjectKey(name), etag=ETag(sk.removeprefix(ETAG)))


def head_key(bucket: Bucket, key: ObjectKey) -> "Item":
    """Answer the key of what says how far a growing key has been counted."""
    return key_named((object_pk(bucket, key), HEAD))


def notice_pk(key: NoticeKey) -> str:
    """Answer under what all notices of a key stand."""
    return f"{NOTICE}{key}"


def notice_key(ref: NoticeRef) -> "Item":
    """Answer the key of a notice's item."""
    return key_named((notice_pk(ref.key), str(ref.n)))


def refused_key(ref: ObjectRef | NoticeRef, *, push: Seq, n: int) -> "Item":
    """Answer the key of a datum that CloudWatch refuses: the `n`th of what a push sends of an object or a notice."""
    pk = object_pk(ref.bucket, ref.key) if isinstance(ref, ObjectRef) else notice_pk(ref.key)
    return key_named((pk, f"{REFUSED}{push}#{n}"))


def member_keys(outstanding: Outstanding) -> "list[Item]":
    """Answer the keys of what a push settles, in its order."""
    if outstanding.notice is not None:
        return [notice_key(outstanding.notice)]
    return [object_key(ref) for ref in outstanding.members]


def cells_key(nonce: Nonce, n: int) -> "Item":
    """Answer the key of the `n`th item of a member's data."""
    return key_named((f"cells#{nonce}", str(n)))


def writer_key(slot: Slot) -> "Item":
    """Answer the key of a slot."""
    return key_named((WRITER, str(slot)))


def point_key(bucket: Bucket, prefix: str, name: str) -> "Item":
    """Answer the key of what says how far the backfills of a name have come."""
    return key_named((f"backfill#{bucket}/{prefix}", name))


def dead_key(message_id: MessageId, about: ObjectRef | None) -> "Item":
    """Answer the key of a message that goes to the dead-letter queue: by itself, or because of one of its objects."""
    if about is None:
        return key_named((f"{DEAD}{message_id}", "dead"))
    digest = hashlib.sha256(f"{about.bucket}/{about.key} {about.etag}".encode()).hexdigest()[:DEAD_DIGEST_LENGTH]
    return key_named((f"{DEAD}{message_id}", f"dead#{digest}"))


def day_key(day: date, shard: str) -> str:
    """Answer the key under which the index `recent` holds a shard of a day."""
    return f"{day.isoformat()}#{shard}"
