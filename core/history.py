"""What the ledger remembers of objects and notices, and the state that follows from it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from core.model import Datum, Effect, End, ETag, Head, MessageId, Notice, ObjectRef, Outside, Report
from core.writers import Seq, Slot, Writer


class State(StrEnum):
    """How far the story of an object's version has come."""

    SETTLED = "settled"  # its push is over
    OUTSTANDING = "outstanding"  # its push is not over: the graph may show it, or not yet
    EMPTY = "empty"  # analysed, and there is nothing to send
    SUPERSEDED = "superseded"
    GONE = "gone"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the ledger does not hold its slot, or an older one: somebody changed it by hand


class PushRef(Struct, frozen=True):
    """The push that an object or a notice belongs to."""

    slot: Slot
    push: Seq  # the number under which it was intended


class Counted(Struct, frozen=True, kw_only=True):
    """What the analysis of an object gave."""

    report: Report
    rule: str
    outside: Outside | None
    push: PushRef | None  # None: there was nothing to send
    effect: Effect = Effect.ALL
    covered: int = 0  # of its errors, those that were counted when the file was shorter
    rang: bool = False


class Version(Struct, frozen=True, kw_only=True):
    """One version of an object, as the ledger holds it."""

    ref: ObjectRef
    at: datetime  # when it got there
    expires_at: datetime
    story: Counted | End


class Refusal(Struct, frozen=True, kw_only=True):
    """A datum that CloudWatch refused, and that is therefore not on the graph."""

    etag: ETag
    push: Seq
    datum: Datum
    reason: str
    at: datetime


class Noted(Struct, frozen=True, kw_only=True):
    """A notice, as the ledger holds it."""

    notice: Notice
    at: float  # when it got there, in seconds since the epoch
    push: PushRef
    message_id: str | None = None  # SNS's, of its alert; None: not published yet, or nobody could keep it


class Dead(Struct, frozen=True, kw_only=True):
    """A message that a worker sent to the dead-letter queue, as the ledger holds it."""

    message_id: MessageId  # that it had in the first queue
    at: datetime  # when it was sent there
    reason: str
    body: str  # the beginning of it


class Known(Struct, frozen=True, kw_only=True):
    """All that the ledger holds of one key."""

    versions: tuple[Version, ...]  # the newest first
    refusals: tuple[Refusal, ...]
    head: Head | None


def state_of(version: Version, writers: Mapping[Slot, Writer]) -> State:
    """Answer the state of a version. `writers` are all slots, read after the version."""
    story = version.story
    if isinstance(story, End):
        return State(story.kind.value)
    return State.EMPTY if story.push is None else state_of_push(writers.get(story.push.slot), story.push.push)


def refusals_of(version: Version, refusals: Sequence[Refusal]) -> list[Refusal]:
    """Answer those of its key's `refusals` that are of this version."""
    if not isinstance(version.story, Counted) or version.story.push is None:
        return []
    push = version.story.push.push
    return [refusal for refusal in refusals if (refusal.etag, refusal.push) == (version.ref.etag, push)]


def state_of_push(writer: Writer | None, push: Seq) -> State:
    """Answer the state of what belongs to a push. `writer` is its slot, read after that."""
    if writer is None or writer.seq < push:
        return State.UNKNOWN
    if writer.outstanding is not None and writer.outstanding.push == push:
        return State.OUTSTANDING
    return State.SETTLED
