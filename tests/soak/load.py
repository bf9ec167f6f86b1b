"""What is put: many small files, some of a few MB, some packed; and now and then what nobody can count."""

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from msgspec import Struct

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


class Dead(Struct, frozen=True, kw_only=True):
    """The dead letters against the poison, by what each is about."""

    letters: int
    missing: list[str]
    not_due: list[str]
    for_another_reason: list[str]


class Poison:
    """What can never be counted, one kind after the other; and what the dead letters must hold of it."""

    def __init__(self) -> None:
        self.due: dict[str, str] = {}  # how the reason begins, by key or by body

    def put(self, yard: Yard) -> None:
        """Put the next."""
        name = f"poison-{len(self.due)}"
        match len(self.due) % 4:
            case 0:
                body = f"{name}: hello?"
                yard.send(body)
                self.due[body] = "not an S3 event"
            case 1:
                body = json.dumps({"order": name, "total": 12})
                yard.send(body)
                self.due[body] = "not an S3 event"
            case 2:
                line = json.dumps({"ts": "2026-11-24T12:00:00Z", "service": name, "level": "ERROR"})
                yard.put_unreadable(f"{name}.jsonl.gz", gzip.compress(line.encode() * 50)[:-20])
                self.due[f"{name}.jsonl.gz"] = "truncated gzip"
            case _:
                yard.put_unreadable(f"{name}.png", PICTURE + name.encode() + b"\xff\xfe\x00" * 300)
                self.due[f"{name}.png"] = "not text"

    def find(self, letters: Iterable[tuple[str, str]]) -> Dead:
        """Hold the dead letters, each a body and its reason, against what was put. Copies are no fault."""
        found = [(_about(body), reason) for body, reason in letters]
        names = {name for name, _ in found}
        return Dead(
            letters=len(found),
            missing=sorted(self.due.keys() - names),
            not_due=sorted(names - self.due.keys()),
            for_another_reason=sorted(
                f"{name}: {reason}" for name, reason in found if not reason.startswith(self.due.get(name, ""))
            ),
        )


def _about(body: str) -> str:
    """Answer what a dead letter is about: a key, else its whole body."""
    try:
        key: str = json.loads(body)["Records"][0]["s3"]["object"]["key"]
    except (ValueError, KeyError, TypeError):
        return body
    return key
