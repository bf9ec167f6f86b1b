"""Real processes, real signals. In full: `python -m tests.kills`."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from core.balance import Line
from local.truth import Difference
from tests.kills.doubts import Doubts, doubts_in
from tests.kills.storm import Wreckage
from tests.kills.yard import Alerts

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ALL_WELL = Wreckage(
    seed=1,
    seconds=1,
    files=1,
    wide=0,
    overwritten=0,
    put_again=0,
    errors=10,
    messages=1,
    kills=1,
    stops=0,
    doubts=Doubts(landed=0, lost=1, left=0, slots_lost=0),
    probes=1,
    differing=[],
    ledger_differs=[],
    alerts=Alerts(due=1, came=2, missing=[], not_due=[], counted=1, samples=1),
    dead_letters=[],
)


@pytest.mark.slow
@pytest.mark.race
def test_everything_is_right_after_a_storm_of_kills() -> None:
    """Each file once, each alert at least once and no other, and no dead letter, whoever was killed or slept."""
    size = ["--seed", "1", "--files", "200", "--kills", "8", "--stops", "5", "--doubts", "0"]

    ended = subprocess.run(
        [sys.executable, "-m", "tests.kills", *size], capture_output=True, text=True, timeout=400, check=False
    )

    assert ended.returncode == 0, ended.stderr
    left = json.loads(ended.stdout)
    assert (left["files"], left["kills"], left["stops"]) == (200, 8, 5)
    assert min(left["wide"], left["overwritten"], left["put_again"]) > 3
    assert left["messages"] > left["files"] + left["put_again"]
    assert left["alerts"]["due"] > 20


def test_a_storm_that_left_nothing_broken_says_so() -> None:
    """Alerts may come twice."""
    assert ALL_WELL.broken == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"differing": [Difference(service="a", minute=NOW, expected=1, found=2)]},
            "1 minutes differ from the files",
        ),
        (
            {"ledger_differs": [Line(minute=NOW, service=None, due=1, outstanding=0, fresh=0, graph=2.0, samples=2.0)]},
            "1 minutes differ from the ledger",
        ),
        ({"alerts": replace(ALL_WELL.alerts, missing=["a"])}, "1 alerts are missing"),
        ({"alerts": replace(ALL_WELL.alerts, not_due=["a"])}, "1 alerts were not due"),
        (
            {"alerts": replace(ALL_WELL.alerts, samples=2)},
            "alertTriggered is 1 in 2 samples, and 1 files ring",
        ),
        ({"dead_letters": ["{}"]}, "1 dead letters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_is_wrong_after_a_storm_is_said(change: dict[str, object], words: str) -> None:
    """In words, each by itself."""
    assert replace(ALL_WELL, **change).broken == [words]


def test_doubts_are_counted_once_whoever_settles_them() -> None:
    """And a line that was cut off when its worker was killed is none."""
    log = [
        '{"event":"push.landed","slot":1,"seq":3,"push":3}',
        '{"event":"push.landed","slot":1,"seq":3,"push":3}',
        '{"event":"push.landed","slot":1,"seq":4,"push":3}',
        '{"event":"push.lost","slot":2,"seq":4,"push":3}',
        '{"event":"push.lost","slot":2,"se',
        '{"event":"push.in_doubt","slot":2,"seq":4,"push":3,"why":"no answer"}',
        '{"event":"slot.lost","slot":2,"seq":4,"push":3}',
        '{"_aws":{},"Environment":"local","SettledAsLost":7}',
    ]

    assert doubts_in(log) == Doubts(landed=2, lost=1, left=1, slots_lost=1)
