"""What the workers say in their logs of what they did."""

import json
from datetime import datetime

from local.crew import Crew


def counted_at(workers: Crew) -> dict[str, float]:
    """Answer when each file came into the ledger, the first time, by its ETag."""
    lines = [json.loads(line) for line in workers.lines() if '"object.counted"' in line]
    return {line["etag"]: datetime.fromisoformat(line["timestamp"]).timestamp() for line in reversed(lines)}
