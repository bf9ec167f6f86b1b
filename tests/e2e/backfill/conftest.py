"""What every test of `logtally backfill` may ask for: somebody at a terminal, and a bucket that tells nobody."""

import os

import boto3
import pytest

from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.backfill.bucket import BUCKET, Full
from tests.e2e.hands import ENVIRONMENT, Hands
from tests.e2e.ledger.user import User


@pytest.fixture
def full(cloud: Cloud, aws: boto3.Session) -> Full:
    full = Full(aws, cloud)
    full.s3.create_bucket(Bucket=BUCKET)
    return full


@pytest.fixture
def user(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired, full: Full) -> User:
    environment = {
        "PATH": os.environ["PATH"],
        **cloud.environment(wired),
        "LOGTALLY_ENVIRONMENT": ENVIRONMENT,
        "LOGTALLY_THRESHOLD": "3",
    }
    return User(Hands(cloud=cloud, clock=clock, aws=aws, wired=wired), environment, group="backfill")
