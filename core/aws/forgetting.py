"""Removing versions from the ledger, so that they are counted when they are announced again."""

from collections.abc import Callable
from typing import Any

from core.aws import items, keys
from core.aws.conditions import ABSENT, rev_is
from core.aws.table import Table
from core.errors import Transient
from core.forgetting import ToForget
from core.history import Counted, Version
from core.limits import TRANSACTION_ITEMS_MAX
from core.model import Head
from core.writers import Nonce


def forget(table: Table, going: ToForget, *, nonce: Callable[[], Nonce]) -> None:
    """Remove versions of one key, and its head if that goes, too.

    What CloudWatch refused of them stays until it expires, as do data in items of their own: both are found by their
    object alone. More than fit one transaction go one after the other, the head first: if it breaks off, some versions
    are left. Raises Transient if something has changed since: then nothing more is removed.
    """
    ref = going.versions[0].ref
    actions = [] if going.keep_head else [_head_gone(keys.head_key(ref.bucket, ref.key), going.head)]
    actions += [{"Delete": _unchanged(version)} for version in going.versions]
    for start in range(0, len(actions), TRANSACTION_ITEMS_MAX):
        if any(table.write(actions[start : start + TRANSACTION_ITEMS_MAX], token=nonce())):
            removed = f"only {start - (not going.keep_head)} of its versions were" if start else "nothing was"
            raise Transient(f"s3://{ref.bucket}/{ref.key}: the ledger has changed meanwhile; {removed} removed")


def _head_gone(key: "keys.Item", head: Head | None) -> dict[str, Any]:
    if head is None:
        return {"ConditionCheck": {"Key": key, **ABSENT}}
    return {"Delete": {"Key": key, **rev_is(head.rev)}}


def _unchanged(version: Version) -> dict[str, Any]:
    """Answer the key of a version, and the condition that it is as it was read."""
    at = {":at": {"S": items.iso(version.at)}}
    condition: dict[str, Any] = {"ConditionExpression": "#at = :at", "ExpressionAttributeNames": {"#at": "at"}}
    if isinstance(version.story, Counted) and version.story.push is not None:
        push = version.story.push
        condition["ConditionExpression"] += " AND writer = :slot AND push = :push"
        at |= {":slot": {"N": str(push.slot)}, ":push": {"N": str(push.push)}}
    return {"Key": keys.object_key(version.ref), **condition, "ExpressionAttributeValues": at}
