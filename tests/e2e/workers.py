"""Real worker processes: started with the settings of a test, waited for, and ended whatever happens."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import boto3

from core.aws import clients
from local import left
from local.cloud import Cloud
from local.wiring import Wired


class Workers:
    """Starts worker processes, and ends those that are left."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """Start one more. `log`: where its log goes, else to ours."""
        command = [sys.executable, "-m", "cli", "worker"]
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=log)
        self.running.append(process)
        return process


@contextmanager
def worker_processes(cloud: Cloud, wired: Wired, *, threshold: int, folder: Path) -> Iterator[Workers]:
    """Answer what starts workers while the block runs. Those that still run at its end are killed."""
    made = Workers(worker_environment(cloud, wired, threshold=threshold, folder=folder))
    try:
        yield made
    finally:
        for process in made.running:
            if process.poll() is None:
                process.kill()
            process.wait()


def worker_environment(cloud: Cloud, wired: Wired, *, threshold: int, folder: Path) -> dict[str, str]:
    """Answer the environment of a worker that uses `cloud` and says in `folder` that it is alive."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("LOGTALLY_")},
        **cloud.environment(wired),
        "LOGTALLY_THRESHOLD": str(threshold),
        "LOGTALLY_LINGER_S": "0.2",
        "LOGTALLY_LOG_LEVEL": "warning",
        "LOGTALLY_HEALTH_FILE": str(folder / "health.json"),
    }


@contextmanager
def within(seconds: float) -> Iterator[Callable[[Callable[[], bool]], None]]:
    """Answer what waits until something happens: all of it in the block together takes at most so long."""
    deadline = time.monotonic() + seconds

    def until(happened: Callable[[], bool]) -> None:
        while not happened():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.1)

    yield until


def messages_left(url: str, aws: boto3.Session, endpoint: str) -> int:
    """Answer how many messages are in a queue, hidden ones too."""
    return left.messages_left(clients.sqs(aws, endpoint_url=endpoint), url)


def pushes_left(wired: Wired, aws: boto3.Session, endpoint: str) -> int:
    """Answer how many pushes the ledger still has to finish."""
    return left.pushes_left(clients.dynamodb(aws, endpoint_url=endpoint), wired.table)
