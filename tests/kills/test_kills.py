"""Real processes, real signals. In full: `python -m tests.kills`."""

import json
import subprocess
import sys

import pytest
from msgspec.structs import replace

from tests.kills.doubts import Doubts, doubts_in
from tests.kills.kept import ALL_KEPT
from tests.kills.storm import Wreckage

NOT_KEPT = replace(ALL_KEPT, alerts=replace(ALL_KEPT.alerts, missing=["a"]))
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
    kept=ALL_KEPT,
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
    assert left["kept"]["alerts"]["due"] > 20


def test_a_storm_that_left_nothing_broken_says_so() -> None:
    """Alerts may come twice."""
    assert ALL_WELL.broken == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kept": NOT_KEPT}, "1 alerts are missing"),
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
