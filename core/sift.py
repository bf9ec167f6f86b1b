"""Going through the dead-letter queue once: some letters are moved back or dropped, all others are left.

The order of effects is the safety argument:

    copy in the first queue     (DeadLetters.send_back)    at least once: the ledger knows what is counted
    letter deleted              (DeadLetters.delete)       so none is ever in neither queue
    all others visible again    (DeadLetters.show)         last: else the same would be received again and again
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from core.aws.dead import DeadLetters
from core.errors import LogtallyError
from core.letters import Found, Letter, is_for, letter_in_queue

if TYPE_CHECKING:
    from core.model import ReceiptHandle


class Fate(StrEnum):
    """What is done with the letters that are meant."""

    LEAVE = "leave"
    MOVE_BACK = "move back"
    DROP = "drop"


class Sifted(Struct, kw_only=True):
    """What one pass found and did. It fills while the pass goes on."""

    there: int  # visible when it began: no more than that are looked at
    hidden: int  # and those that somebody else had received
    seen: int = 0
    done: int = 0
    undeleted: int = 0  # of those meant: they are still there
    unshown: int = 0  # of the others: they come back later
    letters: list[Letter] = []  # those that are meant
    failure: LogtallyError | None = None  # what ended it early


def sift(queue: DeadLetters, *, reason: str | None, fate: Fate, clock: Callable[[], float]) -> Sifted:
    """Look at as many letters as are there now, and deal with those whose reason has `reason` in it; None: with all.

    What comes back meanwhile can't keep it busy. Raises what `DeadLetters.depth` raises; a later failure is in what it
    answers, beside what was done until then.
    """
    depth = queue.depth()
    sifted = Sifted(there=depth.visible, hidden=depth.hidden)
    held: dict[ReceiptHandle, None] = {}  # in order
    try:
        while sifted.seen < sifted.there and (batch := queue.receive(limit=sifted.there - sifted.seen)):
            sifted.seen += len(batch)
            held |= dict.fromkeys(found.receipt for found in batch)
            for found in batch:
                if is_for(found.reason, reason):
                    _deal(queue, found, fate, sifted, now=clock())
                    if fate is not Fate.LEAVE:
                        del held[found.receipt]
    except LogtallyError as exc:
        sifted.failure = exc
    finally:
        sifted.unshown = queue.show(list(held))
    return sifted


def _deal(queue: DeadLetters, found: Found, fate: Fate, sifted: Sifted, *, now: float) -> None:
    if fate is Fate.MOVE_BACK:
        queue.send_back(found)
    if fate is not Fate.LEAVE:
        deleted = queue.delete(found)
        sifted.undeleted += not deleted
        sifted.done += fate is Fate.MOVE_BACK or deleted
    sifted.letters.append(letter_in_queue(found, now=now))
