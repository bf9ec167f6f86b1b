"""The worker's side of the protocol: intend a push, send it, let the next one carry its commit."""

from collections.abc import Callable, Sequence
from typing import Final

import structlog
from msgspec.structs import replace

from core.aws.ledger import Ledger, Refused
from core.errors import LogtallyError, SlotLost, Transient
from core.limits import SLOTS_IN_DOUBT_MAX
from core.meters import Meters, Metric
from core.model import Alert, End, Member
from core.push.carry import Carried, Carrier, Held
from core.push.plan import requests_of
from core.push.slots import choose
from core.writers import Bell, Content, Nonce, Outstanding, Seq, Series, Slot, Writer

log = structlog.get_logger()

INTEND_ATTEMPTS: Final = 8  # with another slot, or without the members that are known


class Pusher:
    """Intends and carries the pushes of one worker, in one slot at a time. One thread uses it.

    `in_doubt` holds the (slot, push) that this worker has left; the settler of the same process takes them out.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        carrier: Carrier,
        environment: str,
        clock: Callable[[], float],
        nonce: Callable[[], Nonce],
        series: Callable[[], Series],
        draw: Callable[[int], int],
        in_doubt: set[tuple[Slot, Seq]],
        meters: Meters,
    ) -> None:
        self._ledger = ledger
        self._carrier = carrier
        self._environment = environment
        self._clock = clock
        self._nonce = nonce
        self._series = series
        self._draw = draw
        self._in_doubt = in_doubt
        self._meters = meters
        self._idle: Writer | None = None  # a slot of ours with nothing outstanding
        self._held: Held | None = None  # a slot of ours with a push
        self._over = False  # that push only waits for its commit

    @property
    def slot(self) -> Slot | None:
        """The slot that this worker is busy with: nobody else's to settle."""
        return None if self._held is None else self._held.writer.slot

    @property
    def unfinished(self) -> bool:
        """Whether a push is intended and not yet over: call `finish` again."""
        return self._held is not None and not self._over

    @property
    def outstanding(self) -> int:
        """How many pushes of this worker are intended and not over, as far as it knows."""
        return len(self._in_doubt) + self.unfinished

    @property
    def why_not_ready(self) -> str | None:
        """Why nothing more should be received; None: all is well."""
        if len(self._in_doubt) >= SLOTS_IN_DOUBT_MAX:
            return (
                f"{len(self._in_doubt)} pushes are in doubt: CloudWatch does not answer, or alerts can't be published"
            )
        return self._carrier.stuck_because if self.unfinished else None

    def intend(self, entries: Sequence[Member | End]) -> Refused:
        """Bring everything in `entries` into the ledger: after it returns, the messages may be deleted.

        Answers what is dropped: it was there already, or its head was moved since that was read, and it must be read
        again. Raises Transient if not all else could be brought there: nobody may delete.
        """
        left = list(entries)
        dropped = Refused()
        for _ in range(len(entries) + INTEND_ATTEMPTS):
            if not left:
                return dropped
            members = [entry for entry in left if isinstance(entry, Member) and entry.data]
            ends = [entry for entry in left if isinstance(entry, End) or not entry.data]
            try:
                refused = (
                    self._intend(members, ends)
                    if members
                    else self._ledger.end(ends, token=self._nonce(), at=self._clock())
                )
            except SlotLost:
                log.warning("slot.lost", slot=self.slot)
                self._meters.add(Metric.SLOTS_LOST)
                self._leave()
                continue
            if not refused:
                return dropped
            log.info("push.dropped", known=len(refused.known), moved=len(refused.moved))
            self._meters.add(Metric.DUPLICATES, len(refused.known))
            dropped.known.update(refused.known)
            dropped.moved.update(refused.moved)
            left = [entry for entry in left if entry.ref not in refused.known | refused.moved]
        raise Transient("no slot could be kept for long enough to intend a push")

    def finish(self) -> None:
        """Publish the alerts of the intended push and send its requests. Leaves the slot when in doubt.

        Raises nothing that AWS causes. If the push is `unfinished` afterwards, call again later.
        """
        if self._held is None or self._over:
            return
        try:
            carried = self._carrier.carry(self._held)
        except Exception:
            # A bug of ours. What was sent before it may be counted: never send that again by ourselves.
            self._doubt(self._held.writer)
            raise
        match carried:
            case Carried.OVER:
                self._over = True
            case Carried.LEFT:
                self._doubt(self._held.writer)
            case Carried.STUCK:
                pass

    def rest(self, *, release: bool = False) -> None:
        """Commit what is over, since nothing follows that could carry it. `release`: the worker leaves."""
        if self._held is None or not self._over:
            return
        try:
            self._carrier.commit(self._held, release=release)
        except LogtallyError as exc:
            # It stays outstanding; whoever settles it sees its mark, and commits.
            log.warning("push.not_committed", slot=self.slot, why=str(exc))
            self._leave()
            return
        self._idle, self._held, self._over = self._held.writer, None, False

    def _intend(self, members: Sequence[Member], ends: Sequence[Member | End]) -> Refused:
        assert not self.unfinished, "one push at a time: it may only be intended when the one before is over"
        now = self._clock()
        before = self._slot(now)
        seq = Seq(before.seq + 1)
        outstanding = Outstanding(
            push=seq,
            members=tuple(member.ref for member in members),
            requests=requests_of([member.data for member in members], environment=self._environment),
            i=0,
            bells=tuple(_bell(n, member.alert) for n, member in enumerate(members) if member.alert is not None),
            sent_at=now,
        )
        after = replace(before, seq=seq, by=self._nonce(), used_at=now, outstanding=outstanding)
        try:
            refused = self._ledger.intend(after, members=members, ends=ends, at=now)
        except Transient:
            # It may have been done, now or later: then its members are in the ledger, and somebody settles them.
            self._doubt(after)
            raise
        if not refused:
            self._meters.add(Metric.PUSHES)
            alerts = tuple(member.alert for member in members if member.alert is not None)
            content = Content(data=tuple(member.data for member in members), alerts=alerts)
            self._held, self._over, self._idle = Held(writer=after, content=content), False, None
        return refused

    def _slot(self, now: float) -> Writer:
        if self._held is not None:
            return self._held.writer
        if self._idle is None:
            self._idle = choose(self._ledger.writers(), now=now, draw=self._draw, series=self._series)
        return self._idle

    def _doubt(self, writer: Writer) -> None:
        assert writer.outstanding is not None
        self._meters.add(Metric.IN_DOUBT)
        self._in_doubt.add((writer.slot, writer.outstanding.push))
        self._leave()

    def _leave(self) -> None:
        self._held, self._over, self._idle = None, False, None


def _bell(member: int, alert: Alert) -> Bell:
    return Bell(member, alert.topic_arn, alert.deduplication_id)
