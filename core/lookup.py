"""Looking things up in the ledger. Versions are read first, the slots after them: so none is settled too early."""

from datetime import date, timedelta
from itertools import islice
from typing import Final

from msgspec import Struct

from core.accounts import Brief, SlotAccount, VersionAccount, account_of, brief_of, slot_of
from core.aws.history import History
from core.aws.ledger import Ledger
from core.history import Counted, Known, State, Version, refusals_of, state_of
from core.letters import Letter, is_for, letter_in_ledger
from core.model import Effect, ObjectRef, Outside, Report
from core.writers import Slot, Writer

CHUNK: Final = 100  # versions whose states are looked up together


def accounts(known: Known, *, history: History, ledger: Ledger) -> list[VersionAccount]:
    """Answer all that can be said of the versions of a key. Raises Transient or Permanent."""
    data = [history.data(version) for version in known.versions]
    slots = _slots(ledger)
    return [
        account_of(
            version,
            state=state_of(version, slots),
            data=sent,
            refusals=refusals_of(version, known.refusals),
            writers=slots,
        )
        for version, sent in zip(known.versions, data, strict=True)
    ]


class Reported(Struct, frozen=True, kw_only=True):
    """What the ledger says of an object that it has."""

    report: Report
    state: State
    outside: Outside | None
    effect: Effect

    @property
    def counted(self) -> bool:
        """Whether its errors are in CloudWatch, all of them, but for what that refused as invalid."""
        is_over = self.state in {State.SETTLED, State.EMPTY} and self.outside is None
        return is_over and (self.effect is not Effect.NONE or self.report.total == 0)


def reported(ref: ObjectRef, *, history: History, ledger: Ledger) -> Reported | None:
    """Answer the report of an object at this ETag, as its rule read it; None if the ledger has none.

    Two calls, whatever the ledger holds. Raises Transient or Permanent.
    """
    version = history.version(ref)
    if version is None or not isinstance(version.story, Counted):
        return None
    push = version.story.push
    writer = None if push is None else ledger.writer(push.slot)
    state = state_of(version, {} if writer is None else {writer.slot: writer})
    return Reported(
        report=version.story.report, state=state, outside=version.story.outside, effect=version.story.effect
    )


def briefs(versions: list[Version], *, ledger: Ledger) -> list[Brief]:
    """Answer a line for each version."""
    slots = _slots(ledger)
    return [brief_of(version, state=state_of(version, slots)) for version in versions]


def recent(*, history: History, ledger: Ledger, state: State | None, limit: int, days: int, today: date) -> list[Brief]:
    """Answer a line for each of the newest `limit` versions, of those in `state` if one is given."""
    # A worker's clock may be ahead of ours around midnight.
    found = history.recent(newest=today + timedelta(days=1), oldest=today - timedelta(days=days))
    lines: list[Brief] = []
    while len(lines) < limit and (chunk := list(islice(found, CHUNK))):
        lines += [line for line in briefs(chunk, ledger=ledger) if state in {None, line.state}]
    return lines[:limit]


class Remembered(Struct, frozen=True, kw_only=True):
    """What the ledger remembers of dead letters."""

    letters: list[Letter]
    count: int | None  # of all of those days, whatever their reason; None: not all were read


def dead(*, history: History, reason: str | None, limit: int, days: int, today: date, now: float) -> Remembered:
    """Answer a line for each of the newest `limit` dead letters, of those with `reason` in theirs if one is given."""
    letters: list[Letter] = []
    count = 0
    for one in history.recent_dead(newest=today + timedelta(days=1), oldest=today - timedelta(days=days)):
        if len(letters) == limit:
            return Remembered(letters=letters, count=None)
        count += 1
        if is_for(one.reason, reason):
            letters.append(letter_in_ledger(one, now=now))
    return Remembered(letters=letters, count=count)


def slots(*, history: History, ledger: Ledger) -> list[SlotAccount]:
    """Answer what can be said of every slot."""
    writers = sorted(ledger.writers(), key=lambda writer: writer.slot)
    pushes = [(writer.slot, writer.outstanding) for writer in writers if writer.outstanding is not None]
    # What it settles got into the ledger when the push was intended; what the slot itself says moves with its number.
    intended_at = dict(
        zip([slot for slot, _ in pushes], history.intended_at([push for _, push in pushes]), strict=True)
    )
    return [slot_of(writer, intended_at=intended_at.get(writer.slot)) for writer in writers]


def _slots(ledger: Ledger) -> dict[Slot, Writer]:
    return {writer.slot: writer for writer in ledger.writers()}
