"""What happens to a delivery, step by step. Threads call these; each step can also be called by itself.

The order of effects is the safety argument:

    ledger knows it        (Pusher.intend)    from here on somebody will finish it
    message deleted        (Queue.delete)     so the queue may forget it
    alerts, metrics        (Pusher.finish)    at least once with one id; exactly once
"""

from collections.abc import Callable, Sequence
from typing import Final

import structlog
from msgspec import Struct, UnsetType

from core.aws.ledger import Ledger, Seen
from core.aws.objects import Objects
from core.errors import LogtallyError, Permanent, Throttled, Transient
from core.events import objects_in
from core.intake import take_in
from core.meters import Meters, Metric
from core.model import Delivery, End, EndKind, Head, Member, Missing, ObjectCreated, ObjectRef, Rule, key_name
from core.push import Found, Pusher
from core.rules import growing, ignored, rule_for
from worker.burial import Burial
from worker.in_hand import InHand, Reading
from worker.leaving import Leaving, not_buried
from worker.pace import Pace

log = structlog.get_logger()

ENDED: Final = {
    EndKind.SUPERSEDED: Metric.SUPERSEDED,
    EndKind.GONE: Metric.GONE,
    EndKind.FAILED: Metric.FAILED,
}


NOTHING_SEEN: Final = Seen(known=set(), heads={})


class Poison(Struct, frozen=True):
    """A delivery that nobody can read. It is to be buried."""

    delivery: Delivery
    why: str


Work = Reading | Poison


