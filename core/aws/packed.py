"""A member's data as bytes: MessagePack, deflated, with the digest that proves that they are read back whole."""

import hashlib
import zlib
from typing import Final

import msgspec

from core.limits import ITEM_B_MAX
from core.model import Datum

PART_B_MAX: Final = ITEM_B_MAX - 4 * 1024  # of an item; the rest is for keys and names

_data_decoder = msgspec.msgpack.Decoder(tuple[Datum, ...])


class Packed(msgspec.Struct, frozen=True):
    """The bytes, and their digest."""

    body: bytes
    digest: str

    @property
    def parts(self) -> list[bytes]:
        """Cut so that each fits an item."""
        return [self.body[start : start + PART_B_MAX] for start in range(0, len(self.body), PART_B_MAX)]


def pack(data: tuple[Datum, ...]) -> Packed:
    """Answer `data` as bytes."""
    body = zlib.compress(msgspec.msgpack.encode(data))
    return Packed(body, hashlib.sha256(body).hexdigest())


def unpack(body: bytes, *, digest: str) -> tuple[Datum, ...]:
    """Answer the data in `body`. Raises ValueError if they are not those that were packed."""
    if hashlib.sha256(body).hexdigest() != digest:
        raise ValueError("cells do not have the digest that their object names")
    return _data_decoder.decode(zlib.decompress(body))
