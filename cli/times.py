"""Times, as they are written on a command line."""

from datetime import datetime

from core.errors import Usage
from core.times import instant


def instant_of(option: str, text: str) -> datetime:
    """Answer the time that an option names. Raises Usage if it names none."""
    at = instant(text)
    if at is None:
        raise Usage(f"{option} {text}: is no RFC 3339 time, such as 2025-09-15T12:00:00Z")
    return at
