"""Whether a worker is alive, as the container's health check sees it."""

import threading
from pathlib import Path

import boto3
import pytest

from core.aws import clients
from core.errors import Usage
from core.limits import SILENCE_S_MAX
from local.clock import VirtualClock
from tests.s3_stub import Answer, Request, refusal, serving, whole
from worker.health import Health, why_unhealthy


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def test_a_loop_that_hangs_is_found_whatever_the_others_do(tmp_path: Path, clock: VirtualClock) -> None:
    """Its silence is what counts."""
    health = Health(tmp_path / "health.json", clock=clock)
    health.beat("push")
    clock.advance(SILENCE_S_MAX + 1)
    health.beat("receive")
    health.write(None, no_credentials=None)

    assert "has neither turned nor called AWS for 301 s" in (why_unhealthy(tmp_path / "health.json", now=clock()) or "")


def test_a_turn_of_many_slow_calls_is_alive(tmp_path: Path, clock: VirtualClock) -> None:
    """One push may publish a hundred alerts, one after the other; and each attempt counts."""
    health = Health(tmp_path / "health.json", clock=clock)
    answers = [refusal(500, "InternalError"), whole(b"", etag="abc"), whole(b"", etag="abc")]

    def slowly(_: Request) -> Answer:
        clock.advance(SILENCE_S_MAX - 1)
        return answers.pop(0)

    with serving(slowly) as (endpoint, asked):
        s3 = clients.s3(boto3.Session("id", "secret", region_name="eu-west-1"), endpoint_url=endpoint)
        clients.before_calls(s3, health.calling)
        health.beat("push")
        for _ in range(2):
            s3.head_object(Bucket="logs", Key="a")
        health.write(None, no_credentials=None)

    assert len(asked) == 3
    assert why_unhealthy(tmp_path / "health.json", now=clock()) is None
    assert why_unhealthy(tmp_path / "health.json", now=clock() + 2) is not None


def test_a_call_is_a_sign_of_life_of_its_own_loop_alone(tmp_path: Path, clock: VirtualClock) -> None:
    """Readers, which have no pulse, call all the time while another thread hangs."""
    health = Health(tmp_path / "health.json", clock=clock)
    health.beat("push")
    clock.advance(SILENCE_S_MAX + 1)
    reader = threading.Thread(target=health.calling)
    reader.start()
    reader.join()
    health.write(None, no_credentials=None)

    assert why_unhealthy(tmp_path / "health.json", now=clock()) is not None


@pytest.mark.parametrize(
    ("silent_s", "span"), [(SILENCE_S_MAX + 1, "5 min"), (3 * 3600 + 47 * 60 + 5, "3 h 47 min"), (86400, "24 h 0 min")]
)
def test_a_file_that_nobody_writes_any_more_is_no_loop_that_hangs(
    tmp_path: Path, clock: VirtualClock, silent_s: int, span: str
) -> None:
    """Most likely its worker is gone, or writes another one."""
    file = tmp_path / "health.json"
    health = Health(file, clock=clock)
    health.beat("receive")
    health.write(None, no_credentials=None)
    clock.advance(silent_s)

    assert why_unhealthy(file, now=clock()) == f"{file} was last written {span} ago: is a worker running here?"


def test_a_loop_that_rests_does_not_hang(tmp_path: Path, clock: VirtualClock) -> None:
    """Somebody may want to settle once an hour only."""
    health = Health(tmp_path / "health.json", clock=clock)
    health.beat("settle", rests_s=3600)
    clock.advance(3600)
    health.write(None, no_credentials=None)

    assert why_unhealthy(tmp_path / "health.json", now=clock()) is None


def test_a_worker_that_is_not_ready_is_left_alone(tmp_path: Path, clock: VirtualClock) -> None:
    """What it waits for, a new one would wait for too."""
    health = Health(tmp_path / "health.json", clock=clock)
    health.beat("receive")
    health.write("no credentials", no_credentials=None)

    assert why_unhealthy(tmp_path / "health.json", now=clock()) is None


def test_no_worker_is_not_alive(tmp_path: Path, clock: VirtualClock) -> None:
    """It has not begun, or is not here."""
    file = tmp_path / "health.json"

    assert why_unhealthy(file, now=clock()) == f"no worker says in {file} that it is alive: No such file or directory"


def test_what_no_worker_writes_is_no_sign_of_life(tmp_path: Path, clock: VirtualClock) -> None:
    """Somebody named another file."""
    file = tmp_path / "health.json"
    file.write_text("hello")

    assert why_unhealthy(file, now=clock()) == f"{file} is not what a worker writes"


def test_a_file_that_cannot_be_written_is_found_at_the_start(tmp_path: Path, clock: VirtualClock) -> None:
    """A worker that nobody can see alive would be killed, again and again."""
    file = tmp_path / "nowhere" / "health.json"

    with pytest.raises(Usage) as refused:
        Health(file, clock=clock).begin()

    assert str(refused.value) == f"LOGTALLY_HEALTH_FILE: {file} can't be written: No such file or directory"
