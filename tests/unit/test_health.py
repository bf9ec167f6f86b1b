"""Whether a worker is alive, as the container's health check sees it."""

from pathlib import Path

import pytest

from local.clock import VirtualClock
from worker.health import SILENCE_S_MAX, Health, why_unhealthy


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def test_a_loop_that_hangs_is_found_whatever_the_others_do(tmp_path: Path, clock: VirtualClock) -> None:
    """Its silence is what counts."""
    health = Health(tmp_path / "health.json", clock=clock)
    health.beat("push")
    clock.advance(SILENCE_S_MAX + 1)
    health.beat("receive")
    health.write(None)

    assert "has not turned for 301 s" in (why_unhealthy(tmp_path / "health.json", now=clock()) or "")


def test_a_loop_that_rests_does_not_hang(tmp_path: Path, clock: VirtualClock) -> None:
    """Somebody may want to settle once an hour only."""
    health = Health(tmp_path / "health.json", clock=clock)
    health.beat("settle", rests_s=3600)
    clock.advance(3600)
    health.write(None)

    assert why_unhealthy(tmp_path / "health.json", now=clock()) is None


def test_a_worker_that_is_not_ready_is_left_alone(tmp_path: Path, clock: VirtualClock) -> None:
    """What it waits for, a new one would wait for too."""
    health = Health(tmp_path / "health.json", clock=clock)
    health.beat("receive")
    health.write("no credentials")

    assert why_unhealthy(tmp_path / "health.json", now=clock()) is None


def test_no_worker_is_not_alive(tmp_path: Path, clock: VirtualClock) -> None:
    """It has not begun, or is not here."""
    assert "no worker writes" in (why_unhealthy(tmp_path / "health.json", now=clock()) or "")
