"""The short form. In full: `python -m tests.soak`."""

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.race
def test_everything_is_right_after_faults_and_restarts_under_load() -> None:
    """Nothing lost or doubled, poison buried with its reason, memory flat, and an idle worker is idle."""
    size = ["--files", "400", "--seconds", "35", "--idle-s", "10"]

    ended = subprocess.run(
        [sys.executable, "-m", "tests.soak", *size], capture_output=True, text=True, timeout=300, check=False
    )

    assert ended.returncode == 0, ended.stderr
    left = json.loads(ended.stdout)
    assert min(left["files"], left["poison"], left["packed"], left["put_again"]) > 3
    assert sum(left["faults"].values()) > 3
