"""Errors over time → the geometry of a stacked chart. Pure: percent across, pixels up, so that it fits any width."""

from datetime import UTC, datetime
from math import ceil, log10
from typing import Final

from msgspec import Struct

from api.page.looks import Errors, Series, Span
from api.page.words import count
from core.limits import HOUR_S, MINUTE_S

HEIGHT: Final = 176  # of the columns, in pixels
TOP: Final = 18  # above them, for the label of the highest line
BOTTOM: Final = 22  # below them, for the times
SERIES_MAX: Final = 6  # as many as can be told apart; the others are one
REST: Final = "rest"
TICKS_EVERY_S: Final = {Span.HOUR: 10 * MINUTE_S, Span.HOURS: 30 * MINUTE_S, Span.DAY: 3 * HOUR_S}
EDGE: Final = 3.0  # percent in which no time is written: it would be cut
STEPS: Final = (1, 2, 4, 6, 8, 10)  # their halves are whole, too


class Box(Struct, frozen=True, kw_only=True):
    """A service in a column."""

    shade: str  # the class that colours it
    y: float
    height: float


class Column(Struct, frozen=True, kw_only=True):
    """One period."""

    at: datetime
    x: float
    total: float
    boxes: tuple[Box, ...]
    words: str


class Tick(Struct, frozen=True, kw_only=True):
    """A mark of an axis: percent for a time, pixels for a number."""

    place: float
    label: str
    minor: bool = False  # left out where there is little room


class Entry(Struct, frozen=True, kw_only=True):
    """A line of the legend."""

    service: str
    shade: str
    total: float
    peak: float
    peak_at: datetime


class Row(Struct, frozen=True, kw_only=True):
    """A period with errors, in numbers: in the order of the legend."""

    at: datetime
    errors: tuple[float, ...]


class Chart(Struct, frozen=True, kw_only=True):
    """All that is drawn."""

    height: int
    base: int
    slot: float  # percent that a period takes
    columns: tuple[Column, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    legend: tuple[Entry, ...]
    rows: tuple[Row, ...]  # the newest first
    total: float
    words: str  # what it shows, for whoever does not see it


def drawn(errors: Errors) -> Chart:
    """Answer the chart of what the graph shows."""
    series = _folded(errors.series)
    shades = _shades(series)
    starts = range(errors.since, errors.since + errors.span.seconds, errors.span.period_s)
    sums = [sum(one.errors[n] for one in series) for n in range(len(starts))]
    top = _ceiling(max(sums, default=0))
    slot = 100 / len(starts)
    columns = tuple(
        _column(series, n, shades=shades, at=_utc(start), x=n * slot, top=top, total=sums[n])
        for n, start in enumerate(starts)
    )
    legend = tuple(_entry(one, shades[one.service], starts=starts) for one in series)
    return Chart(
        height=TOP + HEIGHT + BOTTOM,
        base=TOP + HEIGHT,
        slot=slot,
        columns=columns,
        across=_across(errors),
        up=tuple(Tick(place=TOP + HEIGHT * (1 - part), label=count(top * part)) for part in (0.5, 1) if top * part),
        legend=legend,
        rows=tuple(
            Row(at=_utc(start), errors=tuple(one.errors[n] for one in series))
            for n, start in reversed(list(enumerate(starts)))
            if sums[n]
        ),
        total=sum(sums),
        words=_words(errors, legend, total=sum(sums)),
    )


def _folded(series: tuple[Series, ...]) -> tuple[Series, ...]:
    if len(series) <= SERIES_MAX + 1:
        return series
    kept, others = series[:SERIES_MAX], series[SERIES_MAX:]
    errors = tuple(map(sum, zip(*(one.errors for one in others), strict=True)))
    return (*kept, Series(service=f"{len(others)} more services", errors=errors))


def _shades(series: tuple[Series, ...]) -> dict[str, str]:
    """Answer a class for each: by name, so that a service keeps its colour while the order of the worst changes."""
    names = sorted(one.service for one in series[:SERIES_MAX])
    return {one.service: REST for one in series} | {name: f"s{n}" for n, name in enumerate(names, 1)}


def _column(
    series: tuple[Series, ...], n: int, *, shades: dict[str, str], at: datetime, x: float, top: float, total: float
) -> Column:
    boxes, y = [], float(TOP + HEIGHT)
    said = []
    for one in series:
        if errors := one.errors[n]:
            height = HEIGHT * errors / top
            y -= height
            boxes.append(Box(shade=shades[one.service], y=round(y, 2), height=round(height, 2)))
            said.append(f"{one.service} {count(errors)}")
    words = f"{at:%H:%M} UTC: {count(total)} errors{': ' if said else ''}{', '.join(said)}"
    return Column(at=at, x=round(x, 4), total=total, boxes=tuple(boxes), words=words)


def _across(errors: Errors) -> tuple[Tick, ...]:
    every = TICKS_EVERY_S[errors.span]
    first = ceil(errors.since / every) * every
    ticks = []
    for moment in range(first, errors.since + errors.span.seconds, every):
        place = 100 * (moment - errors.since) / errors.span.seconds
        if EDGE <= place <= 100 - EDGE:
            label = f"{_utc(moment):%H:%M}"
            ticks.append(Tick(place=round(place, 3), label=label, minor=bool(moment // every % 2)))
    return tuple(ticks)


def _ceiling(most: float) -> float:
    """Answer a round number that nothing is above, and whose half can be counted to."""
    if most <= 2:
        return 2
    magnitude = 10.0 ** int(log10(most))
    return next(step * magnitude for step in STEPS if step * magnitude >= most)


def _entry(one: Series, shade: str, *, starts: range) -> Entry:
    peak = max(one.errors)
    return Entry(
        service=one.service,
        shade=shade,
        total=one.total,
        peak=peak,
        peak_at=_utc(starts[one.errors.index(peak)]),
    )


def _words(errors: Errors, legend: tuple[Entry, ...], *, total: float) -> str:
    if not legend:
        return f"No errors in the last {errors.span.words}."
    worst = ", ".join(f"{entry.service} {count(entry.total)}" for entry in legend)
    return f"{count(total)} errors in the last {errors.span.words}, by service: {worst}."


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
