"""Prints what CHANGELOG.md says of a version: `changelog.py 1.2.0`, or `Unreleased`. The notes of a release."""

import re
import sys
from pathlib import Path
from typing import Final

from step import Failed, run

CHANGELOG: Final = Path(__file__).parents[2] / "CHANGELOG.md"


def main() -> None:
    """Print it. Raises Failed if it says nothing of that version."""
    version = sys.argv[1].removeprefix("v")
    sections = re.split(r"^## \[([^]]+)\].*\n", CHANGELOG.read_text(encoding="utf-8"), flags=re.MULTILINE)
    notes = dict(zip(sections[1::2], sections[2::2], strict=True)).get(version, "").strip()
    if not notes:
        raise Failed(f"CHANGELOG.md says nothing of {version}")
    sys.stdout.write(f"{notes}\n")


if __name__ == "__main__":
    run(main)
