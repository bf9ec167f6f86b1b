"""What every test may ask for: a cloud of its own, time that it can move, and the product's resources."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import botocore.auth
import pytest

from local.clock import VirtualClock
from local.cloud import Cloud, running
from local.wiring import Wired, wire


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
def _served() -> Iterator[tuple[Cloud, VirtualClock]]:
    clock = VirtualClock()
    with running(clock=clock) as cloud:
        yield cloud, clock


@pytest.fixture
def clock(_served: tuple[Cloud, VirtualClock], monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """The time of the cloud, and of every signature that this process makes."""
    _, clock = _served
    clock.reset()
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: datetime.fromtimestamp(clock(), UTC))
    return clock


@pytest.fixture
def cloud(_served: tuple[Cloud, VirtualClock], clock: VirtualClock) -> Cloud:
    """An empty cloud."""
    cloud, _ = _served
    cloud.reset()
    return cloud


@pytest.fixture(scope="session")
def aws(_served: tuple[Cloud, VirtualClock]) -> boto3.Session:
    """Fake credentials; one session for all tests reads the models once. Use `endpoint_url=cloud.endpoint`."""
    cloud, _ = _served
    return cloud.session()


@pytest.fixture
def wired(cloud: Cloud, aws: boto3.Session) -> Wired:
    """The product's bucket, queues, table and topic."""
    return wire(aws, endpoint_url=cloud.endpoint)
