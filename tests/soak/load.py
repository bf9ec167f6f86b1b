"""What is put: many small files, some of a few MB, some packed; and now and then what nobody can count."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from local.logs import LogFile, log_file
from tests.kills.yard import Yard

BIG_EVERY: Final = 250
BIG_LINES: Final = 20_000  # of about 110 bytes
POISON_EVERY: Final = 50
PACKED_SHARE: Final = 0.3
PICTURE: Final = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def files(random: Random, count: int) -> Iterator[tuple[LogFile, bool]]:
    """Yield files, no two of the same bytes, and whether each is packed."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for number in range(count):
        errors = random.choice((0, 1, 2, 5, 9, 10, 40))
        lines = BIG_LINES if number % BIG_EVERY == BIG_EVERY // 2 else errors + random.choice((5, 20, 80))
        start = now - timedelta(minutes=random.randrange(35, 600))
        file = log_file(random, prefix=f"app-{number}/", start=start, minutes=30, errors=errors, lines=lines)
        yield file, random.random() < PACKED_SHARE


class Poison:
    """Puts what can never be counted, one kind after the other, and knows what the dead letters must hold."""

    def __init__(self, yard: Yard) -> None:
        self._yard = yard
        self._number = 0
        self.due: set[str] = set()  # keys and bodies

    def put(self) -> None:
        """Put the next."""
        kinds: tuple[Callable[[str], str], ...] = (self._no_json, self._foreign, self._truncated, self._picture)
        self.due.add(kinds[self._number % len(kinds)](f"poison-{self._number}"))
        self._number += 1

    def _no_json(self, name: str) -> str:
        body = f"{name}: hello?"
        self._yard.send(body)
        return body

    def _foreign(self, name: str) -> str:
        body = json.dumps({"order": name, "total": 12})
        self._yard.send(body)
        return body

    def _truncated(self, name: str) -> str:
        line = {"ts": "2026-11-24T12:00:00Z", "service": name, "level": "ERROR"}
        self._yard.put_unreadable(f"{name}.jsonl.gz", gzip.compress(json.dumps(line).encode() * 50)[:-20])
        return f"{name}.jsonl.gz"

    def _picture(self, name: str) -> str:
        self._yard.put_unreadable(f"{name}.png", PICTURE + name.encode() + b"\xff\xfe\x00" * 300)
        return f"{name}.png"


def named_in(body: str) -> str:
    """Answer what a dead letter is about: a key, else its whole body."""
    try:
        key: str = json.loads(body)["Records"][0]["s3"]["object"]["key"]
    except (ValueError, KeyError, TypeError):
        return body
    return key
