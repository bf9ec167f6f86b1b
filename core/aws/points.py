"""How far backfills have come: for each that is not over, the place from which the next can go on."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from core.aws.table import Table
from core.limits import DAY_S
from core.model import Bucket
from core.writers import Nonce

if TYPE_CHECKING:
    from core.aws.items import Item

KEPT_S: Final = 30 * DAY_S


class Point(Struct, frozen=True, kw_only=True):
    """Everything up to a place of a source is done, for whoever asks for the same."""

    place: str
    began_at: datetime  # what was put there later, before the place, nobody has looked at


class Points:
    """The points in the ledger's table. What one says stays true, whoever else works on the same: the last wins.

    All of it may be repeated, and raises Denied, Throttled, Transient or Permanent.
    """

    def __init__(self, table: Table, *, nonce: Callable[[], Nonce]) -> None:
        self._table = table
        self._nonce = nonce

    def find(self, bucket: Bucket, prefix: str, name: str) -> Point | None:
        """Answer how far the passes of this name have come; None if none is on its way."""
        item = self._table.one(_key(bucket, prefix, name))
        return None if item is None else msgspec.json.decode(item["point"]["S"], type=Point)

    def keep(self, bucket: Bucket, prefix: str, name: str, point: Point, *, at: float) -> None:
        """Record how far a pass has come."""
        item: Item = {
            **_key(bucket, prefix, name),
            "point": {"S": msgspec.json.encode(point).decode()},
            "at": {"S": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")},
            "expires_at": {"N": str(int(at) + KEPT_S)},
        }
        self._table.put([{"Item": item}], token=None)

    def remove(self, bucket: Bucket, prefix: str, name: str) -> None:
        """Forget a pass: it is over, and the next one begins anew."""
        self._table.write([{"Delete": {"Key": _key(bucket, prefix, name)}}], token=self._nonce())


def _key(bucket: Bucket, prefix: str, name: str) -> "Item":
    return {"pk": {"S": f"backfill#{bucket}/{prefix}"}, "sk": {"S": name}}
