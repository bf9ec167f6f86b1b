"""What every test of `analyze` may ask for."""

from pathlib import Path

import pytest

from tests.e2e.analyze.command import LOG


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "2025-09-15T12-00.jsonl"
    path.write_bytes(LOG)
    return path
