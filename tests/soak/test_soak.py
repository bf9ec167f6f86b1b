"""The short form of a soak, and what one says. In full: `python -m tests.soak`."""

import json
import subprocess
import sys

import pytest
from msgspec.structs import replace

from core.limits import MIB
from tests.kills.kept import ALL_KEPT
from tests.soak.idle import Idle
from tests.soak.load import Poison
from tests.soak.process import PARTS, held
from tests.soak.soaked import Soaked
from tests.soak.times import Times, times

NOT_KEPT = replace(ALL_KEPT, alerts=replace(ALL_KEPT.alerts, missing=["a"]))
QUICK = Times(count=1, p50=1, p99=1, longest=1)
ALL_WELL = Soaked(
    seed=1,
    files=1,
    wanted=1,
    packed=0,
    put_again=0,
    messages=1,
    mb=1,
    errors=10,
    seconds=1,
    faults={},
    restarts=1,
    exits=[],
    drains=QUICK,
    to_ledger=QUICK,
    to_alert=QUICK,
    unknown=0,
    memory=[held([60 * MIB, *[80 * MIB] * 599])],
    calls={"GetObject": 1},
    idle=Idle(seconds=60, cpu_share=0.001, receives=3, calls=7, down_calls_s=0.5, back_s=8),
    kept=ALL_KEPT,
    poison=1,
    dead_letters=2,
    poison_missing=[],
    dead_not_due=[],
    dead_for_another_reason=[],
)


@pytest.mark.slow
@pytest.mark.race
def test_everything_is_right_after_faults_and_restarts_under_load() -> None:
    """Nothing lost or doubled, poison buried with its reason, and an idle worker is idle."""
    size = ["--files", "400", "--seconds", "35", "--restart-every-s", "5", "--idle-s", "20"]

    ended = subprocess.run(
        [sys.executable, "-m", "tests.soak", *size], capture_output=True, text=True, timeout=300, check=False
    )

    assert ended.returncode == 0, ended.stderr
    left = json.loads(ended.stdout)
    assert min(left["files"], left["poison"], left["packed"], left["put_again"]) > 3
    assert sum(left["faults"].values()) > 3
    assert left["restarts"] >= 1


def test_a_soak_that_left_nothing_broken_says_so() -> None:
    """Alerts and dead letters may come twice."""
    assert ALL_WELL.broken == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kept": NOT_KEPT}, "1 alerts are missing"),
        ({"unknown": 1}, "1 files were counted by nobody"),
        ({"poison_missing": ["a"]}, "not in the dead-letter queue: ['a']"),
        ({"dead_not_due": ["a"]}, "in the dead-letter queue, and no poison: ['a']"),
        ({"dead_for_another_reason": ["a: denied"]}, "dead letters for another reason: ['a: denied']"),
        ({"exits": [1]}, "workers that were told to stop ended with [1]"),
        ({"drains": replace(QUICK, longest=11)}, "a worker took 11.0 s to stop"),
        ({"idle": replace(ALL_WELL.idle, cpu_share=0.02)}, "an idle worker took 2.0% of a core"),
        ({"idle": replace(ALL_WELL.idle, receives=5)}, "an idle worker received 5 times in 60 s"),
        ({"idle": replace(ALL_WELL.idle, down_calls_s=1.5)}, "a worker without its cloud made 1.5 calls a second"),
        ({"idle": replace(ALL_WELL.idle, back_s=31)}, "it took 31 s when the cloud was back"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_is_wrong_after_a_soak_is_said(change: dict[str, object], words: str) -> None:
    """In words, each by itself."""
    assert replace(ALL_WELL, **change).broken == [words]


def test_memory_that_grows_after_the_start_is_told_from_memory_that_does_not() -> None:
    """A worker that has met everything once holds what it holds."""
    flat = held([40 * MIB] * 60 + [80 * MIB] * 540)
    growing = held([40 * MIB + second * MIB // 10 for second in range(600)])

    assert (flat.grew, growing.grew) == (False, True)
    assert "memory grew" in replace(ALL_WELL, memory=[growing]).broken[0]
    assert not held(list(range(0, PARTS * MIB * 100, MIB * 100))).grew  # ten seconds say nothing


def test_dead_letters_are_held_against_the_poison() -> None:
    """By what each is about: a body, or a key."""
    poison = Poison()
    poison.due = {"hello?": "not an S3 event", "a.gz": "truncated gzip"}
    event = json.dumps({"Records": [{"s3": {"object": {"key": "b.gz"}}}]})

    dead = poison.find([("hello?", "received 5 times"), (event, "truncated gzip: it ends early")])

    assert dead.letters == 2
    assert (dead.missing, dead.not_due) == (["a.gz"], ["b.gz"])
    assert dead.for_another_reason == ["hello?: received 5 times"]


def test_times_are_those_of_most_and_of_the_slowest() -> None:
    """Of none there are none."""
    assert times(range(1, 101)) == Times(count=100, p50=51, p99=100, longest=100)
    assert times([]).count == 0
