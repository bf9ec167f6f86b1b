"""What is read for each part of the page: bounded, by key or by the index `recent`, and never a message."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from core import lookup
from core.accounts import Brief, SlotAccount, VersionAccount, brief_of
from core.audit import Bound, audit
from core.aws.graph import Graph
from core.aws.history import History
from core.aws.ledger import Ledger
from core.aws.queues import Counts, Queues
from core.balance import Line, Standing
from core.cells import dimension_value
from core.errors import LogtallyError, TooMuch
from core.history import Counted, state_of
from core.limits import DAY_S, HOUR_S, MINUTE_S, QUEUE_KEEPS_S_MAX, STATISTICS_POINTS_MAX
from core.model import Bucket, Minute, ObjectKey

FILES_READ_MAX: Final = 300  # among these the alerts are looked for
FILES_PAGE: Final = 50  # read ahead of each shard of a day
FILES_SHOWN_MAX: Final = 30
ALERTS_SHOWN_MAX: Final = 10
DAYS_BACK: Final = 7
DEAD_SHOWN_MAX: Final = 10
DEAD_DAYS_BACK: Final = QUEUE_KEEPS_S_MAX // DAY_S
SERVICES_ASKED_MAX: Final = 12  # each is a call to CloudWatch
VERSIONS_SHOWN_MAX: Final = 20  # of one file
AUDIT_S: Final = 3 * HOUR_S
AUDIT_BOUND: Final = Bound(objects_max=1000, services_max=40)
LINES_SHOWN_MAX: Final = 10
assert FILES_SHOWN_MAX <= FILES_READ_MAX


class Span(StrEnum):
    """How far back the chart goes."""

    HOUR = "1h"
    HOURS = "3h"
    DAY = "24h"

    @property
    def seconds(self) -> int:
        """Its length."""
        return {Span.HOUR: HOUR_S, Span.HOURS: 3 * HOUR_S, Span.DAY: DAY_S}[self]

    @property
    def period_s(self) -> int:
        """The length of one column."""
        return {Span.HOUR: MINUTE_S, Span.HOURS: 3 * MINUTE_S, Span.DAY: 20 * MINUTE_S}[self]

    @property
    def words(self) -> str:
        """What a person calls it."""
        return {Span.HOUR: "1 hour", Span.HOURS: "3 hours", Span.DAY: "24 hours"}[self]


assert all(span.seconds // span.period_s <= STATISTICS_POINTS_MAX for span in Span)


class Series(Struct, frozen=True, kw_only=True):
    """The errors of one service, column by column."""

    service: str
    errors: tuple[float, ...]

    @property
    def total(self) -> float:
        """All of them."""
        return sum(self.errors)


class Errors(Struct, frozen=True, kw_only=True):
    """What the graph shows over a span."""

    span: Span
    since: Minute
    series: tuple[Series, ...]  # of the services with errors, the worst first
    asked: int
    services: int  # with a metric, whether asked or not


class File(Struct, frozen=True, kw_only=True):
    """One version of an object, in a line."""

    brief: Brief
    by_service: tuple[tuple[str, int], ...]  # the worst first; none: it was not analysed, or has no errors


class Files(Struct, frozen=True, kw_only=True):
    """What came in last."""

    last: tuple[File, ...]
    alerts: tuple[File, ...]  # those that rang, of all that were read
    read: int
    all_read: bool  # there is nothing else in those days
    busiest: tuple[str, ...]  # services as CloudWatch names them, those with the most errors first


class Waiting(Struct, frozen=True, kw_only=True):
    """What is in both queues."""

    first: Counts
    dead: Counts
    oldest_s: float | None  # None: CloudWatch has not been told lately, or can't be asked
    oldest_failure: str | None


class Verdict(StrEnum):
    """Whether the graph shows what the ledger says."""

    AGREE = "agree"
    WAITS = "waits"  # as far as it can be told
    DIFFERS = "differs"
    TOO_MUCH = "too much"  # to be compared at a look


class Agreement(Struct, frozen=True, kw_only=True):
    """The ledger held against CloudWatch."""

    verdict: Verdict
    since: datetime
    compared: int  # minutes of services
    waiting: int
    differing: tuple[Line, ...]
    more: int  # that differ, too
    reason: str | None  # why it was not compared


class Known(Struct, frozen=True, kw_only=True):
    """What the ledger says of a key."""

    versions: tuple[VersionAccount, ...]  # the newest first
    older: int  # that are there, too


class Looks(Struct, frozen=True, kw_only=True):
    """Reads the parts. Every method raises Transient or Permanent, and may be repeated."""

    history: History
    ledger: Ledger
    graph: Graph
    queues: Queues
    clock: Callable[[], float]
    audit_bound: Bound = AUDIT_BOUND

    def errors(self, span: Span, *, busiest: Sequence[str]) -> Errors:
        """Answer what the graph shows. `busiest`: which services are asked for first, if there are too many."""
        period_s = span.period_s
        until = Minute((int(self.clock()) // period_s + 1) * period_s)
        since = Minute(until - span.seconds)
        # A new metric is not listed for a while, but can be read.
        services = list(dict.fromkeys([*busiest, *sorted(self.graph.services())]))
        asked = services[:SERVICES_ASKED_MAX]
        found = [
            _series(service, self.graph.errors(service, since=since, until=until, period_s=period_s), since, span)
            for service in asked
        ]
        shown = sorted((one for one in found if one.total), key=lambda one: (-one.total, one.service))
        return Errors(span=span, since=since, series=tuple(shown), asked=len(asked), services=len(services))

    def files(self) -> Files:
        """Answer what came in last, and what of it rang."""
        today = self._today()
        newest, oldest = today + timedelta(days=1), today - timedelta(days=DAYS_BACK)
        found = islice(self.history.recent(newest=newest, oldest=oldest, page=FILES_PAGE), FILES_READ_MAX)
        versions = list(found)
        writers = {writer.slot: writer for writer in self.ledger.writers()}  # after them: none is settled too early
        files = [
            File(
                brief=brief_of(version, state=state_of(version, writers)),
                by_service=_by_service(version.story.report.by_service) if isinstance(version.story, Counted) else (),
            )
            for version in versions
        ]
        errors: Counter[str] = Counter()
        for file in files:
            errors.update({dimension_value(service): count for service, count in file.by_service})
        return Files(
            last=tuple(files[:FILES_SHOWN_MAX]),
            alerts=tuple(islice((file for file in files if file.brief.alert), ALERTS_SHOWN_MAX)),
            read=len(files),
            all_read=len(files) < FILES_READ_MAX,
            busiest=tuple(service for service, _ in errors.most_common()),
        )

    def waiting(self) -> Waiting:
        """Answer what is in both queues; the counts also when the age can't be had."""
        first, dead = self.queues.first(), self.queues.dead()
        try:
            oldest_s, failure = self.queues.oldest_s(now=self.clock()), None
        except LogtallyError as exc:
            oldest_s, failure = None, str(exc)
        return Waiting(first=first, dead=dead, oldest_s=oldest_s, oldest_failure=failure)

    def dead(self) -> lookup.Remembered:
        """Answer what the ledger remembers of dead letters, as far back as the queue keeps them."""
        return lookup.dead(
            history=self.history,
            reason=None,
            limit=DEAD_SHOWN_MAX,
            days=DEAD_DAYS_BACK,
            today=self._today(),
            now=self.clock(),
        )

    def slots(self) -> list[SlotAccount]:
        """Answer every slot."""
        return lookup.slots(history=self.history, ledger=self.ledger)

    def agreement(self) -> Agreement:
        """Answer whether the graph shows what the ledger says, of the last hours."""
        now = self.clock()
        until = Minute((int(now) // MINUTE_S + 1) * MINUTE_S)
        since = Minute(until - AUDIT_S)
        nothing = Agreement(
            verdict=Verdict.TOO_MUCH,
            since=datetime.fromtimestamp(since, UTC),
            compared=0,
            waiting=0,
            differing=(),
            more=0,
            reason=None,
        )
        try:
            made = audit(
                history=self.history,
                ledger=self.ledger,
                graph=self.graph,
                since=since,
                until=until,
                now=now,
                bound=self.audit_bound,
            )
        except TooMuch as exc:
            return replace(nothing, reason=str(exc))
        differing, waiting = made.of(Standing.DIFFERS), len(made.of(Standing.OPEN))
        return replace(
            nothing,
            verdict=Verdict.DIFFERS if differing else Verdict.WAITS if waiting else Verdict.AGREE,
            compared=len(made.lines),
            waiting=waiting,
            differing=tuple(differing[:LINES_SHOWN_MAX]),
            more=max(0, len(differing) - LINES_SHOWN_MAX),
        )

    def known(self, bucket: Bucket, key: ObjectKey) -> Known:
        """Answer what the ledger says of a key; no version: it has never seen it."""
        known = self.history.known(bucket, key)
        newest = replace(known, versions=known.versions[:VERSIONS_SHOWN_MAX])
        accounts = lookup.accounts(newest, history=self.history, ledger=self.ledger)
        return Known(versions=tuple(accounts), older=len(known.versions) - len(accounts))

    def _today(self) -> date:
        return datetime.fromtimestamp(self.clock(), UTC).date()


def _series(service: str, errors: dict[Minute, float], since: Minute, span: Span) -> Series:
    starts = range(since, since + span.seconds, span.period_s)
    # Less than none is somebody else's, who writes to our metrics: it can't be drawn, and the audit names it.
    return Series(service=service, errors=tuple(max(0, errors.get(Minute(start), 0)) for start in starts))


def _by_service(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
