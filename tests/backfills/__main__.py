"""Backfills, in full if nothing else is said: `python -m tests.backfills`. Ends with 1 if anything is wrong after."""

import argparse
import sys

import msgspec

from tests.backfills.play import AGAIN_SHARE_MAX, play


def main() -> int:
    """Answer the exit code. Says what happened as JSON on stdout, and in words on stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in {"files": 20_000, "kills": 5, "seed": 1}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    played = play(**vars(parser.parse_args()), tell=lambda words: sys.stderr.write(f"{words}\n"))
    broken = list(played.broken)
    if played.share > AGAIN_SHARE_MAX:
        broken.append(f"the second time took {played.share:.1%} of the first")
    sys.stderr.write(f"{played}\n" + "".join(f"BROKEN: {words}\n" for words in broken))
    sys.stdout.buffer.write(msgspec.json.encode(played) + b"\n")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
