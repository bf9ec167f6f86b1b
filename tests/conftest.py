"""What every test may ask for: a cloud of its own, time that it can move, and the product's resources."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import botocore.auth
import hypothesis
import pytest

from local.clock import VirtualClock
from local.cloud import Cloud, running
from local.wiring import Wired, wire
from tests.budget import spent
from tests.faults.stage import Stage, staged

# How long an example takes is the machine's business: no test asserts a time.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def _nobodys_account() -> Iterator[None]:
    """Keep a developer's own AWS files and variables out of every test, and out of the processes it starts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Cloud, VirtualClock]]:
    """The cloud of this process, and its time. A test takes `cloud` and `clock`, which begin anew."""
    clock = VirtualClock()
    with running(clock=clock) as cloud:
        yield cloud, clock


@pytest.fixture(scope="module")
def stage(served: tuple[Cloud, VirtualClock]) -> Iterator[Stage]:
    """That cloud, for schedules of faults: nothing there waits for time to pass."""
    with staged(*served) as stage:
        yield stage


@pytest.fixture
def clock(served: tuple[Cloud, VirtualClock], monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """The time of the cloud, and of every signature that this process makes."""
    _, clock = served
    clock.reset()
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: datetime.fromtimestamp(clock(), UTC))
    return clock


@pytest.fixture
def cloud(served: tuple[Cloud, VirtualClock], clock: VirtualClock) -> Cloud:
    """An empty cloud."""
    cloud, _ = served
    cloud.reset()
    return cloud


@pytest.fixture(scope="session")
def aws(served: tuple[Cloud, VirtualClock]) -> boto3.Session:
    """Fake credentials; one session for all tests reads the models once. Use `endpoint_url=cloud.endpoint`."""
    cloud, _ = served
    return cloud.session()


@pytest.fixture
def wired(cloud: Cloud, aws: boto3.Session) -> Wired:
    """The product's bucket, queues, table and topic."""
    return wire(aws, endpoint_url=cloud.endpoint)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many schedules of faults were carried out, and what each kind of test took, over all processes."""
    every = [report for reports in terminalreporter.stats.values() for report in reports]
    reports = [report for report in every if isinstance(report, pytest.TestReport)]
    told = [dict(report.user_properties) for report in reports if report.when == "call"]
    schedules = sum(int(str(properties.get("schedules", 0))) for properties in told)
    if schedules:
        terminalreporter.write_line(f"{schedules:,} schedules of faults carried out")
    processes = terminalreporter.config.getoption("numprocesses", default=None) or 1
    for line in spent(reports, processes=processes):
        terminalreporter.write_line(line)
