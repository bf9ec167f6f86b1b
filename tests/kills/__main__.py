"""A storm, in full if nothing else is said: `python -m tests.kills`. Ends with 1 if anything is wrong after it."""

import argparse
import sys

import msgspec

from tests.kills.storm import storm


def main() -> int:
    """Answer the exit code. Says what happened as JSON on stdout, and in words on stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in {"seed": 1, "files": 600, "kills": 36, "stops": 24}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--doubts", type=int, default=1, help="how many requests must have been in doubt")
    chosen = vars(parser.parse_args())
    doubts = chosen.pop("doubts")
    left = storm(**chosen)
    broken = [*left.broken, *(["nothing was in doubt: it was no storm"] * (left.doubts.settled < doubts))]
    sys.stderr.write(f"{left}\n" + "".join(f"BROKEN: {words}\n" for words in broken))
    sys.stdout.buffer.write(msgspec.json.encode(left) + b"\n")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
