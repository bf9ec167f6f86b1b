"""What every test of `logtally ledger` may ask for: somebody at a terminal, and a worker's hands."""

import os

import boto3
import pytest

from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.hands import ENVIRONMENT, Hand, Hands
from tests.e2e.ledger.user import User


@pytest.fixture
def user(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> User:
    environment = {
        "PATH": os.environ["PATH"],
        **cloud.environment(wired),
        "LOGTALLY_ENVIRONMENT": ENVIRONMENT,
        "LOGTALLY_SETTLE_AFTER_S": "0",
    }
    return User(Hands(cloud=cloud, clock=clock, aws=aws, wired=wired), environment)


@pytest.fixture
def hand(user: User) -> Hand:
    return user.hands.new()
