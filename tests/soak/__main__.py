"""A soak, in full if nothing else is said: `python -m tests.soak`. Ends with 1 if anything is wrong after it."""

import argparse
import sys

import msgspec

from tests.soak.soak import soak


def main() -> int:
    """Answer the exit code. Says what happened as JSON on stdout, and in words on stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=20_000, help="how many to put at most")
    parser.add_argument("--seconds", type=float, default=600, help="for how long to put at most")
    parser.add_argument("--restart-every-s", type=float, default=15, help="how often to exchange a worker")
    parser.add_argument("--idle-s", type=float, default=60, help="how long to look at an idle worker")
    chosen = parser.parse_args()
    left = soak(
        seed=chosen.seed,
        count=chosen.files,
        seconds=chosen.seconds,
        restart_every_s=chosen.restart_every_s,
        idle_s=chosen.idle_s,
    )
    sys.stderr.write(f"{left}\n" + "".join(f"BROKEN: {words}\n" for words in left.broken))
    sys.stdout.buffer.write(msgspec.json.encode(left) + b"\n")
    return int(bool(left.broken))


if __name__ == "__main__":
    sys.exit(main())
