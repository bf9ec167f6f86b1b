"""The ledger held against CloudWatch: what is due, and what the graph shows."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from core.accounts import Name, name_of
from core.aws.graph import Graph
from core.aws.history import History
from core.aws.ledger import Ledger
from core.balance import Line, Place, Share, Standing, compare, place_of
from core.errors import TooMuch
from core.history import State, refusals_of, state_of
from core.limits import WINDOW_AHEAD_S
from core.model import Minute

SENT: Final = (State.SETTLED, State.OUTSTANDING, State.UNKNOWN)  # these have data, and a push
ROUNDS_MAX: Final = 3
ONE_DAY: Final = timedelta(days=1)


class Audit(Struct, frozen=True, kw_only=True):
    """What an audit found, line by line, from `since` to before `until`."""

    since: datetime
    until: datetime
    lines: tuple[Line, ...]
    outstanding: tuple[Name, ...]  # of these the graph may show all, some or nothing

    def of(self, standing: Standing) -> list[Line]:
        """Answer the lines of that standing."""
        return [line for line in self.lines if line.standing is standing]

    @property
    def standing(self) -> Standing:
        """Say what all lines together come to: equal only if each of them is."""
        found = {line.standing for line in self.lines}
        return next((one for one in (Standing.DIFFERS, Standing.OPEN) if one in found), Standing.EQUAL)


class Bound(Struct, frozen=True, kw_only=True):
    """How much an audit may read."""

    objects_max: int
    services_max: int


def audit(
    *,
    history: History,
    ledger: Ledger,
    graph: Graph,
    since: Minute,
    until: Minute,
    now: float,
    bound: Bound | None = None,
) -> Audit:
    """Compare every minute from `since` to before `until`. Raises Transient or Permanent; TooMuch beyond `bound`.

    The graph is read first: whatever it shows was in the ledger before. What gets there in between is fresh.
    """
    if bound is not None:
        _must_fit(history, since=since, now=now, objects_max=bound.objects_max)
    services: set[str | None] = {None, *graph.services()}
    for _ in range(ROUNDS_MAX):
        if bound is not None and len(services) > bound.services_max:
            raise TooMuch(f"there are more than {bound.services_max} services")
        shown = dict(point for service in services for point in graph.shown(service, since=since, until=until))
        shares = _shares(history, ledger, since=since, until=until, now=now)
        unasked = {datum.service for share in shares for datum in share.data} - services
        if not unasked:
            break
        services |= unasked  # a new metric is not listed for a while, but can be read
    lines = compare(shares, shown, since=since, until=until, now=now)
    if places := {line.place for line in lines if line.standing is not Standing.EQUAL}:
        shares = [_accepted(share, places, history) for share in shares]
        lines = compare(shares, shown, since=since, until=until, now=now)
    return Audit(
        since=datetime.fromtimestamp(since, UTC),
        until=datetime.fromtimestamp(until, UTC),
        lines=tuple(lines),
        outstanding=tuple(name_of(share.version.ref) for share in shares if share.state is not State.SETTLED),
    )


def _must_fit(history: History, *, since: Minute, now: float, objects_max: int) -> None:
    """Count before anything else is read: what many objects send may take a call each."""
    newest, oldest = _days(since=since, now=now)
    found = takewhile(lambda version: version.at >= oldest, history.recent(newest=newest, oldest=oldest.date()))
    if sum(1 for _ in islice(found, objects_max + 1)) > objects_max:
        raise TooMuch(f"more than {objects_max} files came in")


def _days(*, since: Minute, now: float) -> tuple[date, datetime]:
    """Answer the newest day and the oldest moment of objects that can have data since then."""
    # A datum may be ahead of the time at which it got into the ledger, and clocks may differ around midnight.
    oldest = datetime.fromtimestamp(since - WINDOW_AHEAD_S, UTC)
    return datetime.fromtimestamp(now, UTC).date() + ONE_DAY, oldest


def _shares(history: History, ledger: Ledger, *, since: Minute, until: Minute, now: float) -> list[Share]:
    newest, oldest = _days(since=since, now=now)
    recent = history.recent_with_data(newest=newest, oldest=oldest.date())
    found = [
        (version, inside)
        for version, data in takewhile(lambda one: one[0].at >= oldest, recent)  # the newest come first
        if (inside := tuple(datum for datum in data if since <= place_of(datum)[0] < until))
    ]
    writers = {writer.slot: writer for writer in ledger.writers()}  # after the objects: then none is settled too early
    states = [state_of(version, writers) for version, _ in found]
    return [
        Share(version=version, state=state, data=data)
        for (version, data), state in zip(found, states, strict=True)
        if state in SENT
    ]


def _accepted(share: Share, places: set[Place], history: History) -> Share:
    """Answer `share` without what CloudWatch refused of it, if it has to do with `places`."""
    if places.isdisjoint(map(place_of, share.data)):
        return share
    refused = {refusal.datum for refusal in refusals_of(share.version, history.refusals(share.version.ref))}
    return replace(share, data=tuple(datum for datum in share.data if datum not in refused))
