"""Prints the version that pyproject.toml has."""

import sys
import tomllib
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"

if __name__ == "__main__":
    sys.stdout.write(f"{tomllib.loads(PROJECT.read_text(encoding='utf-8'))['project']['version']}\n")
