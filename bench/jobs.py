"""How fast a large file is analysed by two processes, against one, and against DuckDB with two threads.

python -m bench.jobs --mb 1000 --rounds 5

Each reading is a process of its own, from its start to its end: what a user waits for. See README.md beside this file.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct

from bench.analysis import Case, content

CASES: Final = (Case("5 % errors", 0.05), Case("36 % errors", 0.36))
BLOCK_B: Final = 100_000_000  # made once, and written again and again: to make lines takes longer than to count them
THREADS: Final = 2

# The same question: errors by service and minute, all of them, the first and the last. Lines that are no JSON objects
# of this kind are left out, as by us; to have them counted it would have to read the file twice.
DUCKDB: Final = """
import collections, duckdb, json, sys
duckdb.sql("SET threads = 2")
duckdb.sql("SET enable_progress_bar = false")
duckdb.sql("SET preserve_insertion_order = false")
cells = duckdb.sql(f'''
    SELECT date_trunc('minute', ts) AS minute, service, count(*) AS errors, min(ts) AS first, max(ts) AS last
    FROM read_json('{sys.argv[-1]}', format = 'newline_delimited', ignore_errors = true,
                   columns = {{ts: 'TIMESTAMP', service: 'VARCHAR', level: 'VARCHAR'}})
    WHERE level = 'ERROR' GROUP BY ALL
''').fetchall()
by_service = collections.Counter()
for _, service, errors, *_ in cells:
    by_service[service] += errors
first, last = min(cell[3] for cell in cells), max(cell[4] for cell in cells)
print(json.dumps({"total": by_service.total(), "byService": by_service, "firstError": f"{first:%Y-%m-%dT%H:%M:%SZ}",
                  "lastError": f"{last:%Y-%m-%dT%H:%M:%SZ}"}))
"""


class Reader(Struct, frozen=True):
    """One way to have a file counted."""

    name: str
    command: tuple[str, ...]  # the file comes last


def _ours(jobs: int) -> Reader:
    run = ("-c", "from cli.analyze import run; run()")
    return Reader(f"analyze --jobs {jobs}", (sys.executable, *run, "--threshold", "1", "--jobs", str(jobs)))


READERS: Final = (_ours(1), _ours(THREADS), Reader("DuckDB, 2 threads", (sys.executable, "-c", DUCKDB)))


def _blocks(case: Case, *, size_b: int) -> Iterator[bytes]:
    block = b"".join(content(case, size_b=min(BLOCK_B, size_b), random=Random(7)))
    for _ in range(round(size_b / len(block))):
        yield block


class Taken(Struct, frozen=True):
    """What a reading took."""

    seconds: float
    cpu_s: float  # of all its processes: what a busy machine does not change much


def _read(reader: Reader, path: Path) -> tuple[Taken, dict[str, object]]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run([*reader.command, str(path)], check=True, capture_output=True)
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = json.loads(done.stdout)
    return Taken(seconds, cpu_s), {name: said[name] for name in ("total", "byService", "firstError", "lastError")}


def measure(case: Case, folder: Path, *, mb: int, rounds: int) -> None:
    """Print two lines: the medians of all readers, in turns, and what ours with two processes is to the others."""
    path = folder / "log.jsonl"
    with path.open("wb") as file:
        file.writelines(_blocks(case, size_b=mb * 1_000_000))
    taken: dict[str, list[Taken]] = {reader.name: [] for reader in READERS}
    for _ in range(rounds):
        found = []
        for reader in READERS:
            one_read, answer = _read(reader, path)
            taken[reader.name].append(one_read)
            found.append(answer)
        if found != found[:1] * len(found):
            raise SystemExit(f"{case.name}: they differ: {found}")
    path.unlink()
    _print(f"{case.name}, s", [statistics.median(t.seconds for t in taken[reader.name]) for reader in READERS])
    _print("CPU s of all processes", [statistics.median(t.cpu_s for t in taken[reader.name]) for reader in READERS])


def _print(title: str, medians: Sequence[float]) -> None:
    one, two, duckdb = medians
    print(f"{title:24} {one:10.2f} {two:10.2f} {duckdb:10.2f} {one / two:10.2f}x {duckdb / two:10.2f}x", flush=True)


def main() -> None:
    """Measure every case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=1000, help="size of the file")
    parser.add_argument("--rounds", type=int, default=5, help="of which the median counts")
    options = parser.parse_args()
    os.chdir(Path(__file__).parents[1])  # so that the processes import what stands here
    print(f"{'':24} {'--jobs 1':>10} {'--jobs 2':>10} {'DuckDB':>10} {'to one':>11} {'to DuckDB':>11}")
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            measure(case, Path(folder), mb=options.mb, rounds=options.rounds)


if __name__ == "__main__":
    main()
