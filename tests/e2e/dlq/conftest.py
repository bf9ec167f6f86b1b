"""What every test of `logtally dlq` may ask for: somebody at a terminal, and both queues."""

import os

import boto3
import pytest

from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.dlq.letters import Queues
from tests.e2e.hands import ENVIRONMENT, Hands
from tests.e2e.ledger.user import User


@pytest.fixture
def user(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> User:
    environment = {"PATH": os.environ["PATH"], **cloud.environment(wired), "LOGTALLY_ENVIRONMENT": ENVIRONMENT}
    return User(Hands(cloud=cloud, clock=clock, aws=aws, wired=wired), environment, group="dlq")


@pytest.fixture
def queues(user: User) -> Queues:
    hands = user.hands
    return Queues(hands.aws, hands.cloud, hands.wired, ledger=hands.new().ledger, clock=hands.clock)
