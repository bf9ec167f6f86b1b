"""Finding out what became of a push that somebody left, and finishing it. Anyone may, at any time.

AWS's clock alone decides. A mark that is readable: it landed. Absence is looked for only when nothing sent under
this number can take effect any more, and believed only when a probe that was sent after that is readable and the
mark still is not.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final, TypeVar

import structlog

from core.aws.ledger import Ledger
from core.aws.metrics import Metrics, Reading
from core.errors import Denied, LogtallyError, SlotLost
from core.limits import MINUTE_S, PROBE_AGE_S_MAX, SETTLE_AFTER_S
from core.meters import Meters, Metric
from core.push.carry import Carried, Carrier, Held
from core.writers import Content, Fence, Seq, Slot, Writer

log = structlog.get_logger()
T = TypeVar("T")

PROBE_AGAIN_S: Final = 5 * MINUTE_S  # a probe that is not readable by then may have been lost


class Verdict(Enum):
    """What a reading of the marks says of the request that a slot names."""

    LANDED = auto()
    LOST = auto()  # it did not take effect, and never will
    PROBE = auto()  # no mark, and the fence and the hold are over: ask with a probe
    WAIT = auto()


def verdict(writer: Writer, reading: Reading, *, fence: Fence) -> Verdict:
    """Judge by one reading. Never LOST or PROBE before AWS's own clock has passed the fence and the hold."""
    assert writer.outstanding is not None
    if reading.highest is not None and reading.highest >= writer.seq:
        return Verdict.LANDED
    if reading.date < fence.absent_from(writer.outstanding.sent_at):
        return Verdict.WAIT
    if reading.lowest is not None and reading.lowest <= -writer.seq:
        return Verdict.LOST
    return Verdict.PROBE


