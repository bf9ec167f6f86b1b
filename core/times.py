"""When something was logged: a text or a number → a moment. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from core.limits import MINUTE_S, TIME_LENGTH_MAX
from core.model import Minute

Written = str | int | float | None  # a time as it stands in a line

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ]((?:[01]\d|2[0-3]):\d\d:)(\d\d)((?:[.,]\d+)?)(Z|z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
# Each of these begins in March 1973, in its scale: so none is taken for the next, and no counter of small numbers, such
# as the seconds since a start, for a time.
_SECONDS_FROM: Final = 10**8
_SCALES: Final = (1, 10**3, 10**6, 10**9)


def instant(text: str, *, zone: str | None = None) -> datetime | None:
    """Read an RFC 3339 time, with any offset, as UTC. None: it is not one.

    `zone`: the offset of a time that has none; None: there must be one. The fraction may stand behind a comma (ISO
    8601). Digits behind the microseconds are cut off, so that no time moves into the next minute. A leap second counts
    as the second before it.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    date, minute, second, fraction, offset = found.groups()
    offset = offset or zone
    if offset is None:
        return None
    try:
        second = "59" if second == "60" else second
        fraction = fraction[:7].replace(",", ".")
        return datetime.fromisoformat(f"{date}T{minute}{second}{fraction}{offset.upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def per_second(number: float) -> int | None:
    """Answer in what a number counts the time since 1970: how many of these are a second. None: it is no time.

    Seconds, milliseconds, microseconds or nanoseconds, as its size tells.
    """
    return next((scale for scale in _SCALES if _SECONDS_FROM * scale <= number < _SECONDS_FROM * scale * 1000), None)


def moment_of(written: Written, *, zone: str | None = None) -> datetime | None:
    """Read a time as it stands in a line: as `instant` does, or a number since 1970. None: it can't be read."""
    if isinstance(written, str):
        return instant(written, zone=zone) if len(written) <= TIME_LENGTH_MAX else None
    scale = None if written is None else per_second(written)
    if written is None or scale is None:
        return None
    # Cut off as with texts, and exactly where it is whole: floats of nanoseconds have lost some of them already.
    return _EPOCH + timedelta(microseconds=int(written * (10**6 // scale) if scale <= 10**6 else written // 10**3))


def minute_of(at: datetime) -> Minute:
    """Answer the minute that a moment lies in."""
    return Minute(int(at.timestamp() // MINUTE_S) * MINUTE_S)
