"""What is put in a storm: small files and wide ones, some of them over another under the same key."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from msgspec.structs import replace

from core.limits import REQUEST_DATA_MAX
from local.logs import LogFile, log_file

OVER_SHARE: Final = 0.12
RECENT: Final = 5  # of these one is overwritten: it may be unread, in hand, in a push, or counted
WIDE_EVERY: Final = 40
WIDE_MINUTES: Final = 60
WIDE_SERVICES: Final = 25
assert WIDE_MINUTES * WIDE_SERVICES > REQUEST_DATA_MAX  # so it takes several requests; and no item holds its cells


def uploads(random: Random, count: int) -> Iterator[LogFile]:
    """Yield `count` files, no two of the same bytes."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    recent: list[LogFile] = []
    for number in range(count):
        file = _wide(random, number, now) if is_wide(number) else _small(random, number, now)
        if recent and random.random() < OVER_SHARE:
            file = replace(file, key=random.choice(recent).key)
        recent = [*recent, file][-RECENT:]
        yield file


def is_wide(number: int) -> bool:
    """Answer whether that file of a storm takes several requests."""
    return number % WIDE_EVERY == WIDE_EVERY // 2


def _small(random: Random, number: int, now: datetime) -> LogFile:
    errors = random.choice((0, 1, 2, 5, 9, 10, 40))
    lines = random.choice((errors + 5, errors + 50, errors + 2000))
    start = now - timedelta(minutes=random.randrange(35, 600))
    return log_file(random, prefix=f"app-{number}/", start=start, minutes=30, errors=errors, lines=lines)


def _wide(random: Random, number: int, now: datetime) -> LogFile:
    """Make a file with an error in each minute of each of its services."""
    start = now - timedelta(minutes=random.randrange(WIDE_MINUTES + 5, 600))
    entries = [
        {"ts": f"{start + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}", "service": f"wide-{service}"}
        for minute in range(WIDE_MINUTES)
        for service in range(WIDE_SERVICES)
    ]
    lines = (json.dumps({**entry, "level": "ERROR", "requestId": f"w-{number}"}) + "\n" for entry in entries)
    key = f"wide-{number}/{start:%Y-%m-%dT%H-%M}.jsonl"
    return LogFile(key=key, body="".join(lines).encode(), errors=len(entries))
