"""The parts of the page together, and what of them somebody has to act on."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

from anyio import CapacityLimiter
from msgspec import Struct

from api.page.looks import Agreement, Errors, Files, Known, Looks, Span, Verdict, Waiting
from api.page.parts import WAIT_S_MAX, Failed, Part
from api.page.words import age, plural
from core.accounts import SlotAccount
from core.history import State
from core.limits import DAY_S, HOUR_S
from core.lookup import Remembered
from core.model import Bucket, ObjectKey

T = TypeVar("T")

FILES_KEPT_S: Final = 5.0
QUEUE_KEPT_S: Final = 5.0
SLOTS_KEPT_S: Final = 5.0
DEAD_KEPT_S: Final = 20.0
ERRORS_KEPT_S: Final = 20.0
AGREEMENT_KEPT_S: Final = 120.0
FILES_WAIT_S: Final = 3.0  # how long the chart waits to hear which services are the busiest
LOOKS_AT_ONCE_MAX: Final = 4  # at one file each
UNSETTLED_S_MAX: Final = HOUR_S  # docs/metrics.md: then marks can't be read back, or alerts not published
assert FILES_WAIT_S < WAIT_S_MAX


class Urgent(Struct, frozen=True):
    """One thing that somebody has to act on, and where the page says more."""

    words: str
    href: str


class Overview(Struct, frozen=True, kw_only=True):
    """All parts of the page at one moment."""

    errors: Errors | Failed
    files: Files | Failed
    waiting: Waiting | Failed
    dead: Remembered | Failed
    slots: list[SlotAccount] | Failed
    agreement: Agreement | Failed
    now: float

    @property
    def urgent(self) -> tuple[Urgent, ...]:
        """What somebody has to act on, as far as the parts can be had."""
        return (*self._dead_letters(), *self._failed_files(), *self._old_pushes(), *self._differences())

    @property
    def moment(self) -> datetime:
        """When that was."""
        return datetime.fromtimestamp(self.now, UTC)

    @property
    def missing(self) -> int:
        """How many parts are not to be had."""
        parts = (self.errors, self.files, self.waiting, self.dead, self.slots, self.agreement)
        return sum(isinstance(part, Failed) for part in parts)

    @property
    def outstanding(self) -> list[SlotAccount]:
        """Answer the slots with a push that is not over, as far as they can be had."""
        return [] if isinstance(self.slots, Failed) else [slot for slot in self.slots if slot.outstanding is not None]

    @property
    def oldest_push_s(self) -> float | None:
        """How long the oldest push has been outstanding; None: none is, or nobody knows."""
        since = [slot.outstanding.since for slot in self.outstanding if slot.outstanding is not None]
        return self.now - min(since).timestamp() if since else None

    @property
    def is_push_old(self) -> bool:
        """Whether a push has been outstanding for longer than settling takes."""
        oldest_s = self.oldest_push_s
        return oldest_s is not None and oldest_s > UNSETTLED_S_MAX

    def _dead_letters(self) -> list[Urgent]:
        there = 0 if isinstance(self.waiting, Failed) else self.waiting.dead.all
        return [Urgent(plural(there, "dead letter"), "#dead")] if there else []

    def _failed_files(self) -> list[Urgent]:
        last = () if isinstance(self.files, Failed) else self.files.last
        today = [file.brief.state for file in last if self.now - file.brief.at.timestamp() < DAY_S]
        failed, unknown = today.count(State.FAILED), today.count(State.UNKNOWN)
        return [
            *([Urgent(f"{plural(failed, 'file')} could not be read", "#files")] if failed else []),
            *([Urgent(f"{plural(unknown, 'file')} without a slot", "#files")] if unknown else []),
        ]

    def _old_pushes(self) -> list[Urgent]:
        words = f"a push has been outstanding for {age(self.oldest_push_s or 0)}"
        return [Urgent(words, "#writers")] if self.is_push_old else []

    def _differences(self) -> list[Urgent]:
        differs = not isinstance(self.agreement, Failed) and self.agreement.verdict is Verdict.DIFFERS
        return [Urgent("the graph differs from the ledger", "#agreement")] if differs else []


class Watch:
    """Keeps the parts for all who look. It belongs to one event loop."""

    def __init__(self, looks: Looks, *, monotonic: Callable[[], float]) -> None:
        self._looks = looks
        self._monotonic = monotonic
        # One thread for each part, so that none waits for one that hangs; others for those who look at a file.
        self._limiter = CapacityLimiter(5 + len(Span))
        self._file_limiter = CapacityLimiter(LOOKS_AT_ONCE_MAX)
        self._files = self._part("files", looks.files, kept_s=FILES_KEPT_S)
        self._waiting = self._part("waiting", looks.waiting, kept_s=QUEUE_KEPT_S)
        self._dead = self._part("dead", looks.dead, kept_s=DEAD_KEPT_S)
        self._slots = self._part("slots", looks.slots, kept_s=SLOTS_KEPT_S)
        self._agreement = self._part("agreement", looks.agreement, kept_s=AGREEMENT_KEPT_S)
        self._errors = {
            span: self._part("errors", partial(self._read_errors, span), kept_s=ERRORS_KEPT_S) for span in Span
        }

    async def overview(self, span: Span) -> Overview:
        """Answer all parts, each read now or a moment ago. Never takes much longer than WAIT_S_MAX."""
        files, errors, waiting, dead, slots, agreement = await asyncio.gather(
            self._files.get(),
            self._errors_of(span),
            self._waiting.get(),
            self._dead.get(),
            self._slots.get(),
            self._agreement.get(),
        )
        return Overview(
            errors=errors,
            files=files,
            waiting=waiting,
            dead=dead,
            slots=slots,
            agreement=agreement,
            now=self._looks.clock(),
        )

    async def known(self, bucket: Bucket, key: ObjectKey) -> Known | Failed:
        """Answer what the ledger says of a key, as it is now."""
        return await self._part(
            "known", lambda: self._looks.known(bucket, key), kept_s=0, limiter=self._file_limiter
        ).get()

    async def _errors_of(self, span: Span) -> Errors | Failed:
        await self._files.get(wait_s=FILES_WAIT_S)
        return await self._errors[span].get(wait_s=WAIT_S_MAX - FILES_WAIT_S)

    def _read_errors(self, span: Span) -> Errors:
        last = self._files.last
        return self._looks.errors(span, busiest=() if last is None else last.busiest)

    def _part(
        self, name: str, read: Callable[[], T], *, kept_s: float, limiter: CapacityLimiter | None = None
    ) -> Part[T]:
        return Part(read, name=name, kept_s=kept_s, limiter=limiter or self._limiter, monotonic=self._monotonic)
