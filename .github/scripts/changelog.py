"""Writes what CHANGELOG.md says of a version into a file, as the notes of a release: `changelog.py v1.2.0 FILE`."""

import re
import sys
from pathlib import Path
from typing import Final

from step import Failed, project_version, run

CHANGELOG: Final = Path(__file__).parents[2] / "CHANGELOG.md"


def main() -> None:
    """Write it. Raises Failed if it says nothing of that version, or if that is not what pyproject.toml has."""
    if len(sys.argv) != 3:
        raise Failed("changelog.py VERSION FILE")
    version, target = sys.argv[1].removeprefix("v"), Path(sys.argv[2])
    if version != project_version():
        raise Failed(f"{sys.argv[1]} is not the version of pyproject.toml, {project_version()}")
    sections = re.split(r"^## \[([^]]+)\].*\n", CHANGELOG.read_text(encoding="utf-8"), flags=re.MULTILINE)
    notes = dict(zip(sections[1::2], sections[2::2], strict=True)).get(version, "").strip()
    if not notes:
        raise Failed(f"CHANGELOG.md says nothing of {version}")
    target.write_text(f"{notes}\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
