"""Made-up log files in the shape of real ones: JSON lines of a small shop's services."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final

from msgspec import Struct

ERRORS: Final = {
    "orders": ("payment declined", "inventory shortfall", "db timeout"),
    "auth": ("token signature mismatch", "user store unavailable"),
    "billing": ("db connection timeout", "rate limit exceeded", "foreign key constraint"),
    "shipping": ("label printer offline", "carrier API error"),
    "api": ("500 internal server error", "timeout from upstream"),
}
WEIGHTS: Final = (40, 21, 20, 16, 15)  # how often each service is heard
CALM: Final = (
    ("INFO", "request served"),
    ("INFO", "new order received"),
    ("WARN", "slow response from payment gateway"),
)


class LogFile(Struct, frozen=True, kw_only=True):
    """One file to upload."""

    key: str
    body: bytes
    errors: int


def log_file(random: Random, *, prefix: str, start: datetime, minutes: int, errors: int, lines: int) -> LogFile:
    """Answer a file of `lines` lines from `start` on over `minutes`, `errors` of them errors. Its name says when."""
    assert errors <= lines
    seconds = sorted(random.uniform(0, minutes * 60 - 1) for _ in range(lines))
    bad = set(random.sample(range(lines), errors))
    body = b"".join(_line(random, start + timedelta(seconds=s), is_error=n in bad) for n, s in enumerate(seconds))
    return LogFile(key=f"{prefix}{start:%Y-%m-%dT%H-%M}.jsonl", body=body, errors=errors)


def hours_of_logs(random: Random, *, prefix: str, now: datetime, hours: int) -> Iterator[LogFile]:
    """Yield one file for each of the last `hours` full hours, calm ones and a bad one, the oldest first."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    worst = random.randrange(hours)
    for n in range(hours):
        errors = 112 if n == worst else random.randint(2, 12)
        start = this_hour - timedelta(hours=hours - n)
        yield log_file(random, prefix=prefix, start=start, minutes=60, errors=errors, lines=3 * errors + 20)


def _line(random: Random, at: datetime, *, is_error: bool) -> bytes:
    service = random.choices(list(ERRORS), WEIGHTS)[0]
    level, message = ("ERROR", random.choice(ERRORS[service])) if is_error else random.choice(CALM)
    entry = {
        "ts": f"{at:%Y-%m-%dT%H:%M:%S}Z",
        "service": service,
        "level": level,
        "msg": message,
        "requestId": f"r-{random.randrange(10**6):06d}",
    }
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"
