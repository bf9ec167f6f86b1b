"""Reading one file of a backfill as it is now, however often that takes."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from cli.backfill.feed import Fed
from cli.backfill.wanted import effect_of
from core.aws.objects import Listed, Objects
from core.errors import Denied, NotFound, Transient
from core.intake import take_in
from core.model import Effect, End, EndKind, Head, Member, ObjectCreated, Rule
from core.push import again_s

FILE_ATTEMPTS: Final = 4  # while others can be read; each is three of the SDK
AWAY_ATTEMPTS: Final = 40  # while none can: ten minutes
CHANGED_ATTEMPTS: Final = 3  # of an object that is overwritten while it is read


class Reader:
    """Reads and analyses files for a backfill. Safe to use from several threads."""

    def __init__(
        self,
        objects: Objects,
        *,
        rules: Sequence[Rule],
        topic_arn: str,
        effect: Effect | None,
        stop: threading.Event,
        clock: Callable[[], float],
    ) -> None:
        self._objects = objects
        self._rules = rules
        self._topic_arn = topic_arn
        self._effect = effect
        self._stop = stop
        self._clock = clock
        self._read_well = 0  # files
        self.why_not: str | None = None  # the last one could be read; it is tried again

    def read(self, fed: Fed) -> Member | End | None:
        """Read an object as it is now; None: it is gone. Raises Denied, or Transient if that lasts."""
        failures, read_before = 0, self._read_well
        while True:
            try:
                entry = self._newest(fed.listed, fed.head)
            except Denied:
                raise
            except Transient as exc:
                failures += 1
                is_its_own = failures >= FILE_ATTEMPTS and self._read_well > read_before
                if is_its_own or failures == AWAY_ATTEMPTS or self._stop.wait(again_s(failures)):
                    raise
                self.why_not = str(exc)
            else:
                self._read_well += 1
                self.why_not = None
                return entry

    def _newest(self, listed: Listed, head: Head | None) -> Member | End | None:
        for _ in range(CHANGED_ATTEMPTS):
            effect = effect_of(listed, asked=self._effect, now=datetime.fromtimestamp(self._clock(), UTC))
            entry = take_in(
                ObjectCreated(ref=listed.ref, effect=effect),
                head=head,
                objects=self._objects,
                rules=self._rules,
                topic_arn=self._topic_arn,
                clock=self._clock,
            )
            if not isinstance(entry, End) or entry.kind is EndKind.FAILED:
                return entry
            if entry.kind is EndKind.GONE:
                return None
            try:
                # Nobody will announce the newer version to us.
                listed = self._objects.find(listed.ref.bucket, listed.ref.key)
            except NotFound:
                return None
        raise Transient("is overwritten faster than it can be read")
