"""How fast a file is analysed, against the reader that everybody writes first. See README.md beside this file.

python -m bench.analysis --mb 100 --rounds 5
"""

import argparse
import io
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from isal import igzip_lib
from msgspec import Struct

from core.analysis import analyse
from core.inflate import inflate
from core.limits import CHUNK_B
from core.model import Rule

RULE: Final = Rule(name="bench", threshold=1)
START: Final = datetime(2025, 9, 15, 12, tzinfo=UTC)
CALM: Final = (
    '"service":"orders","level":"INFO","msg":"new order received","orderId":"o-{n}"',
    '"service":"billing","level":"WARN","msg":"slow response from payment gateway","latency_ms":{n}',
    '"service":"auth","level":"INFO","msg":"user login success","userId":"u-{n}"',
    '"service":"api","level":"INFO","msg":"GET /status 200","latency_ms":42',
)
ERRORS: Final = (
    '"service":"orders","level":"ERROR","msg":"payment declined","customer":{{"id":"c-{n}","region":"eu"}}',
    '"service":"billing","level":"ERROR","msg":"db connection timeout","retryCount":2',
    '"service":"auth","level":"ERROR","msg":"token signature mismatch","userId":"u-{n}"',
    '"service":"shipping","level":"ERROR","msg":"label printer offline","shipmentId":"sh-{n}"',
)


class Case(Struct, frozen=True):
    """One kind of file."""

    name: str
    error_share: float
    milliseconds: bool = False
    packed: bool = False


CASES: Final = (
    Case("5 % errors", 0.05),
    Case("36 % errors", 0.36),
    Case("5 % errors, ms in times", 0.05, milliseconds=True),
    Case("36 % errors, ms in times", 0.36, milliseconds=True),
    Case("5 % errors, gzip", 0.05, packed=True),
)


def content(case: Case, *, size_b: int, random: Random) -> Iterator[bytes]:
    """Make about `size_b` bytes of one busy hour, in the shape of real logs."""
    mean_b = 112
    step = timedelta(hours=1) * mean_b / size_b
    spec = "milliseconds" if case.milliseconds else "seconds"
    at, done_b, n = START, 0, 0
    while done_b < size_b:
        fields = random.choice(ERRORS if random.random() < case.error_share else CALM).format(n=n)
        stamp = at.isoformat(timespec=spec).replace("+00:00", "Z")
        line = f'{{"ts":"{stamp}",{fields}}}\n'.encode()
        yield line
        at, done_b, n = at + step, done_b + len(line), n + 1


def naive(path: Path, case: Case) -> Counter[str]:
    """Read as the first version of such a tool does: text, `json.loads`, `strptime`, line by line."""
    layout = "%Y-%m-%dT%H:%M:%S.%fZ" if case.milliseconds else "%Y-%m-%dT%H:%M:%SZ"
    by_service: Counter[str] = Counter()
    with _opened(path, case) as file:
        for line in io.TextIOWrapper(file, encoding="utf-8"):
            entry = json.loads(line)
            at = datetime.strptime(entry["ts"], layout).replace(tzinfo=UTC)
            if at >= START and entry["level"] == "ERROR":
                by_service[entry["service"]] += 1
    return by_service


def ours(path: Path, _: Case) -> Counter[str]:
    """Read as logtally does."""
    with path.open("rb") as file:
        chunks = iter(lambda: file.read(CHUNK_B), b"")
        return Counter(analyse(inflate(chunks), rule=RULE, written_at=START).by_service)


def _opened(path: Path, case: Case) -> io.BytesIO | io.BufferedReader:
    if not case.packed:
        return path.open("rb")
    return io.BytesIO(igzip_lib.decompress(path.read_bytes(), flag=igzip_lib.DECOMP_GZIP))


def _mb_s(
    read: Callable[[Path, Case], Counter[str]], path: Path, case: Case, *, size_b: int
) -> tuple[float, Counter[str]]:
    begun = time.process_time()
    counted = read(path, case)
    return size_b / 1e6 / (time.process_time() - begun), counted


def measure(case: Case, folder: Path, *, mb: int, rounds: int) -> None:
    """Print one line: what each reader did, in turns, by the time that this process had on its core."""
    lines = b"".join(content(case, size_b=mb * 1_000_000, random=Random(7)))
    path = folder / "log"
    path.write_bytes(igzip_lib.compress(lines, flag=igzip_lib.COMP_GZIP) if case.packed else lines)
    size_b = len(lines)
    del lines
    theirs_mb_s, ours_mb_s = [], []
    for _ in range(rounds):
        speed, expected = _mb_s(naive, path, case, size_b=size_b)
        theirs_mb_s.append(speed)
        speed, counted = _mb_s(ours, path, case, size_b=size_b)
        ours_mb_s.append(speed)
        if counted != expected:
            raise SystemExit(f"{case.name}: {counted} instead of {expected}")
    slow, fast = statistics.median(theirs_mb_s), statistics.median(ours_mb_s)
    print(f"{case.name:26} {slow:10.1f} {fast:10.1f} {fast / slow:9.1f}x {expected.total():12,}", flush=True)


def main() -> None:
    """Measure every case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=100, help="size of each file, inflated")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts")
    options = parser.parse_args()
    print(f"{'MB/s on one core':26} {'naive':>10} {'logtally':>10} {'ratio':>10} {'errors':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            measure(case, Path(folder), mb=options.mb, rounds=options.rounds)


if __name__ == "__main__":
    main()
