"""What the ledger remembers, read back for people: by key, and by day."""

import heapq
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from core.aws import items, keys
from core.aws.packed import data_of, has_data
from core.aws.table import RECENT, Table
from core.history import Dead, Known, Refusal, Version
from core.model import Bucket, Datum, ObjectKey, ObjectRef
from core.writers import Outstanding

if TYPE_CHECKING:
    from core.aws.keys import Item

PAGE: Final = 100  # items in one answer: whoever wants the newest few does not read a whole day


class History:
    """The ledger's past. It writes nothing, and everything may be repeated. All of it raises Transient or Permanent."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def known(self, bucket: Bucket, key: ObjectKey) -> Known:
        """Answer all that is there of a key, as it is now."""
        versions, refusals, head = [], [], None
        found = self._table.query("pk = :pk", {":pk": keys.object_pk(bucket, key)}, ConsistentRead=True)
        for item in found:
            _, sk = keys.name_of(item)
            if sk.startswith(keys.ETAG):
                versions.append(items.version_of(item))
            elif sk.startswith(keys.REFUSED):
                refusals.append(items.refusal_of(item))
            elif sk == keys.HEAD:
                head = items.head_of(item)
        versions.sort(key=lambda version: version.at, reverse=True)
        return Known(versions=tuple(versions), refusals=tuple(refusals), head=head)

    def refusals(self, ref: ObjectRef) -> tuple[Refusal, ...]:
        """Answer what CloudWatch refused of a key, all versions of it."""
        values = {":pk": keys.object_pk(ref.bucket, ref.key), ":refused": keys.REFUSED}
        found = self._table.query("pk = :pk AND begins_with(sk, :refused)", values, ConsistentRead=True)
        return tuple(map(items.refusal_of, found))

    def version(self, ref: ObjectRef) -> Version | None:
        """Answer a version, as it is now; None if it is not there."""
        item = self._table.one(keys.object_key(ref))
        return None if item is None else items.version_of(item)

    def intended_at(self, pushes: Sequence[Outstanding]) -> list[datetime | None]:
        """Answer for each push when it was intended; None: the ledger has lost what it settles."""
        firsts = [keys.member_keys(push)[0] for push in pushes]
        found = {keys.name_of(item): items.at_of(item) for item in self._table.get(firsts)}
        return [found.get(keys.name_of(key)) for key in firsts]

    def data(self, version: Version) -> tuple[Datum, ...]:
        """Answer what a version sends; none for an end. Raises Permanent if the ledger has lost it."""
        item = self._table.one(keys.object_key(version.ref))
        return () if item is None else self._data(item)

    def recent(self, *, newest: date, oldest: date, page: int = PAGE) -> Iterator[Version]:
        """Yield the versions of some days, the newest first. What was written a moment ago may be missing.

        `page`: how many are read ahead of each shard of a day.
        """
        return map(items.version_of, self._recent(newest, oldest, keys.OBJECT_SHARDS, page=page))

    def recent_with_data(self, *, newest: date, oldest: date) -> Iterator[tuple[Version, tuple[Datum, ...]]]:
        """Yield what `recent` does, each with what it sends."""
        found = self._recent(newest, oldest, keys.OBJECT_SHARDS)
        return ((items.version_of(item), self._data(item)) for item in found)

    def recent_dead(self, *, newest: date, oldest: date) -> Iterator[Dead]:
        """Yield the messages that workers sent to the dead-letter queue, as `recent` does."""
        return map(items.dead_of, self._recent(newest, oldest, keys.DEAD_SHARDS))

    def _recent(self, newest: date, oldest: date, shards: Sequence[str], *, page: int = PAGE) -> Iterator["Item"]:
        day = newest
        while day >= oldest:
            found = [
                self._table.query(
                    "#day = :day",
                    {":day": keys.day_key(day, shard)},
                    IndexName=RECENT,
                    ScanIndexForward=False,
                    ExpressionAttributeNames={"#day": "day"},
                    PaginationConfig={"PageSize": page},
                )
                for shard in shards
            ]
            yield from heapq.merge(*found, key=lambda item: item["at"]["S"], reverse=True)
            day -= timedelta(days=1)

    def _data(self, item: "Item") -> tuple[Datum, ...]:
        return data_of(self._table, item) if has_data(item) else ()
