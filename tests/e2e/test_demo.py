"""`logtally demo`, as a user runs it."""

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_demo_kills_two_workers_and_the_graph_is_right() -> None:
    """It pushed errors, every alert came, and nothing differs."""
    ended = subprocess.run(
        [sys.executable, "-m", "cli", "demo"], capture_output=True, text=True, timeout=120, check=False
    )

    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["equal"]
    assert told["killed"] == 2
    assert sum(minute["cloudwatch"] for minute in told["minutes"]) > 100
    assert all(minute["cloudwatch"] == minute["files"] for minute in told["minutes"])
    assert set(told["alerts"]) == {file["key"] for file in told["files"] if file["alert"]}
