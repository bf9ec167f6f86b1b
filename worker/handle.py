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
from core.aws.queue import Queue
from core.errors import LogtallyError, Permanent, Throttled, Transient
from core.events import objects_in
from core.intake import take_in
from core.limits import BATCH_MAX
from core.meters import Meters, Metric
from core.model import Delivery, End, EndKind, Head, Member, Missing, ObjectCreated, ObjectRef, Rule, key_name
from core.push import Found, Pusher
from core.rules import growing, ignored, rule_for
from worker.backoff import backoff_s
from worker.burial import Burial
from worker.in_hand import InHand, Reading
from worker.pace import Pace

log = structlog.get_logger()

EXTENSION_S_MAX: Final = 10.0  # one attempt takes less
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
        queue: Queue,
        ledger: Ledger,
        burial: Burial,
        objects: Objects,
        rules: Sequence[Rule],
        topic_arn: str,
        missing: Missing,
        in_hand: InHand,
        pace: Pace,
        clock: Callable[[], float],
        jitter: Callable[[], float],
        meters: Meters,
    ) -> None:
        self._queue = queue
        self._ledger = ledger
        self._burial = burial
        self._objects = objects
        self._rules = rules
        self._topic_arn = topic_arn
        self._missing = missing
        self._in_hand = in_hand
        self._pace = pace
        self._clock = clock
        self._jitter = jitter
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
        self._delete(self._in_hand.counted(seen.known))
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
            return None, self.give_back(delivery, created.ref, why=exc)
        return entry, []

    def record(self, found: Sequence[Found[Delivery]], pusher: Pusher) -> list[Reading]:
        """Bring what was found into the ledger, and delete what is complete. Answers what is to be read next.

        Raises what `Pusher.intend` raises: then nothing is deleted, and the same can be tried again.
        """
        dropped = pusher.intend([one.entry for one in found])
        for entry in (one.entry for one in found if one.entry.ref not in dropped.known | dropped.moved):
            self._note(entry)
        return self._recorded(found, moved=dropped.moved)

    def bury(self, poison: Poison) -> None:
        """Send a message to the dead-letter queue, with the reason. If that fails, it comes back after a backoff."""
        delivery = poison.delivery
        try:
            self._bury(delivery, why=poison.why)
        except LogtallyError as exc:
            self._in_hand.abandon([delivery])
            # After some receives SQS itself moves it there, without the reason.
            self._hide(delivery, why=_not_buried(poison.why, exc))
        else:
            self._in_hand.abandon([delivery])

    def give_back(self, delivery: Delivery, ref: ObjectRef, *, why: LogtallyError) -> list[Reading]:
        """Let a delivery come back after a backoff. Answers who the object is to be read for next.

        If SQS would not let it come back, it goes to the dead-letter queue with the reason.
        """
        if isinstance(why, Throttled):
            self._pace.slow_down()
        words = str(why)
        if self._queue.is_last_receive(delivery):
            try:
                self._bury(delivery, why=_at_last(delivery, why=words))  # in hand as long as that takes
            except LogtallyError as exc:
                words = _not_buried(words, exc)
            else:
                return self._in_hand.gave_up(delivery, ref)
        readings = self._in_hand.gave_up(delivery, ref)
        self._hide(delivery, why=words, key=ref.key)
        return readings

    def give_all_back(self) -> int:
        """Let go of everything in hand: the worker is stopping. Answer what `release` does."""
        deliveries = self._in_hand.all()
        self._in_hand.abandon(deliveries)
        self._in_hand.wait_until_extended(deliveries, EXTENSION_S_MAX)
        return self.release(deliveries)

    def release(self, deliveries: Sequence[Delivery]) -> int:
        """Make deliveries visible at once: somebody else will do them. Answer how many are.

        One try: the process is about to end, and what it can't do in time visibility does. What nobody else would get,
        since SQS would move it next, goes to the dead-letter queue with the reason.
        """
        last = [delivery for delivery in deliveries if self._queue.is_last_receive(delivery)]
        visible = self._show([delivery for delivery in deliveries if delivery not in last])
        if visible:
            log.info("message.given_back", messages=visible)
        for delivery in last:
            why = _at_last(delivery, why="the worker was stopped")
            try:
                self._bury(delivery, why=why)
            except LogtallyError as exc:
                log.warning("message.hidden", **_names(delivery), seconds=0, why=_not_buried(why, exc))
                self._show([delivery])
        return visible

    def _show(self, deliveries: Sequence[Delivery]) -> int:
        visible = 0
        for start in range(0, len(deliveries), BATCH_MAX):
            batch = deliveries[start : start + BATCH_MAX]
            try:
                failed = self._queue.try_to_hide([(delivery, 0) for delivery in batch])
            except LogtallyError as exc:
                log.warning("queue.batch_failed", why=str(exc))
                break
            visible += len(batch) - len(failed)
        return visible

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
        self._delete(done)
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
                raise failure(_not_buried(end.reason, exc)) from exc

    def _hide(self, delivery: Delivery, *, why: str, **facts: str) -> None:
        seconds = backoff_s(delivery.receive_count, jitter=self._jitter())
        log.warning("message.hidden", **_names(delivery), **facts, seconds=seconds, why=why)
        self._in_hand.wait_until_extended([delivery], EXTENSION_S_MAX)
        self._queue.hide([delivery], seconds=seconds)

    def _bury(self, delivery: Delivery, *, why: str) -> None:
        self._burial.send(delivery, why=why)
        log.error("message.buried", **_names(delivery), why=why)
        self._remove([delivery])

    def _delete(self, deliveries: Sequence[Delivery]) -> None:
        for delivery, age_s in self._remove(deliveries):
            log.info("message.done", **_names(delivery), age_s=round(age_s, 3))

    def _remove(self, deliveries: Sequence[Delivery]) -> list[tuple[Delivery, float]]:
        """Answer which are deleted, each with its age; what is not comes back, and is found in the ledger."""
        if not deliveries:
            return []
        left = {delivery.receipt for delivery in self._queue.delete(deliveries)}
        now = self._clock()
        removed = [(delivery, now - delivery.sent_at) for delivery in deliveries if delivery.receipt not in left]
        for _, age_s in removed:
            self._meters.observe(Metric.OBJECT_AGE, age_s)
        return removed


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


def _at_last(delivery: Delivery, *, why: str) -> str:
    return f"received {delivery.receive_count} times, and at last: {why}"


def _not_buried(why: str, failure: LogtallyError) -> str:
    return f"{why}; and it could not be buried: {failure}"


def _names(delivery: Delivery) -> dict[str, object]:
    return {"message_id": delivery.message_id, "receive_count": delivery.receive_count}
