"""The ledger's data against the graph, minute by minute. Pure.

A settled object's data must be on the graph, once CloudWatch can read them back. Those of an outstanding push, and
those that are too fresh, may be there or not: the graph may show anything between the two sums.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from core.history import State, Version
from core.limits import DAY_S, HOUR_S, MINUTE_S
from core.model import Datum, Minute

# A push in doubt that was lost is sent again after about 35 minutes. When it is over, the ledger does not say when.
SENT_S_MAX: Final = HOUR_S
# What CloudWatch itself may take, by the age of a datum when it is sent (PutMetricData in its API reference).
READABLE_AFTER_S: Final = ((3 * HOUR_S, 0), (DAY_S, 2 * HOUR_S), (float("inf"), 48 * HOUR_S))

Place = tuple[Minute, str | None]  # a minute of a service; None: of `alertTriggered`


class Shown(Struct, frozen=True):
    """What the graph shows in one minute. Of our own data both are the number of errors."""

    sum: float
    samples: float


class Share(Struct, frozen=True, kw_only=True):
    """What one version of an object adds to the graph."""

    version: Version
    state: State
    data: tuple[Datum, ...]


class Standing(StrEnum):
    """What a line comes to."""

    EQUAL = "equal"
    OPEN = "waits"  # no difference: what is missing is outstanding, or too fresh to be readable
    DIFFERS = "differs"


class Line(Struct, frozen=True, kw_only=True):
    """One minute of one service, in the ledger and on the graph."""

    minute: datetime
    service: str | None  # None: `alertTriggered`
    due: int  # must be on the graph
    outstanding: int  # may be there
    fresh: int  # is on its way
    graph: float  # the Sum
    samples: float

    @property
    def place(self) -> Place:
        """Name the minute and the service."""
        return Minute(int(self.minute.timestamp())), self.service

    @property
    def standing(self) -> Standing:
        """Say whether the graph is right."""
        most = self.due + self.outstanding + self.fresh
        if self.graph == self.samples == most:
            return Standing.EQUAL
        between = self.graph == self.samples and self.due <= self.graph <= most
        return Standing.OPEN if between else Standing.DIFFERS


def compare(
    shares: Iterable[Share], shown: Mapping[Place, Shown], *, since: Minute, until: Minute, now: float
) -> list[Line]:
    """Answer a line for each minute of each service that either side knows, from `since` to before `until`."""
    due: Counter[Place] = Counter()
    outstanding: Counter[Place] = Counter()
    fresh: Counter[Place] = Counter()
    for share in shares:
        pile = due if share.state is State.SETTLED else outstanding
        sent_at = share.version.at.timestamp()
        for datum in share.data:
            settled_fresh = pile is due and now < readable_from(datum.at, sent_at=sent_at)
            (fresh if settled_fresh else pile)[place_of(datum)] += datum.count
    nothing = Shown(0, 0)
    places = {place for place in due | outstanding | fresh if since <= place[0] < until} | shown.keys()
    return [
        Line(
            minute=datetime.fromtimestamp(place[0], UTC),
            service=place[1],
            due=due[place],
            outstanding=outstanding[place],
            fresh=fresh[place],
            graph=shown.get(place, nothing).sum,
            samples=shown.get(place, nothing).samples,
        )
        for place in sorted(places, key=lambda place: (place[0], place[1] or ""))
    ]


def readable_from(at: float, *, sent_at: float) -> float:
    """Answer the moment from which a datum must be readable: stamped `at`, and intended at `sent_at`."""
    sent_by = sent_at + SENT_S_MAX
    return sent_by + next(after_s for age_s, after_s in READABLE_AFTER_S if sent_by - at < age_s)


def place_of(datum: Datum) -> Place:
    """Answer the minute and the service that a datum counts for."""
    return Minute(datum.at // MINUTE_S * MINUTE_S), datum.service
