"""Numbers, moments and spans as the page says them. Pure; what comes from strangers is escaped and can't steer."""

from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup

from core.limits import DAY_S, HOUR_S, MINUTE_S
from core.printable import printable

NAME_SHOWN_MAX: Final = 120
NAME_BEGINNING: Final = 40
UNITS: Final = ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min"))


def safe(value: object) -> object:
    """Answer a value as a template may show it: text without what would steer a reader's screen."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def count(number: float) -> str:
    """Answer a number with its thousands apart."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,}"


def short(name: str) -> str:
    """Answer a name that fits a list: of a long one the beginning and the end, which is where names differ."""
    return name if len(name) <= NAME_SHOWN_MAX else f"{name[:NAME_BEGINNING]}…{name[NAME_BEGINNING - NAME_SHOWN_MAX :]}"


def age(seconds: float) -> str:
    """Answer a span in its largest unit."""
    for unit_s, unit in UNITS:
        if seconds >= unit_s:
            return f"{int(seconds // unit_s)} {unit}"
    return f"{max(0, int(seconds))} s"


def plural(number: int, noun: str) -> str:
    """Answer a number of things."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def at(moment: datetime, now: float, *, seconds: bool = True) -> Markup:
    """Answer a moment as an element: the time of today, and the day with that of another day."""
    utc = moment.astimezone(UTC)
    today = datetime.fromtimestamp(now, UTC).date() == utc.date()
    time = f"{utc:%H:%M:%S}" if today and seconds else f"{utc:%H:%M}"
    shown = time if today else f"{utc.day} {utc:%b} {time}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        f"{utc:%Y-%m-%dT%H:%M:%SZ}", f"{utc:%Y-%m-%d %H:%M:%S} UTC", shown
    )


def full(moment: datetime) -> Markup:
    """Answer a moment as an element, all of it."""
    utc = moment.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(f"{utc:%Y-%m-%dT%H:%M:%SZ}", f"{utc:%Y-%m-%d %H:%M:%S} UTC")
