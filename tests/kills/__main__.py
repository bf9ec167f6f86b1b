"""A storm in full: `python -m tests.kills [SEED]`. Ends with 1 if the graph is wrong after it."""

import sys

from tests.kills.storm import storm

FILES, KILLS, STOPS = 600, 36, 24


def main(seed: int) -> int:
    """Answer the exit code."""
    left = storm(seed=seed, files=FILES, kills=KILLS, stops=STOPS)
    sys.stdout.write(f"{left}\n")
    good = not left.differing and not left.missing_alerts and left.alerts_counted == left.due
    return int(not good or set(left.alert_ids.values()) != {1})


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
