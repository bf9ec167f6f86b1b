"""The writer, a slot in the ledger, and the push that may be outstanding there."""

from typing import NewType

from msgspec import Struct

from core.limits import FENCE_MARGIN_S, HOLD_S, SIGNATURE_AGE_S_MAX
from core.model import Alert, Datum, NoticeRef, ObjectRef

Slot = NewType("Slot", int)  # the number of a writer's place in the ledger
Seq = NewType("Seq", int)  # the number of a push; the fencing token
Nonce = NewType("Nonce", str)  # names one write of one slot, kept over its repeats
Series = NewType("Series", str)  # 8 hexadecimal digits: two ledgers never read each other's marks


class Slice(Struct, frozen=True, array_like=True):
    """Some data of one member: those from `start` up to, not including, `stop`."""

    member: int  # its place among the members; 0 for a notice
    start: int
    stop: int


Request = tuple[Slice, ...]  # the data of one PutMetricData


class Bell(Struct, frozen=True, array_like=True):
    """An alert that belongs to a push: which member rings, and where."""

    member: int
    topic_arn: str
    deduplication_id: str


class Outstanding(Struct, frozen=True, kw_only=True):
    """A push that is intended and not yet committed: of objects, or of one notice."""

    push: Seq  # the number under which it was intended
    members: tuple[ObjectRef, ...]  # none: of a notice
    requests: tuple[Request, ...]  # the plan; only a refusal as invalid changes it
    i: int  # the request that is being sent; their number: none is left
    bells: tuple[Bell, ...]
    sent_at: (
        float  # seconds since the epoch, by the writer's clock: no request is signed later than this plus the margin
    )
    notice: NoticeRef | None = None


class Writer(Struct, frozen=True, kw_only=True):
    """A slot as the ledger holds it."""

    slot: Slot
    series: Series
    seq: Seq
    by: Nonce  # of the last write
    used_at: float  # seconds since the epoch; 0: released
    outstanding: Outstanding | None = None


class Content(Struct, frozen=True, kw_only=True):
    """What an outstanding push sends and rings, looked up from its members."""

    data: tuple[tuple[Datum, ...], ...]  # one row for each member
    alerts: tuple[Alert, ...]

    def of(self, request: Request) -> tuple[Datum, ...]:
        """Answer the data of `request`, in order."""
        return tuple(datum for part in request for datum in self.data[part.member][part.start : part.stop])


class Fence(Struct, frozen=True, kw_only=True):
    """When a sent request can no longer take effect. No setting: only the local cloud hands in a shorter one."""

    margin_s: float = FENCE_MARGIN_S
    signature_age_s: float = SIGNATURE_AGE_S_MAX
    hold_s: float = HOLD_S

    def signed_until(self, sent_at: float) -> float:
        """Answer the last moment at which a request sent under `sent_at` may be signed."""
        return sent_at + self.margin_s

    def absent_from(self, sent_at: float) -> float:
        """Answer the moment, by AWS's clock, from which the absence of a mark may be looked for."""
        return sent_at + self.margin_s + self.signature_age_s + self.hold_s
