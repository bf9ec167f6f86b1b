"""How much is in work at once."""

import threading
from pathlib import Path

import pytest

from core.cpus import cpus
from local.clock import VirtualClock
from worker.pace import SLOW_S, Pace, readers_for


@pytest.mark.parametrize(("share", "readers"), [(0.25, 4), (0.5, 4), (1, 8), (2, 16), (4, 32)])
def test_the_number_in_work_follows_the_cpus(share: float, readers: int) -> None:
    """From a quarter of one, as ECS sells them, without a setting."""
    assert readers_for(share) == readers


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, 8.0),
        ({"cpu.max": "max 100000\n"}, 8.0),
        ({"cpu.max": "25000 100000\n"}, 0.25),
        ({"cpu.max": "1600000 100000\n"}, 8.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8.0),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2.0),
    ],
)
def test_a_container_is_worth_its_quota_and_not_its_host(files: dict[str, str], found: float, tmp_path: Path) -> None:
    """Its host may have a hundred."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    assert cpus(of_machine=8, cgroup=tmp_path) == found


def test_half_is_in_work_for_a_minute_after_aws_asks_to_slow_down() -> None:
    """And then all of it again; each time it asks, the minute begins anew."""
    clock = VirtualClock()
    pace = Pace(8, clock=clock)

    pace.slow_down()
    clock.advance(SLOW_S - 1)
    pace.slow_down()
    clock.advance(SLOW_S - 1)
    slow = (pace.readers, pace.places)
    clock.advance(1)

    assert slow == (4, 20)
    assert (pace.readers, pace.places) == (8, 40)


def test_a_worker_that_reads_one_at_a_time_goes_on() -> None:
    """Half of one would be none."""
    pace = Pace(1, clock=VirtualClock())
    pace.slow_down()

    with pace.reading():
        assert pace.readers == 1


def test_no_more_objects_are_read_than_may_be() -> None:
    """Whoever is too much waits until another has read."""
    pace = Pace(1, clock=VirtualClock())
    begun = threading.Event()

    def read() -> None:
        with pace.reading():
            begun.set()

    with pace.reading():
        thread = threading.Thread(target=read)
        thread.start()
        early = begun.wait(0.3)

    thread.join(10)
    assert (early, begun.is_set()) == (False, True)


def test_the_longest_reading_is_known() -> None:
    """A task is protected by it."""
    clock = VirtualClock()
    pace = Pace(2, clock=clock)

    with pace.reading():
        clock.advance(30)
        with pace.reading():
            clock.advance(10)
            longest_s = pace.longest_s

    assert (round(longest_s), pace.longest_s) == (40, 0)
