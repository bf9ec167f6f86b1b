"""What every test of the push protocol may ask for: workers' hands."""

import boto3
import pytest

from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.hands import Hands


@pytest.fixture
def hands(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> Hands:
    return Hands(cloud=cloud, clock=clock, aws=aws, wired=wired)
