"""Real processes, real signals. In full: `python -m tests.kills`."""

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.race
def test_the_graph_is_right_after_a_storm_of_kills() -> None:
    """Each file once, each alert at least once and under one name, whoever was killed or slept."""
    size = ["--seed", "1", "--files", "150", "--kills", "8", "--stops", "5"]

    ended = subprocess.run(
        [sys.executable, "-m", "tests.kills", *size], capture_output=True, text=True, timeout=300, check=False
    )

    assert ended.returncode == 0, ended.stderr
    left = json.loads(ended.stdout)
    assert left["differing"] == []
    assert left["alerts_counted"] == left["due"] > 10
    assert left["missing_alerts"] == []
    assert set(left["alert_ids"].values()) == {1}
