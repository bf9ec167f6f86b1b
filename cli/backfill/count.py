"""Counting: objects are read by many threads, and pushed by one, exactly as a worker does it.

The order of effects is the safety argument, as it is the worker's (`worker.handle`): an object is done when the ledger
has it. Wherever this is killed, the ledger has all that was pushed, and the next backfill reads the rest.
"""

import threading
from collections.abc import Callable, Sequence
from enum import StrEnum
from queue import Empty, SimpleQueue
from typing import Final

import structlog
from msgspec.structs import replace

from cli.backfill.feed import Fed, Feed
from cli.backfill.reader import Reader
from cli.backfill.sums import Adding
from core.errors import Denied, LogtallyError, NoCredentials, Permanent, Transient
from core.limits import MINUTE_S, TRANSACTION_ITEMS_MAX
from core.model import End, Member, key_name
from core.push import Found, Gather, PushTurn, again_s
from worker.parts import Parts

log = structlog.get_logger()

IN_WORK_MIN: Final = 2 * TRANSACTION_ITEMS_MAX  # so that a push is full while the next is read
IN_WORK_PER_READER: Final = 5
LEFT_IN_A_ROW_MAX: Final = 100  # then it is not the objects' own fault
PATIENCE_S: Final = 10 * MINUTE_S  # while nothing can be pushed
LOOK_EVERY_S: Final = 0.2


class Happened(StrEnum):
    """What became of an object."""

    COUNTED = "counted"
    UNREADABLE = "unreadable"  # for good
    LEFT = "left"  # the next backfill tries again


Tell = Callable[[Happened, Fed, Member | End | LogtallyError], None]


