"""A member's data in the ledger: in its item, or, if they are too many, in items of their own.

They are bytes: MessagePack, deflated, with the digest that proves that they are read back whole.
"""

import hashlib
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from core.aws import keys
from core.aws.conditions import ABSENT
from core.errors import Permanent
from core.limits import CELLS_INLINE_B_MAX, ITEM_B_MAX
from core.model import Datum
from core.writers import Nonce

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from core.aws.keys import Item
    from core.aws.table import Table

PART_B_MAX: Final = ITEM_B_MAX - 4 * 1024  # of an item; the rest is for keys and names

_data_decoder = msgspec.msgpack.Decoder(tuple[Datum, ...])


def put_data(table: "Table", data: tuple[Datum, ...], *, nonce: Nonce, expires_at: int) -> "Item":
    """Answer the attributes by which a member's item has `data`. If they don't fit it, they are put before it.

    `nonce`: what names them then. May be repeated with the same.
    """
    body = _packed(data)
    if len(body) <= CELLS_INLINE_B_MAX:
        return _inline(body)
    parts = [body[start : start + PART_B_MAX] for start in range(0, len(body), PART_B_MAX)]
    for n, part in enumerate(parts):
        item: Item = {**keys.cells_key(nonce, n), "body": {"B": part}, "expires_at": {"N": str(expires_at)}}
        # Refused: an earlier copy of this very put has done it. The nonce is nobody else's.
        table.put([{"Item": item, **ABSENT}], token=None)
    return {"cells_at": {"S": nonce}, "cells_n": {"N": str(len(parts))}, "cells_digest": {"S": _digest(body)}}


def data_of(table: "Table", item: Mapping[str, "AttributeValueTypeDef"]) -> tuple[Datum, ...]:
    """Answer the data of a member's item. Raises Permanent if some are lost, and what `Table.get` raises."""
    if "cells" in item:
        return data_in(item)
    nonce = Nonce(item["cells_at"]["S"])
    parts = [keys.cells_key(nonce, n) for n in range(int(item["cells_n"]["N"]))]
    bodies = {int(part["sk"]["S"]): bytes(part["body"]["B"]) for part in table.get(parts)}
    return _unpacked(b"".join(bodies[n] for n in sorted(bodies)), item)


def inline(data: tuple[Datum, ...]) -> "Item":
    """Answer the attributes by which an item has `data` that are so few that they fit."""
    return _inline(_packed(data))


def data_in(item: Mapping[str, "AttributeValueTypeDef"]) -> tuple[Datum, ...]:
    """Answer the data that stand in an item. Raises Permanent if they are not those that were put there."""
    return _unpacked(bytes(item["cells"]["B"]), item)


def has_data(item: Mapping[str, "AttributeValueTypeDef"]) -> bool:
    """Answer whether an item is a member's, so that it has data."""
    return "cells_digest" in item


def _inline(body: bytes) -> "Item":
    return {"cells": {"B": body}, "cells_digest": {"S": _digest(body)}}


def _packed(data: tuple[Datum, ...]) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(data))


def _unpacked(body: bytes, item: Mapping[str, "AttributeValueTypeDef"]) -> tuple[Datum, ...]:
    if _digest(body) != item["cells_digest"]["S"]:
        raise Permanent(f"{item['pk']['S']}: cells do not have the digest that their object names")
    return _data_decoder.decode(zlib.decompress(body))


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
