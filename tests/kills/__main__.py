"""A storm, in full if nothing else is said: `python -m tests.kills`. Ends with 1 if the graph is wrong after it."""

import argparse
import sys

import msgspec

from tests.kills.storm import storm


def main() -> int:
    """Answer the exit code. Says what happened as JSON on stdout, and in words on stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in {"seed": 1, "files": 600, "kills": 36, "stops": 24}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    left = storm(**vars(parser.parse_args()))
    sys.stderr.write(f"{left}\n")
    sys.stdout.buffer.write(msgspec.json.encode(left) + b"\n")
    good = not left.differing and not left.missing_alerts and left.alerts_counted == left.due
    return int(not good or set(left.alert_ids.values()) != {1})


if __name__ == "__main__":
    sys.exit(main())
