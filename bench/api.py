"""The API under load: `python -m bench.api`. All of it on 127.0.0.1, over in two minutes.

How long /health takes with nothing to do, and while many clients ask about a file of 10 MB; what the process holds; and
answers a second from the ledger and from the object. The rival of an answer from the object is one from the ledger.
"""

import argparse
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any, Final

import urllib3
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from core.limits import MIB
from local.cloud import Cloud, running
from local.crew import FENCE, crew
from local.left import messages_left
from local.logs import log_file
from local.wiring import Wired, wire

LINES: Final = {"small": 100, "large": 90_000}  # of 115 bytes each
LOOK_EVERY_S: Final = 0.05
STARTED: Final = re.compile(rb'"port": (\d+).*"event": "api.started"')
COUNT_S_MAX: Final = 60.0


class Load(Struct, frozen=True, kw_only=True):
    """What some clients got in some seconds."""

    answers: int
    refused: int  # 429: told to come again
    others: int
    seconds: float
    health_ms: list[float]
    most_b: int  # held by the process, ever


def load(url: str, path: str, pid: int, *, clients: int, seconds: float) -> Load:
    """Let so many clients ask, one after the other each, while somebody looks at /health."""
    until = time.monotonic() + seconds
    statuses: list[int] = []

    def ask() -> None:
        pool = urllib3.PoolManager(retries=False, timeout=60)
        while time.monotonic() < until:
            statuses.append(pool.request("GET", url + path).status)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    health_ms = list(_health(url, until))
    for thread in threads:
        thread.join()
    return Load(
        answers=statuses.count(200),
        refused=statuses.count(429),
        others=len([status for status in statuses if status not in {200, 429}]),
        seconds=time.monotonic() - until + seconds,
        health_ms=health_ms,
        most_b=_most_b(pid),
    )


def _health(url: str, until: float) -> Iterator[float]:
    pool = urllib3.PoolManager(retries=False, timeout=60)
    while time.monotonic() < until:
        began = time.perf_counter()
        pool.request("GET", f"{url}/health")
        yield (time.perf_counter() - began) * 1000
        time.sleep(LOOK_EVERY_S)


@contextmanager
def api(cloud: Cloud, wired: Wired) -> Iterator[tuple[str, int]]:
    """Run the API; answer its address, and its process."""
    environment = {
        "PATH": os.environ["PATH"],
        **cloud.environment(wired),
        "LOGTALLY_API_PORT": "0",
    }
    with subprocess.Popen([sys.executable, "-m", "cli", "api"], env=environment, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            found = STARTED.search(process.stderr.readline())
            assert found
            # Its log must not fill the pipe.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield f"http://127.0.0.1:{int(found[1])}", process.pid
        finally:
            process.terminate()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--clients", type=int, default=50)
    chosen = parser.parse_args()
    with running(signature_age_s=FENCE["signature_age_s"]) as cloud:
        wired = wire(cloud.session(), endpoint_url=cloud.endpoint)
        _put_and_count(cloud, wired)
        with api(cloud, wired) as (url, pid):
            query = f"bucket={wired.bucket}&threshold=1&prefix="
            since = "&since=2020-01-01T00:00:00Z"  # what the ledger can't answer
            before_b = _most_b(pid)
            idle = load(url, "/health", pid, clients=0, seconds=min(5, chosen.seconds))
            found = {
                "10 MB, from the object": f"/analyze?{query}large/{since}",
                "10 MB, from the ledger": f"/analyze?{query}large/",
                "11 KB, from the object": f"/analyze?{query}small/{since}",
                "11 KB, from the ledger": f"/analyze?{query}small/",
            }
            loads = {
                name: load(url, path, pid, clients=chosen.clients, seconds=chosen.seconds)
                for name, path in found.items()
            }
    table = Table(f"{chosen.clients} clients", "answers/s", "429", "other", "/health p50 ms", "p99 ms", "MiB", box=None)
    for name, made in {"nobody": idle, **loads}.items():
        table.add_row(
            name,
            f"{made.answers / made.seconds:.1f}",
            str(made.refused),
            str(made.others),
            *(f"{ms:.1f}" for ms in _p50_and_p99(made.health_ms)),
            f"{made.most_b / MIB:.0f}",
        )
    Console().print(table)
    sys.stdout.write(f"{before_b / MIB:.0f} MiB held at the start\n")


def _put_and_count(cloud: Cloud, wired: Wired) -> None:
    aws: Any = cloud.session()
    s3, sqs = (aws.client(name, endpoint_url=cloud.endpoint) for name in ("s3", "sqs"))
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=90)
    for name, lines in LINES.items():
        file = log_file(Random(1), prefix=f"{name}/", start=start, minutes=60, errors=lines // 20, lines=lines)
        s3.put_object(Bucket=wired.bucket, Key=file.key, Body=file.body)
    with crew(cloud, wired, settings={"LOGTALLY_LINGER_S": "0.1"}, to_terminal=False) as workers:
        workers.start()
        _wait(lambda: messages_left(sqs, wired.queue_url) > 0)
        workers.end()


def _wait(is_left: Callable[[], bool]) -> None:
    deadline = time.monotonic() + COUNT_S_MAX
    while is_left():
        if time.monotonic() > deadline:
            raise TimeoutError("the files are not counted")
        time.sleep(0.1)


def _p50_and_p99(ms: list[float]) -> tuple[float, float]:
    cuts = quantiles(ms, n=100)
    return cuts[49], cuts[98]


def _most_b(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
