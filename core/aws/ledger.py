"""The ledger: which objects and notices are known, and which pushes are outstanding. One DynamoDB table.

Every write of a slot is conditional on the number it was read under, and carries a nonce. The SDK repeats a call by
itself when its answer is lost, and then the repeat may fail the condition that its first copy has changed: so a
refused write is mine if the slot shows my nonce, and never because its number fits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from core.aws import items, keys
from core.aws.conditions import ABSENT, rev_is
from core.aws.packed import data_of, has_data, put_data
from core.aws.table import Table
from core.errors import Permanent, SlotLost
from core.history import Noted, PushRef
from core.limits import DAY_S, NOTICE_KEPT_S
from core.model import Alert, Datum, End, Head, KeyName, Member, MessageId, Notice, NoticeKey, NoticeRef, ObjectRef
from core.writers import Content, Nonce, Slot, Writer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from core.aws.keys import Item

_SEEN: Final = ("pk", "sk", "state", *items.HEAD)  # attributes
_ABSENT_OR_SENDING: Final = {
    "ConditionExpression": "attribute_not_exists(pk) OR attribute_exists(#sending)",
    "ExpressionAttributeNames": {"#sending": items.SENDING},
}
_REPLACEABLE: Final = {f":{state}": {"S": str(state)} for state in items.REPLACEABLE}
_ABSENT_OR_REPLACEABLE: Final = {
    "ConditionExpression": f"attribute_not_exists(pk) OR #state IN ({', '.join(_REPLACEABLE)})",
    "ExpressionAttributeNames": {"#state": "state"},
    "ExpressionAttributeValues": _REPLACEABLE,
}


class Seen(Struct, frozen=True, kw_only=True):
    """What the ledger says of objects before they are read."""

    known: set[ObjectRef]  # these need no reading
    heads: Mapping[KeyName, Head]  # of the keys that were asked for, as far as there is one


class Refused(Struct, frozen=True, kw_only=True):
    """Why an Intend was not done: what is in the way of which objects."""

    known: set[ObjectRef] = field(default_factory=set)  # they are in the ledger already
    moved: set[ObjectRef] = field(default_factory=set)  # their head was moved since it was read: they are read again

    def __bool__(self) -> bool:
        """Whether it was refused at all."""
        return bool(self.known or self.moved)


class RefusedDatum(Struct, frozen=True, kw_only=True):
    """A datum that CloudWatch refuses, on its way into the ledger."""

    ref: ObjectRef | NoticeRef
    n: int
    datum: Datum
    reason: str


class Ledger:
    """The table, in the words of the protocol. Safe to use from several threads."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        retention_days: int,
        sleep: Callable[[float], object],
        jitter: Callable[[], float],
    ) -> None:
        self._table = Table(client, table, sleep=sleep, jitter=jitter)
        self._retention_s = retention_days * DAY_S

    def check(self) -> None:
        """Ask whether the table is there, may be read, and can be a ledger. Raises Usage, Denied or Transient."""
        self._table.check()
        self.writers()

    def known(self, refs: Iterable[ObjectRef]) -> set[ObjectRef]:
        """Answer those of `refs` that need no reading: they have a push, or are `empty`. One call for a hundred."""
        return self.seen(refs, growing=()).known

    def heads(self, names: Iterable[KeyName]) -> Mapping[KeyName, Head]:
        """Answer how far keys have been counted, of those that have been. One call for a hundred."""
        return self.seen((), growing=names).heads

    def seen(self, refs: Iterable[ObjectRef], *, growing: Iterable[KeyName]) -> Seen:
        """Answer which of `refs` are known, and the heads of `growing`. One call for a hundred of both."""
        objects = [(keys.name_of(keys.object_key(ref)), ref) for ref in refs]
        heads = {keys.name_of(keys.head_key(*name)): name for name in growing}
        names = {*heads, *(name for name, _ in objects)}
        found = {
            keys.name_of(item): item
            for item in self._table.get([keys.key_named(name) for name in names], attributes=_SEEN)
        }
        final = {name for name, item in found.items() if "state" in item and items.is_final(item)}
        return Seen(
            known={ref for name, ref in objects if name in final},
            heads={heads[name]: items.head_of(found[name]) for name in heads if name in found},
        )

    def writers(self) -> list[Writer]:
        """Answer every slot, as it is now."""
        found = self._table.query("pk = :writer", {":writer": keys.WRITER}, ConsistentRead=True)
        return [items.writer_of(item) for item in found]

    def writer(self, slot: Slot) -> Writer | None:
        """Answer a slot as it is now; None if nobody has used it yet."""
        item = self._table.one(keys.writer_key(slot))
        return None if item is None else items.writer_of(item)

    def intend(self, writer: Writer, *, members: Sequence[Member], ends: Sequence[Member | End], at: float) -> Refused:
        """Record a push as outstanding, with its members, their heads and the ends that ride along: all of it or none.

        `writer` is the slot as it will be, under the next number. Answers the objects that are in the way; if there are
        any, nothing was written, and what is left goes again with a new nonce. May be repeated with the same nonce.
        Raises SlotLost if somebody took the slot, Transient if nobody could say whether it was done.
        """
        assert writer.outstanding is not None
        expires_at = self._expires_at(at)
        puts: list[dict[str, Any]] = []
        for index, member in enumerate(members):
            nonce = Nonce(f"{writer.by}.{index}")
            data = put_data(self._table, member.data, nonce=nonce, expires_at=expires_at)
            item = items.member_item(member, slot=writer.slot, push=writer.seq, data=data, at=at, expires_at=expires_at)
            puts.append({"Item": item, **_ABSENT_OR_REPLACEABLE})
        puts += [self._end(end, at=at) for end in ends]
        entries = (*members, *ends)
        return _refused(entries, self._intend(writer, [*puts, *self._heads(entries, at=at)]))

    def intend_notice(self, writer: Writer, notice: Notice, *, at: float) -> bool:
        """Record a push of one notice as outstanding, with the notice: both or nothing.

        Answers whether it is; it is not, and nothing was written, if the ledger has that notice already. For the rest
        as `intend`.
        """
        assert writer.outstanding is not None
        item = self._notice(Noted(notice=notice, at=at, push=PushRef(writer.slot, writer.seq)))
        (is_there,) = self._intend(writer, [{"Item": item, **ABSENT}])
        return not is_there

    def noted(self, key: NoticeKey) -> Noted | None:
        """Answer the latest notice of a key, as it is now; None if there is none."""
        found = self._table.query("pk = :pk", {":pk": keys.notice_pk(key)}, ConsistentRead=True)
        noted = [items.noted_of(item) for item in found if "asked" in item]
        return max(noted, key=lambda one: one.notice.ref.n, default=None)

    def keep_message_id(self, noted: Noted, message_id: str) -> None:
        """Remember the message id of a notice's alert. May be repeated; what else is in the item never changes."""
        item = self._notice(replace(noted, message_id=message_id))
        # Never anew: an item that has expired meanwhile stays away.
        self._table.put([{"Item": item, "ConditionExpression": "attribute_exists(pk)"}], token=None)

    def end(self, ends: Sequence[Member | End], *, token: Nonce, at: float) -> Refused:
        """Record ends that have no push to ride in, with their heads: all of it or none.

        Answers the objects that are in the way, as `intend` does. May be repeated with the same token.
        """
        puts = [self._end(end, at=at) for end in ends]
        return _refused(ends, self._table.put([*puts, *self._heads(ends, at=at)], token=token))

    def move(self, writer: Writer, *, at: float, refused: RefusedDatum | None = None) -> None:
        """Write a slot whose push is outstanding: renewed, at its next request, halved, or (no push left) committed.

        `writer` is the slot as it will be: under the next number, or under its own when it commits. Raises SlotLost
        if somebody moved it on, Transient if nobody could say.
        """
        before = writer.seq if writer.outstanding is None else writer.seq - 1
        puts = [self._slot(writer, before=before, must_be_outstanding=True)]
        if refused is not None:
            assert writer.outstanding is not None
            item = items.refused_item(
                refused.ref,
                push=writer.outstanding.push,
                n=refused.n,
                datum=refused.datum,
                reason=refused.reason,
                at=at,
                expires_at=self._expires_at(at),
            )
            puts.append({"Item": item})
        if any(self._table.put(puts, token=writer.by)) and not self._is_mine(writer):
            raise SlotLost(f"slot {writer.slot} has moved on")

    def content(self, writer: Writer) -> Content:
        """Answer what the outstanding push of `writer` sends and rings.

        Raises Permanent if the ledger does not hold it (any more): somebody deleted items.
        """
        outstanding = writer.outstanding
        assert outstanding is not None
        members = keys.member_keys(outstanding)
        found = {keys.name_of(item): item for item in self._table.get(members)}
        rows = [found.get(keys.name_of(key)) for key in members]
        whole = [item for item in rows if item is not None and has_data(item)]
        if len(whole) < len(rows):
            raise Permanent(f"the ledger has lost members of push {outstanding.push} of slot {writer.slot}")
        alerts = tuple(
            Alert(
                topic_arn=bell.topic_arn,
                deduplication_id=bell.deduplication_id,
                report=items.report_of(whole[bell.member]),
                outside=items.outside_of(whole[bell.member]),
            )
            for bell in outstanding.bells
        )
        return Content(data=tuple(data_of(self._table, item) for item in whole), alerts=alerts)

    def begin_burial(
        self, message_id: MessageId, *, about: ObjectRef | None = None, reason: str, body: str, at: float
    ) -> bool:
        """Remember a message that is about to be sent to the dead-letter queue. Answer whether it must be sent.

        `about`: because of that one of its objects. If it was sent before, nothing is written; if nobody knows that it
        was, it must be sent. May be repeated.
        """
        item = items.dead_item(
            message_id,
            about=about,
            reason=reason,
            body=body,
            at=at,
            expires_at=self._expires_at(at),
            sending=True,
        )
        if not any(self._table.put([{"Item": item, **ABSENT}], token=None)):
            return True
        there = self._table.one(keys.dead_key(message_id, about))
        return there is None or items.SENDING in there

    def bury(self, message_id: MessageId, *, about: ObjectRef | None = None, reason: str, body: str, at: float) -> None:
        """Remember that a message was sent to the dead-letter queue. The same message twice is remembered once."""
        item = items.dead_item(
            message_id, about=about, reason=reason, body=body, at=at, expires_at=self._expires_at(at)
        )
        self._table.put([{"Item": item, **_ABSENT_OR_SENDING}], token=None)

    def _intend(self, writer: Writer, puts: Sequence[dict[str, Any]]) -> tuple[bool, ...]:
        """Put the slot and `puts`. Answer for each of these whether it is there already; then nothing was written."""
        slot = self._slot(writer, before=writer.seq - 1, must_be_outstanding=False)
        refused = self._table.put([slot, *puts], token=writer.by)
        if not refused[0]:
            return refused[1:]
        if self._is_mine(writer):
            return (False,) * len(puts)
        raise SlotLost(f"slot {writer.slot} has moved on")

    def _end(self, end: Member | End, *, at: float) -> dict[str, Any]:
        if isinstance(end, Member):
            return {"Item": items.empty_item(end, at=at, expires_at=self._expires_at(at)), **_ABSENT_OR_REPLACEABLE}
        return {"Item": items.end_item(end, at=at, expires_at=self._expires_at(at)), **ABSENT}

    def _heads(self, entries: Sequence[Member | End], *, at: float) -> list[dict[str, Any]]:
        return [
            {"Item": items.head_item(entry.ref, head, expires_at=self._expires_at(at)), **_follows(head)}
            for entry in entries
            if (head := _head_of(entry)) is not None
        ]

    def _notice(self, noted: Noted) -> "Item":
        # Its key names it for a day only. But an outstanding push must not lose what it sends, and no object does
        # before CloudWatch would refuse it anyway: so it stays as long as they do at least.
        return items.notice_item(noted, expires_at=int(noted.at) + NOTICE_KEPT_S)

    def _slot(self, writer: Writer, *, before: int, must_be_outstanding: bool) -> dict[str, Any]:
        if before == 0:
            return {"Item": items.writer_item(writer), **ABSENT}
        also = " AND attribute_exists(outstanding)" if must_be_outstanding else ""
        return {
            "Item": items.writer_item(writer),
            "ConditionExpression": f"seq = :before{also}",
            "ExpressionAttributeValues": {":before": {"N": str(before)}},
        }

    def _is_mine(self, writer: Writer) -> bool:
        now = self.writer(writer.slot)
        return now is not None and now.by == writer.by

    def _expires_at(self, at: float) -> int:
        return int(at) + self._retention_s


def _head_of(entry: Member | End) -> Head | None:
    return entry.head if isinstance(entry, Member) else None


def _follows(head: Head) -> dict[str, Any]:
    """Answer the condition that the head before is there as it was read."""
    return rev_is(head.rev - 1) if head.rev > 1 else ABSENT


def _refused(entries: Sequence[Member | End], refused: Sequence[bool]) -> Refused:
    """Say what was refused of a write that puts `entries`, and then the heads of those that have one."""
    heads = [entry.ref for entry in entries if _head_of(entry) is not None]
    known = {entry.ref for entry, is_there in zip(entries, refused, strict=False) if is_there}
    moved = {ref for ref, has_moved in zip(heads, refused[len(entries) :], strict=True) if has_moved}
    # What is known has moved its own head.
    return Refused(known=known, moved=moved - known)
