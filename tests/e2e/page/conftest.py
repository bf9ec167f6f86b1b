"""What every test of the page may ask for: the page over an empty cloud, and a worker's hands."""

from collections.abc import Iterator

import boto3
import pytest

from api.page.looks import Looks
from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.dlq.letters import Queues
from tests.e2e.hands import ENVIRONMENT, Hand, Hands
from tests.e2e.ledger.user import User
from tests.e2e.page.browser import Browser
from tests.page_app import looks_at, served_page


@pytest.fixture
def user(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> User:
    """Whoever puts things into the ledger."""
    return User(Hands(cloud=cloud, clock=clock, aws=aws, wired=wired), {})


@pytest.fixture
def hand(user: User) -> Hand:
    return user.hands.new()


@pytest.fixture
def queues(user: User, hand: Hand) -> Queues:
    hands = user.hands
    return Queues(hands.aws, hands.cloud, hands.wired, ledger=hand.ledger, clock=hands.clock)


@pytest.fixture
def looks(cloud: Cloud, wired: Wired, aws: boto3.Session) -> Looks:
    return looks_at(cloud, wired, aws, environment=ENVIRONMENT)


@pytest.fixture
def browser(looks: Looks) -> Iterator[Browser]:
    with served_page(looks, environment=ENVIRONMENT) as url:
        yield Browser(url)