class Count:
    """Counts what a feed brings, until it is over or `stop` is set."""

    def __init__(
        self,
        feed: Feed,
        *,
        parts: Parts,
        reader: Reader,
        readers: int,
        limit: int | None,
        linger_s: float,
        settle_every_s: float,
        sums: Adding,
        tell: Tell,
        pace: Callable[[], None],
        stop: threading.Event,
        monotonic: Callable[[], float],
    ) -> None:
        self._feed = feed
        self._ledger = parts.ledger
        self._pusher = parts.pusher
        self._settler = parts.settler
        self._reader = reader
        self._readers = readers
        self._limit = limit
        self._settle_every_s = settle_every_s
        self._sums = sums
        self._tell = tell
        self._pace = pace
        self._stop = stop
        self._monotonic = monotonic
        self._to_read: SimpleQueue[Fed] = SimpleQueue()
        self._gather: Gather[Fed] = Gather(linger_s=linger_s, expected=lambda: self._in_work, clock=self._monotonic)
        self._over = threading.Event()  # no more is fed, and all that was is recorded
        self._pushing: PushTurn[Fed] = PushTurn(
            gather=self._gather,
            pusher=parts.pusher,
            record=self._record,
            refuse=self._refuse,
            let_go=self._let_go,
            stop=self._over,
        )
        self._in_work = 0
        self._left_in_a_row = 0
        self._changed = threading.Condition()
        self._ready_at = self._monotonic()
        self._failure: LogtallyError | None = None  # what ended it early

    @property
    def why_it_waits(self) -> str | None:
        """Why nothing goes on right now; None: all is well."""
        return self._why_not_pushed or self._reader.why_not

    @property
    def _why_not_pushed(self) -> str | None:
        return self._pushing.why_not_ready or self._settler.why_not_ready

    def run(self, *, drain_timeout_s: float) -> LogtallyError | None:
        """Count. When told to stop, finish what is being read, for so long. Answer what ended it early.

        Raises nothing that AWS causes.
        """
        for n in range(self._readers):
            threading.Thread(target=self._read, name=f"read-{n}", daemon=True).start()
        pushing = threading.Thread(target=self._push, name="push", daemon=True)
        pushing.start()
        threading.Thread(target=self._settle, name="settle", daemon=True).start()
        try:
            self._feed_readers()
        except LogtallyError as exc:
            self._give_up(exc)
        self._wait_until_all_is_recorded(drain_timeout_s)
        self._over.set()
        pushing.join(drain_timeout_s)
        return self._failure

    def _feed_readers(self) -> None:
        for fed in self._feed:
            self._pace()
            if not self._wait_for_room():
                return
            with self._changed:
                self._in_work += 1
            self._to_read.put(fed)

    def _wait_for_room(self) -> bool:
        """Wait until another file may begin. Answer False if none may: as many are counted as somebody wants."""
        room = max(IN_WORK_MIN, IN_WORK_PER_READER * self._readers)
        with self._changed:
            while not self._stop.is_set():
                counted = self._sums.now().counted
                if counted == self._limit:
                    break
                may_be = room if self._limit is None else min(room, self._limit - counted)
                if self._is_ready() and self._in_work < may_be:
                    return True
                self._changed.wait(LOOK_EVERY_S)
        return False

    def _wait_until_all_is_recorded(self, drain_timeout_s: float) -> None:
        deadline: float | None = None
        with self._changed:
            while self._in_work and (deadline is None or self._monotonic() < deadline):
                self._is_ready()
                if deadline is None and self._stop.is_set():
                    log.warning("backfill.stopping", files=self._in_work, why="a second signal ends it at once")
                    # Once nothing more can be recorded, waiting for it would be in vain.
                    deadline = self._monotonic() + (drain_timeout_s if self._failure is None else 0)
                    self._drop_what_waits()
                    self._gather.hurry()
                self._changed.wait(LOOK_EVERY_S)

    def _drop_what_waits(self) -> None:
        try:
            while True:
                self._to_read.get_nowait()
                self._in_work -= 1
        except Empty:
            pass

    def _is_ready(self) -> bool:
        """Answer whether what is read can be pushed; give up if that takes too long."""
        now = self._monotonic()
        if (why := self._why_not_pushed) is None:
            self._ready_at = now
        elif now - self._ready_at > PATIENCE_S:
            self._give_up(Transient(f"nothing could be pushed for {PATIENCE_S // MINUTE_S} minutes: {why}"))
        return why is None

    def _give_up(self, why: LogtallyError) -> None:
        self._failure = self._failure or why
        self._stop.set()

    def _read(self) -> None:
        while True:
            fed = self._to_read.get()
            try:
                entry = self._reader.read(fed)
            except NoCredentials as exc:
                self._give_up(exc)
                self._leave(fed, exc)
            except LogtallyError as exc:
                self._leave(fed, exc)
            except Exception as exc:
                log.exception("backfill.failed", key=fed.listed.ref.key)
                self._leave(fed, LogtallyError(f"a bug of ours: {exc!r}"))
            else:
                if entry is not None:
                    self._gather.put(entry, fed)
                    continue
                self._sums.add(gone=1)
                self._feed.done(fed)
                self._end(1)

    def _record(self, found: Sequence[Found[Fed]]) -> None:
        try:
            dropped = self._pusher.intend([one.entry for one in found])
        except Denied as exc:
            self._give_up(exc)
            raise
        self._left_in_a_row = 0
        recorded = [one for one in found if one.entry.ref not in dropped.moved]
        for one in recorded:
            self._note(one, is_known=one.entry.ref in dropped.known)
            self._feed.done(one.read_for)
        self._end(len(recorded))
        if dropped.moved:
            self._read_again([one.read_for for one in found if one.entry.ref in dropped.moved])

    def _read_again(self, moved: Sequence[Fed]) -> None:
        """Read once more what somebody counted another version of meanwhile."""
        try:
            heads = self._ledger.heads({key_name(fed.listed.ref) for fed in moved})
        except LogtallyError as exc:
            for fed in moved:
                self._leave(fed, exc)
            return
        for fed in moved:
            self._to_read.put(replace(fed, head=heads.get(key_name(fed.listed.ref))))

    def _note(self, one: Found[Fed], *, is_known: bool) -> None:
        entry = one.entry
        if isinstance(entry, End):
            self._sums.add(unreadable=1)
            self._tell(Happened.UNREADABLE, one.read_for, entry)
        elif is_known:
            self._sums.add(known=1)
        else:
            self._sums.add(
                counted=1,
                bytes=one.read_for.listed.size_b,
                errors=entry.report.total - entry.covered,
                alerts=entry.alert is not None,
                outside_window=0 if entry.outside is None else entry.outside.errors,
                malformed=entry.report.malformed,
                noted=bool(entry.report.notes),
            )
            self._tell(Happened.COUNTED, one.read_for, entry)

    def _refuse(self, one: Found[Fed], why: Permanent) -> None:
        self._leave(one.read_for, why)

    def _let_go(self, found: Sequence[Found[Fed]]) -> None:
        for one in found:
            self._leave(one.read_for, LogtallyError("a bug of ours: see the log"))

    def _leave(self, fed: Fed, why: LogtallyError) -> None:
        self._sums.add(left=1)
        self._tell(Happened.LEFT, fed, why)
        self._left_in_a_row += 1
        if self._left_in_a_row >= LEFT_IN_A_ROW_MAX:  # readers add side by side: it may jump over the number
            self._give_up(Transient(f"{LEFT_IN_A_ROW_MAX} files in a row could not be counted, the last one: {why}"))
        self._end(1)

    def _end(self, count: int) -> None:
        with self._changed:
            self._in_work -= count
            self._changed.notify_all()
        self._gather.nudge()

    def _push(self) -> None:
        failures = 0
        while True:
            is_last = self._over.is_set()
            try:
                wait_s = self._pushing.push(wait_s=0 if is_last else LOOK_EVERY_S)
                failures = 0
            except Exception:
                log.exception("backfill.failed")
                failures += 1
                wait_s = again_s(failures)
            if is_last:
                return
            self._over.wait(wait_s)

    def _settle(self) -> None:
        while not self._over.is_set():
            try:
                for writer in self._settler.due():
                    self._settler.attempt(writer)
            except Exception:
                log.exception("backfill.failed")
            self._over.wait(self._settle_every_s)