class Settler:
    """Looks after the slots that somebody left. One thread uses it, with metrics of its own."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        metrics: Metrics,
        carrier: Carrier,
        fence: Fence,
        clock: Callable[[], float],
        busy: Callable[[], Slot | None],
        in_doubt: set[tuple[Slot, Seq]],
        meters: Meters,
        settle_after_s: float = SETTLE_AFTER_S,
    ) -> None:
        self._ledger = ledger
        self._metrics = metrics
        self._carrier = carrier
        self._fence = fence
        self._clock = clock
        self._busy = busy
        self._in_doubt = in_doubt
        self._meters = meters
        self._settle_after_s = settle_after_s
        self._first_seen: dict[tuple[Slot, Seq], float] = {}
        self._contents: dict[tuple[Slot, Seq], Content] = {}
        self._rung: dict[tuple[Slot, Seq], frozenset[int]] = {}
        self._probed_at: dict[tuple[Slot, Seq], float] = {}
        self._landed: dict[tuple[Slot, Seq], bool] = {}  # found so before, and not committed yet
        self._since: dict[tuple[Slot, Seq], float] = {}  # when a push was intended: its renewals move `sent_at`
        # Renewed by us and certainly not sent since: while a slot is as we wrote it, there is nothing to find out.
        self._stuck: dict[Slot, Writer] = {}
        self.why_not_ready: str | None = None

    def round(self) -> None:
        """Look at all slots once, and settle those that are due. Raises nothing that AWS causes."""
        for writer in self.due():
            self.attempt(writer)

    def due(self) -> list[Writer]:
        """Answer the slots, read just now, whose push is to be settled; empty if the ledger can't be read."""
        try:
            writers = self._ledger.writers()
        except LogtallyError as exc:
            log.warning("settle.no_ledger", why=str(exc))
            return []
        self._forget_what_moved_on(writers)
        self._note_the_oldest(writers)
        due = [writer for writer in writers if self._is_due(writer)]
        if not due and self.why_not_ready is not None:
            self._see_whether_marks_can_be_read()
        return due

    def attempt(self, writer: Writer) -> None:
        """Take one step for a slot, as `settle` does. Raises nothing that AWS causes: another round will do."""
        try:
            self.settle(writer)
        except SlotLost:
            log.info("settle.moved_on", slot=writer.slot, seq=writer.seq)
        except LogtallyError as exc:
            log.warning("settle.failed", slot=writer.slot, seq=writer.seq, why=str(exc))

    def settle(self, writer: Writer) -> Verdict | Carried:
        """Take one step for a slot, read just now: never before its time.

        Raises SlotLost when somebody else moves it on, Transient or Permanent when AWS does not play.
        """
        assert writer.outstanding is not None
        push = (writer.slot, writer.outstanding.push)
        if push not in self._contents:
            self._contents[push] = self._ledger.content(writer)
        held = Held(writer=writer, content=self._contents[push], rung=self._rung.get(push, frozenset()))
        # Always: whoever intended it may have died before. Once by each settler; the deduplication id is the same.
        self._carrier.ring(held)
        self._rung[push] = held.rung
        if writer != self._stuck.pop(writer.slot, None) and not held.sent_all:
            judged = self._judge(held)
            if judged in {Verdict.WAIT, Verdict.PROBE}:
                return judged
        carried = self._carrier.carry(held)
        self._rung[push] = held.rung
        match carried:
            case Carried.OVER:
                self._carrier.commit(held, release=True)
                log.info("push.settled", slot=writer.slot, push=push[1])
            case Carried.STUCK:
                self._stuck[writer.slot] = held.writer
            case Carried.LEFT:
                pass
        return carried

    def _see_whether_marks_can_be_read(self) -> None:
        """Ask once more: what was to be settled here, somebody else may have settled meanwhile."""
        try:
            self._metrics.check(now=self._clock())
        except LogtallyError as exc:
            log.warning("settle.failed", why=str(exc))
            return
        self.why_not_ready = None

    def _judge(self, held: Held) -> Verdict:
        """Find out about the request that the slot names, and make the push ready to go on."""
        writer, sent_at = held.writer, held.outstanding.sent_at
        try:
            reading = self._metrics.marks(slot=writer.slot, series=writer.series, since=sent_at, now=self._clock())
        except Denied as exc:
            self.why_not_ready = f"marks can't be read back, so nothing in doubt can be settled: {exc}"
            raise
        self.why_not_ready = None
        judged = verdict(writer, reading, fence=self._fence)
        match judged:
            case Verdict.LANDED:
                held.landed = True
                if (writer.slot, writer.seq) not in self._landed:
                    log.info("push.landed", slot=writer.slot, seq=writer.seq, push=held.outstanding.push)
                    self._meters.add(Metric.LANDED)
                self._landed[writer.slot, writer.seq] = True
            case Verdict.LOST:
                log.warning("push.lost", slot=writer.slot, seq=writer.seq, push=held.outstanding.push)
                self._carrier.renew(held)
                self._meters.add(Metric.LOST)
            case Verdict.PROBE:
                self._probe(writer, at=sent_at if reading.date - sent_at < PROBE_AGE_S_MAX else reading.date)
            case Verdict.WAIT:
                pass
        return judged

    def _probe(self, writer: Writer, *, at: float) -> None:
        now = self._clock()
        number = (writer.slot, writer.seq)
        if now - self._probed_at.get(number, float("-inf")) < PROBE_AGAIN_S:
            return
        outcome = self._metrics.probe(slot=writer.slot, series=writer.series, seq=writer.seq, at=at)
        self._probed_at[number] = now
        log.info("push.probed", slot=writer.slot, seq=writer.seq, outcome=type(outcome).__name__)

    def _is_due(self, writer: Writer) -> bool:
        if writer.outstanding is None or writer.slot == self._busy():
            return False
        if (writer.slot, writer.outstanding.push) in self._in_doubt:
            return True
        # By our own clock only: that of whoever wrote `sent_at` may be wrong, and this decides about nothing but when.
        first_seen = self._first_seen.setdefault((writer.slot, writer.seq), self._clock())
        now = self._clock()
        return now - min(first_seen, writer.outstanding.sent_at) >= self._settle_after_s

    def _note_the_oldest(self, writers: list[Writer]) -> None:
        sent = [
            self._since.setdefault((writer.slot, writer.outstanding.push), writer.outstanding.sent_at)
            for writer in writers
            if writer.outstanding is not None
        ]
        now = self._clock()
        self._meters.gauge(Metric.OLDEST_UNSETTLED, max(now - min(sent, default=now), 0.0))

    def _forget_what_moved_on(self, writers: list[Writer]) -> None:
        pushes = {(w.slot, w.outstanding.push) for w in writers if w.outstanding is not None}
        numbers = {(w.slot, w.seq) for w in writers if w.outstanding is not None}
        self._in_doubt -= {push for push in self._in_doubt.copy() if push not in pushes}
        self._contents = _only(self._contents, pushes)
        self._rung = _only(self._rung, pushes)
        self._since = _only(self._since, pushes)
        self._landed = _only(self._landed, numbers)
        self._first_seen = _only(self._first_seen, numbers)
        self._probed_at = _only(self._probed_at, numbers)


def _only(seen: dict[tuple[Slot, Seq], T], still: set[tuple[Slot, Seq]]) -> dict[tuple[Slot, Seq], T]:
    return {number: value for number, value in seen.items() if number in still}
