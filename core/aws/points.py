"""How far backfills have come: for each that is not over, the place from which the next can go on."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from core.aws import items, keys
from core.aws.table import Table
from core.limits import DAY_S
from core.model import Bucket

if TYPE_CHECKING:
    from core.aws.keys import Item

KEPT_S: Final = 30 * DAY_S


class Point(Struct, frozen=True, kw_only=True):
    """Everything up to a place of a source is done, for whoever asks for the same."""

    place: str
    began_at: datetime  # what was put there later, before the place, nobody has looked at


class Points:
    """The points in the ledger's table. What one says stays true, whoever else works on the same: the last wins.

    All of it may be repeated, and raises Denied, Throttled, Transient or Permanent.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, bucket: Bucket, prefix: str, name: str) -> Point | None:
        """Answer how far the passes of this name have come; None if none is on its way."""
        item = self._table.one(keys.point_key(bucket, prefix, name))
        return None if item is None or "point" not in item else msgspec.json.decode(item["point"]["S"], type=Point)

    def keep(self, bucket: Bucket, prefix: str, name: str, point: Point | None, *, at: float) -> None:
        """Record how far a pass has come; None: it is over, and the next one begins anew."""
        item: Item = {
            **keys.point_key(bucket, prefix, name),
            "at": {"S": items.iso(datetime.fromtimestamp(at, UTC))},
            "expires_at": {"N": str(int(at) + KEPT_S)},
        }
        if point is not None:
            item["point"] = {"S": msgspec.json.encode(point).decode()}
        # No deletion: that would be a permission more.
        self._table.put([{"Item": item}], token=None)
