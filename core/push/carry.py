"""Carrying an outstanding push through: publish its alerts, send its requests, each under a number of its own.

Whoever holds the slot does this: the worker that intended the push, or somebody who settles it. The order is the
safety argument. A request is sent only under a number that the ledger holds, and the number rises only when the
request before has been accepted or certainly has no effect; so of one slot at most one request can still take effect.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final, assert_never

import structlog
from msgspec import Struct
from msgspec.structs import replace

from core.aws.alerts import Alerts
from core.aws.ledger import Ledger, RefusedDatum
from core.aws.metrics import Metrics
from core.errors import Denied, LogtallyError, NotFound, Permanent, SlotLost
from core.meters import Meters, Metric
from core.outcomes import Accepted, Cause, InDoubt, NotSent, Outcome, Refused, TooLate
from core.push.plan import halves
from core.writers import Content, Nonce, Outstanding, Request, Seq, Writer

log = structlog.get_logger()

SEND_ATTEMPTS: Final = 3  # at a stretch, of a request that was refused or not sent
SEND_BACKOFF_S: Final = 0.2
TOO_LATE_AGAIN: Final = "signed too late, though renewed just now: is the clock right?"


class Carried(Enum):
    """How far a push was carried."""

    OVER = auto()  # every request is accepted and every alert published: to be committed
    STUCK = auto()  # refused or not sent for now, and the slot is still ours: carry on later
    LEFT = auto()  # nobody can say, or somebody else has it: the slot is not ours any more


class Held(Struct):
    """A slot in our hands, with what is outstanding there. Changes as the push is carried."""

    writer: Writer
    content: Content
    rung: frozenset[int] = frozenset()  # which of its alerts are published
    landed: bool = False  # the request that the slot names is accepted

    @property
    def outstanding(self) -> Outstanding:
        """The push. There is one until it is committed."""
        assert self.writer.outstanding is not None
        return self.writer.outstanding

    @property
    def sent_all(self) -> bool:
        """Whether no request is left to send."""
        return self.outstanding.i + self.landed >= len(self.outstanding.requests)


class Carrier:
    """Carries pushes for one thread, with that thread's metrics."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        metrics: Metrics,
        alerts: Alerts,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
        nonce: Callable[[], Nonce],
        meters: Meters,
    ) -> None:
        self._ledger = ledger
        self._metrics = metrics
        self._alerts = alerts
        self._clock = clock
        self._sleep = sleep
        self._nonce = nonce
        self._meters = meters
        self.stuck_because: str | None = None

    def carry(self, held: Held) -> Carried:
        """Carry the push as far as it goes now. Raises nothing that AWS causes."""
        try:
            self.ring(held)
            while not held.sent_all:
                if held.landed:
                    self._next(held)
                    continue
                outcome = self._send(held)
                match outcome:
                    case Accepted():
                        held.landed = True
                    case Refused(cause=Cause.INVALID):
                        self._halve(held, outcome.why)
                    case NotSent() | Refused():
                        return self._stuck(held, outcome.why)
                    case InDoubt():
                        log.warning("push.in_doubt", **_names(held), why=outcome.why)
                        return Carried.LEFT
                    case _:
                        assert_never(outcome)
        except SlotLost:
            log.warning("slot.lost", **_names(held))
            self._meters.add(Metric.SLOTS_LOST)
            return Carried.LEFT
        except LogtallyError as exc:
            # The ledger can't be written, or nobody knows whether it was: what it holds is true, and somebody reads it.
            log.warning("push.in_doubt", **_names(held), why=str(exc))
            return Carried.LEFT
        self.stuck_because = None
        return Carried.OVER if self.ring(held) else Carried.LEFT

    def ring(self, held: Held) -> bool:
        """Publish the alerts of the push that are not published yet. Answer whether all are.

        A topic that takes nothing is one rule's: the alerts of the others do not wait for it.
        """
        silent: set[str] = set()
        for n, alert in enumerate(held.content.alerts):
            if n in held.rung or alert.topic_arn in silent:
                continue
            try:
                message_id = self._alerts.publish(alert)
            except LogtallyError as exc:
                # A topic that is not there, or not ours to publish to, is somebody's to mend.
                say = log.error if isinstance(exc, NotFound | Denied) else log.warning
                say("alert.not_published", **_names(held), topic_arn=alert.topic_arn, why=str(exc))
                if not isinstance(exc, Permanent):  # that is one alert's own
                    silent.add(alert.topic_arn)
                continue
            held.rung |= {n}
            log.info("alert.published", message_id=message_id, deduplication_id=alert.deduplication_id)
        return len(held.rung) == len(held.content.alerts)

    def renew(self, held: Held) -> None:
        """Give the push the next number, so that its request may be sent (again). Raises SlotLost, Transient."""
        self._move(held, requests=held.outstanding.requests, i=held.outstanding.i)

    def commit(self, held: Held, *, release: bool) -> None:
        """Record that the push is over; `release` gives the slot to whoever comes next. Raises SlotLost, Transient."""
        now = self._clock()
        used_at = 0.0 if release else now
        after = replace(held.writer, by=self._nonce(), used_at=used_at, outstanding=None)
        self._ledger.move(after, at=now)
        held.writer = after

    def _stuck(self, held: Held, why: str) -> Carried:
        self.stuck_because = f"CloudWatch takes no metrics: {why}"
        log.warning("push.stuck", **_names(held), why=why)
        return Carried.STUCK

    def _next(self, held: Held) -> None:
        self._move(held, requests=held.outstanding.requests, i=held.outstanding.i + 1)

    def _halve(self, held: Held, why: str) -> None:
        """Put two halves in the place of a request that was refused as invalid; take a single datum out."""
        outstanding = held.outstanding
        request = outstanding.requests[outstanding.i]
        parts = halves(request)
        requests = (*outstanding.requests[: outstanding.i], *parts, *outstanding.requests[outstanding.i + 1 :])
        refused = None if parts else self._refused(held, request, why)
        self._move(held, requests=requests, i=outstanding.i, refused=refused)
        if refused is not None:
            log.error(
                "datum.refused", **_names(held), service=refused.datum.service, errors=refused.datum.count, why=why
            )

    def _refused(self, held: Held, request: Request, why: str) -> RefusedDatum:
        (part,) = request
        datum = held.content.data[part.member][part.start]
        ref = held.outstanding.notice or held.outstanding.members[part.member]
        return RefusedDatum(ref=ref, n=part.start, datum=datum, reason=why)

    def _move(self, held: Held, *, requests: tuple[Request, ...], i: int, refused: RefusedDatum | None = None) -> None:
        now = self._clock()
        outstanding = replace(held.outstanding, requests=requests, i=i, sent_at=now)
        after = replace(
            held.writer, seq=Seq(held.writer.seq + 1), by=self._nonce(), used_at=now, outstanding=outstanding
        )
        self._ledger.move(after, at=now, refused=refused)
        held.writer = after
        held.landed = False

    def _send(self, held: Held) -> Accepted | NotSent | Refused | InDoubt:
        outcome = self._send_in_time(held)
        if isinstance(outcome, TooLate):
            self.renew(held)
            outcome = self._send_in_time(held)
        # Renewing it again and again would be a hot loop: the clock that signs is not ours.
        return NotSent(TOO_LATE_AGAIN) if isinstance(outcome, TooLate) else outcome

    def _send_in_time(self, held: Held) -> Outcome:
        writer, outstanding = held.writer, held.outstanding
        data = held.content.of(outstanding.requests[outstanding.i])
        outcome: Outcome = NotSent("not tried")
        for attempt in range(SEND_ATTEMPTS):
            if attempt:
                self._sleep(SEND_BACKOFF_S * 2**attempt)
            outcome = self._metrics.send(
                data, slot=writer.slot, series=writer.series, seq=writer.seq, sent_at=outstanding.sent_at
            )
            again = isinstance(outcome, NotSent) or (
                isinstance(outcome, Refused) and outcome.cause in {Cause.THROTTLED, Cause.OTHER}
            )
            if not again:
                break
        return outcome


def _names(held: Held) -> dict[str, int]:
    return {"slot": held.writer.slot, "seq": held.writer.seq, "push": held.outstanding.push}
