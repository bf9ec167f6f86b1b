"""One round of settling, as the worker does it, and what came of each slot."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from core.errors import LogtallyError, SlotLost
from core.push import Settler
from core.push.carry import Carried
from core.push.settle import Verdict
from core.writers import Fence, Writer


class Came(StrEnum):
    """What came of a slot."""

    SETTLED = "settled"
    TOO_YOUNG = "too young"
    WAITING = "waiting"
    PROBED = "probed"
    MOVED_ON = "moved on"
    STUCK = "stuck"
    IN_DOUBT = "in doubt"
    FAILED = "failed"

    @property
    def is_failure(self) -> bool:
        """Whether somebody has to look at it."""
        return self in {Came.STUCK, Came.IN_DOUBT, Came.FAILED}


CARRIED: Final = {
    Carried.OVER: (Came.SETTLED, "all its requests are in CloudWatch, and its alerts are published"),
    Carried.STUCK: (Came.STUCK, "CloudWatch refuses it for now, or can't be reached; settle again later"),
    Carried.LEFT: (Came.IN_DOUBT, "an answer was lost, or an alert could not be published; settle again later"),
}


class Result(Struct, frozen=True, kw_only=True, rename="camel"):
    """What came of one slot that had a push outstanding."""

    slot: int
    push: int
    outcome: Came
    words: str


def settle_once(settler: Settler, writers: Sequence[Writer], *, fence: Fence) -> list[Result]:
    """Take one step for each slot whose push is due. `writers` are all slots, read just now."""
    due = {writer.slot: writer for writer in settler.due()}
    results = []
    for writer in writers:
        if writer.outstanding is not None:
            came, words = (
                _step(settler, due[writer.slot], fence)
                if writer.slot in due
                else (Came.TOO_YOUNG, "a worker may still be busy with it; LOGTALLY_SETTLE_AFTER_S says how long")
            )
            results.append(Result(slot=writer.slot, push=writer.outstanding.push, outcome=came, words=words))
    return results


def _step(settler: Settler, writer: Writer, fence: Fence) -> tuple[Came, str]:
    assert writer.outstanding is not None
    try:
        came = settler.settle(writer)
    except SlotLost:
        return Came.MOVED_ON, "somebody else settles it, or its own worker does"
    except LogtallyError as exc:
        return Came.FAILED, str(exc)
    if isinstance(came, Carried):
        return CARRIED[came]
    if came is Verdict.PROBE:
        return Came.PROBED, "its mark can't be read: a probe is on its way; settle again in a few minutes"
    until = datetime.fromtimestamp(fence.absent_from(writer.outstanding.sent_at), UTC)
    return Came.WAITING, f"its mark can't be read; from {until:%H:%M:%S} UTC on it can be told whether it is lost"
