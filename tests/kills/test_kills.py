"""Real processes, real signals. In full: `python -m tests.kills`."""

import pytest

from tests.kills.storm import storm


@pytest.mark.slow
@pytest.mark.race
def test_the_graph_is_right_after_a_storm_of_kills(capsys: pytest.CaptureFixture[str]) -> None:
    """Each file once, each alert at least once and under one name, whoever was killed or slept."""
    left = storm(seed=1, files=150, kills=8, stops=5)
    with capsys.disabled():
        print(f"\n{left}")  # noqa: T201 - what happened is worth a line, also when all is well

    assert left.differing == []
    assert left.alerts_counted == left.due > 10
    assert left.missing_alerts == []
    assert set(left.alert_ids.values()) == {1}
