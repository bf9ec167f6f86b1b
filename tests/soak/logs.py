"""What the workers say in their logs of what they did."""

import json
import time
from datetime import datetime
from typing import Final

from local.crew import Crew

START_S_MAX: Final = 30.0


def wait_for_start(workers: Crew, count: int) -> None:
    """Wait until so many have started, of all that ever were."""
    deadline = time.monotonic() + START_S_MAX
    while sum('"worker.started"' in line for line in workers.lines()) < count:
        assert time.monotonic() < deadline, workers.tail()
        time.sleep(0.1)


def counted_at(workers: Crew) -> dict[str, float]:
    """Answer when each file came into the ledger, the first time, by its ETag."""
    lines = [json.loads(line) for line in workers.lines() if '"object.counted"' in line or '"object.ended"' in line]
    return {
        line["etag"]: datetime.fromisoformat(line["timestamp"]).timestamp()
        for line in reversed(lines)
        if "etag" in line
    }
