"""An alert that somebody asks for: published at least once and counted once, by the protocol that counts objects.

A notice is a push of its own, in a slot that is free again when the request is answered. Nothing is kept from one
call to the next: what a call leaves outstanding, whoever settles it publishes and counts, as it does with objects.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Final

import structlog
from msgspec import Struct
from msgspec.structs import replace

from core.alerts import deduplication_id_of_notice
from core.aws.alerts import Alerts
from core.aws.ledger import Ledger
from core.errors import Busy, KeyReused, LogtallyError, SlotLost, Throttled, Transient, Usage
from core.history import Noted, PushRef, State, state_of_push
from core.limits import (
    NOTICE_BUSY_S,
    NOTICE_KEY_LENGTH_MAX,
    NOTICE_S,
    NOTICE_WAITS_S_MAX,
    NOTICES_OUTSTANDING_MAX,
)
from core.model import Alert, Datum, Notice, NoticeKey, NoticeRef, Report
from core.push.carry import Carried, Carrier, Held
from core.push.plan import requests_of
from core.push.slots import choose
from core.writers import Bell, Content, Nonce, Outstanding, Seq, Series, Writer

log = structlog.get_logger()

SOURCE: Final = "notify"  # of the datum: how often somebody asked is not mixed with the files that rang
INTEND_ATTEMPTS: Final = 8  # each with another slot


class Notified(Struct, frozen=True, kw_only=True):
    """The answer to a request whose alert is published."""

    report: Report  # as it was answered at first
    message_id: str | None  # SNS's; None: it is published, and nobody could keep that
    repeated: bool  # nothing was counted for this one


class Notifier:
    """Publishes what is asked for, and counts it. Safe to use from several threads.

    Each of `carriers` is used by one call at a time: as many calls as there are carriers publish at once.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        alerts: Alerts,
        carriers: Sequence[Carrier],
        environment: str,
        clock: Callable[[], float],
        nonce: Callable[[], Nonce],
        series: Callable[[], Series],
        draw: Callable[[int], int],
    ) -> None:
        self._ledger = ledger
        self._alerts = alerts
        self._environment = environment
        self._clock = clock
        self._nonce = nonce
        self._series = series
        self._draw = draw
        # The one that was used last comes first: its connection is still fresh.
        self._carriers: LifoQueue[Carrier] = LifoQueue()
        for carrier in carriers:
            self._carriers.put(carrier)

    def earlier(self, key: NoticeKey, *, asked: str) -> Notified | None:
        """Answer what the same request was answered within a day; None if nobody has asked it.

        `asked` is a fingerprint of its parameters. An alert that may not be published yet is published now. Raises
        KeyReused if the key names another request, Busy if somebody is at it, and what `notify` raises.
        """
        _must_be_a_key(key)
        noted = self._ledger.noted(key)
        return self._again(noted, asked=asked) if noted is not None and self._is_fresh(noted) else None

    def notify(self, key: NoticeKey, *, asked: str, report: Report, topic_arn: str) -> Notified:
        """Publish the alert of `report` and count it, unless `earlier` has an answer: then answer that.

        Raises Transient, Throttled or Denied if it could not be intended: nothing happens, unless nobody can say.
        Raises what publishing raises, too (NotFound, Denied, Throttled, Transient, Permanent): then the words say that
        a worker will publish it all the same.
        """
        _must_be_a_key(key)
        before = self._ledger.noted(key)
        if before is not None and self._is_fresh(before):
            return self._again(before, asked=asked)
        n = 1 if before is None else before.notice.ref.n + 1
        notice = _notice(NoticeRef(key=key, n=n), asked=asked, report=report, topic_arn=topic_arn, at=self._clock())
        with self._carrier() as carrier:
            held = self._intend(notice)
            if held is not None:
                return self._carry(held, notice, carrier)
        # Somebody with the same key was quicker.
        answer = self.earlier(key, asked=asked)
        if answer is None:
            raise Busy("the same request is being worked on: ask again in a moment")
        return answer

    def _again(self, noted: Noted, *, asked: str) -> Notified:
        """Answer a request that the ledger has already. Its push is looked at after the notice."""
        if noted.notice.asked != asked:
            raise KeyReused("this key was used for another request within a day: take a new one for each request")
        return Notified(report=noted.notice.alert.report, message_id=self._published(noted), repeated=True)

    def _published(self, noted: Noted) -> str | None:
        """Answer the message id of an alert, which is published now if it may not be yet; None: nobody kept it."""
        if noted.message_id is not None:
            return noted.message_id
        if self._is_over(noted.push):
            now = self._ledger.noted(noted.notice.ref.key)  # it was kept before the push was over
            return now.message_id if now is not None and now.notice.ref == noted.notice.ref else None
        if self._clock() - noted.at < NOTICE_BUSY_S:
            raise Busy(f"the same request is being worked on: ask again in {NOTICE_BUSY_S} seconds")
        # Whoever was at it may have died before it was published. The deduplication id is the same.
        return self._publish(noted)

    def _is_fresh(self, noted: Noted) -> bool:
        return self._clock() - noted.at < NOTICE_S

    def _is_over(self, push: PushRef) -> bool:
        return state_of_push(self._ledger.writer(push.slot), push.push) is State.SETTLED

    def _carry(self, held: Held, notice: Notice, carrier: Carrier) -> Notified:
        push = PushRef(held.writer.slot, held.outstanding.push)
        message_id = self._publish(Noted(notice=notice, at=held.outstanding.sent_at, push=push))
        held.rung = frozenset({0})
        # Whatever comes of it, the alert is published, and whoever settles the push sees to it that it is counted.
        if carrier.carry(held) is Carried.OVER:
            try:
                carrier.commit(held, release=True)
            except LogtallyError as exc:
                log.warning("push.not_committed", slot=held.writer.slot, why=str(exc))
        return Notified(report=notice.alert.report, message_id=message_id, repeated=False)

    def _publish(self, noted: Noted) -> str:
        alert = noted.notice.alert
        try:
            message_id = self._alerts.publish(alert)
        except LogtallyError as exc:
            log.warning("alert.not_published", topic_arn=alert.topic_arn, why=str(exc))
            words = f"{exc}; nothing is lost: a worker publishes this alert, and counts it, as soon as that works"
            raise type(exc)(words) from exc
        log.info("alert.published", message_id=message_id, deduplication_id=alert.deduplication_id)
        try:
            self._ledger.keep_message_id(noted, message_id)
        except LogtallyError as exc:
            # A repeat publishes it once more, or answers without it.
            log.warning("alert.message_id_not_kept", message_id=message_id, why=str(exc))
        return message_id

    def _intend(self, notice: Notice) -> Held | None:
        """Bring a notice into the ledger, under a push of its own. None: the ledger has it already."""
        for _ in range(INTEND_ATTEMPTS):
            writer = self._planned(notice)
            try:
                is_intended = self._ledger.intend_notice(writer, notice, at=writer.used_at)
            except SlotLost:
                log.info("slot.lost", slot=writer.slot)
                continue
            content = Content(data=((notice.datum,),), alerts=(notice.alert,))
            return Held(writer=writer, content=content) if is_intended else None
        raise Transient("no slot could be kept for long enough to intend a push: ask again in a moment")

    def _planned(self, notice: Notice) -> Writer:
        """Answer a slot as it will be, with the push of a notice."""
        writers = self._ledger.writers()
        if sum(_is_of_notice(writer) for writer in writers) >= NOTICES_OUTSTANDING_MAX:
            raise Transient(
                f"{NOTICES_OUTSTANDING_MAX} alerts that were asked for wait to be settled: no more are taken until"
                " they can be published, and CloudWatch answers"
            )
        now = self._clock()
        before = choose(writers, now=now, draw=self._draw, series=self._series)
        seq = Seq(before.seq + 1)
        outstanding = Outstanding(
            push=seq,
            members=(),
            requests=requests_of([(notice.datum,)], environment=self._environment),
            i=0,
            bells=(Bell(0, notice.alert.topic_arn, notice.alert.deduplication_id),),
            sent_at=now,
            notice=notice.ref,
        )
        return replace(before, seq=seq, by=self._nonce(), used_at=now, outstanding=outstanding)

    @contextmanager
    def _carrier(self) -> Iterator[Carrier]:
        try:
            carrier = self._carriers.get(timeout=NOTICE_WAITS_S_MAX)
        except Empty:
            raise Throttled("too many alerts are being published at once: ask again in a moment") from None
        try:
            yield carrier
        finally:
            self._carriers.put(carrier)


def _must_be_a_key(key: NoticeKey) -> None:
    if not key.strip() or len(key) > NOTICE_KEY_LENGTH_MAX:
        raise Usage(f"the key of a request has 1 to {NOTICE_KEY_LENGTH_MAX} characters, and this one {len(key)}")


def _notice(ref: NoticeRef, *, asked: str, report: Report, topic_arn: str, at: float) -> Notice:
    name = deduplication_id_of_notice(ref, at=at)
    alert = Alert(topic_arn=topic_arn, deduplication_id=name, report=report, outside=None)
    return Notice(ref=ref, asked=asked, alert=alert, datum=Datum(at=int(at), service=None, count=1, source=SOURCE))


def _is_of_notice(writer: Writer) -> bool:
    return writer.outstanding is not None and writer.outstanding.notice is not None