class Steps:
    """The steps of one worker, over its adapters and what it has in hand. Safe to call from several threads."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        burial: Burial,
        leaving: Leaving,
        objects: Objects,
        rules: Sequence[Rule],
        topic_arn: str,
        missing: Missing,
        in_hand: InHand,
        pace: Pace,
        clock: Callable[[], float],
        meters: Meters,
    ) -> None:
        self._ledger = ledger
        self._burial = burial
        self._leaving = leaving
        self._objects = objects
        self._rules = rules
        self._topic_arn = topic_arn
        self._missing = missing
        self._in_hand = in_hand
        self._pace = pace
        self._clock = clock
        self._meters = meters

    def accept(self, deliveries: Sequence[Delivery]) -> list[Work]:
        """Take deliveries in hand, and find out what they announce and what of it the ledger has already.

        Answers what is to be read, and then what is to be buried. What announces nothing new is deleted.
        """
        taken: list[tuple[Delivery, ObjectCreated]] = []
        poison: list[Poison] = []
        refs: set[ObjectRef] = set()
        for delivery in deliveries:  # all of them, before AWS is asked for anything: it may be silent
            try:
                announced = objects_in(delivery.body)
            except Permanent as exc:
                self._in_hand.take_poison(delivery)
                poison.append(Poison(delivery, str(exc)))
            else:
                wanted = [created for created in announced if not ignored(self._rules, created.ref)]
                self._meters.add(Metric.IGNORED, len(announced) - len(wanted))
                refs.update(created.ref for created in wanted)
                taken += [(delivery, created) for created in self._in_hand.take(delivery, wanted)]
        seen = self._seen(refs)
        self._meters.add(Metric.DUPLICATES, sum(created.ref in seen.known for _, created in taken))
        self._leaving.delete(self._in_hand.counted(seen.known))
        readings = [
            Reading(delivery, created, seen.heads.get(key_name(created.ref)))
            for delivery, created in taken
            if created.ref not in seen.known
        ]
        return [*readings, *poison]

    def read(self, reading: Reading) -> tuple[Member | End | None, list[Reading]]:
        """Read and analyse one object. Answers what is to be recorded, or nothing, and what is to be read instead.

        Nothing: it may be there another time, and its delivery comes back after a backoff.
        """
        delivery, created, head = reading
        try:
            with self._pace.reading():
                entry = take_in(
                    created,
                    head=self._head(created.ref) if isinstance(head, UnsetType) else head,
                    objects=self._objects,
                    rules=self._rules,
                    topic_arn=self._topic_arn,
                    clock=self._clock,
                )
            if isinstance(entry, End):
                self._before_end(entry, delivery)
        except LogtallyError as exc:
            return None, self._leaving.give_back(delivery, created.ref, why=exc)
        return entry, []

    def record(self, found: Sequence[Found[Delivery]], pusher: Pusher) -> list[Reading]:
        """Bring what was found into the ledger, and delete what is complete. Answers what is to be read next.

        Raises what `Pusher.intend` raises: then nothing is deleted, and the same can be tried again.
        """
        dropped = pusher.intend([one.entry for one in found])
        for entry in (one.entry for one in found if one.entry.ref not in dropped.known | dropped.moved):
            self._note(entry)
        return self._recorded(found, moved=dropped.moved)

    def _seen(self, refs: set[ObjectRef]) -> Seen:
        if not refs:
            return NOTHING_SEEN
        try:
            return self._ledger.seen(refs, growing=growing(self._rules, refs))
        except LogtallyError as exc:
            # Then each of them costs a GET; Intend asks again, and has what was counted before read once more.
            log.warning("ledger.not_asked", objects=len(refs), why=str(exc))
            return NOTHING_SEEN

    def _head(self, ref: ObjectRef) -> Head | None:
        return self._ledger.heads(growing(self._rules, [ref])).get(key_name(ref))

    def _recorded(self, found: Sequence[Found[Delivery]], *, moved: set[ObjectRef]) -> list[Reading]:
        readings: list[Reading] = []
        done: list[Delivery] = []
        for one in found:
            if one.entry.ref in moved:
                readings += self._in_hand.again(one.read_for, one.entry.ref)
            elif isinstance(one.entry, End):
                complete, heirs = self._in_hand.ended(one.read_for, one.entry.ref)
                done += complete
                readings += heirs
        counted = [one.entry.ref for one in found if isinstance(one.entry, Member) and one.entry.ref not in moved]
        done += self._in_hand.counted(counted)
        self._leaving.delete(done)
        return readings

    def _note(self, entry: Member | End) -> None:
        if isinstance(entry, Member):
            _log_counted(entry)
            self._meters.add(Metric.OBJECTS)
            self._meters.add(Metric.MALFORMED, entry.report.malformed)
            return
        # What can never be read is somebody's to mend; the other ends are everyday life.
        say = log.error if entry.kind is EndKind.FAILED else log.info
        say("object.ended", bucket=entry.ref.bucket, key=entry.ref.key, end=entry.kind, why=entry.reason)
        self._meters.add(ENDED[entry.kind])

    def _before_end(self, end: End, delivery: Delivery) -> None:
        """See to the message of an object that ends without a report. Raises Transient if it is to be tried again."""
        leads_to = rule_for(self._rules, end.ref.bucket, end.ref.key).missing_object or self._missing
        missing = end.kind is EndKind.GONE
        if missing and leads_to is Missing.RETRY:
            raise Transient(end.reason)
        if end.kind is EndKind.FAILED or (missing and leads_to is Missing.DLQ):
            # Before its end: who finds the end in the ledger must find the message in the dead-letter queue.
            try:
                self._burial.send_copy(delivery, about=end.ref, why=end.reason)
            except LogtallyError as exc:
                failure = Throttled if isinstance(exc, Throttled) else Transient
                raise failure(not_buried(end.reason, exc)) from exc


def _log_counted(member: Member) -> None:
    report = member.report
    say = log.warning if report.notes else log.info
    say(
        "object.counted",
        bucket=member.ref.bucket,
        key=member.ref.key,
        etag=member.ref.etag,
        rule=member.rule,
        total=report.total,
        rang=member.alert is not None,
        malformed=report.malformed,
        undated=report.undated,
        covered=member.covered,
        outside_window=0 if member.outside is None else member.outside.errors,
        notes=report.notes,
    )
