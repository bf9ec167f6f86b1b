"""The roles of the tasks, held against docs/account.md, and against what the product has called with them."""

from typing import Any

import pytest

from tests.account_page import FREE
from tests.infra.account import REGION
from tests.infra.conftest import Rehearsal
from tests.infra.permissions import API, WORKER, Grant, asked, granted, on_the_page

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rehearsal")]

ACCOUNT = "123456789012"
PREFIX = "logtally-dev"
NAMES = {"REGION": REGION, "ACCOUNT": ACCOUNT, "BUCKET": f"{PREFIX}-logs-{ACCOUNT}", "NAME": PREFIX}
CANARY = f"arn:aws:sns:{REGION}:{ACCOUNT}:{PREFIX}-canary"
TASKS = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{PREFIX}/*"

# A rule with a topic of its own needs its line, says the page: the canary's has one.
OF_THE_CANARY = {Grant("sns:Publish", CANARY), Grant("sns:GetTopicAttributes", CANARY)}
# Of a worker in ECS, says the page.
IN_ECS = {Grant("ecs:GetTaskProtection", TASKS), Grant("ecs:UpdateTaskProtection", TASKS)}

# What has no resource that could be named: actions, and why each is there.
EVERYWHERE = {
    "cloudwatch:PutMetricData": "held to its namespace",
    "cloudwatch:GetMetricStatistics": "CloudWatch has no resource to read from, nor a condition",
    "cloudwatch:ListMetrics": "the same",
    "ecr:GetAuthorizationToken": "it logs in to the registry, and pulls nothing",
}


def _granted(rehearsal: Rehearsal, role: str) -> set[Grant]:
    told: Any = rehearsal.told("roles")[role]
    return granted(told["policies"])


def test_the_worker_may_what_the_page_says_and_nothing_else(rehearsal: Rehearsal) -> None:
    """Action by action, each on the same resource, on the same condition."""
    assert _granted(rehearsal, "worker") == on_the_page(WORKER, names=NAMES) | OF_THE_CANARY | IN_ECS


def test_the_api_may_what_the_page_says_and_nothing_else(rehearsal: Rehearsal) -> None:
    """Action by action, each on the same resource, on the same condition."""
    assert _granted(rehearsal, "api") == on_the_page(API, names=NAMES) | OF_THE_CANARY


@pytest.mark.parametrize("role", ["worker", "api", "worker_execution", "api_execution"])
def test_nothing_is_granted_in_bulk(rehearsal: Rehearsal, role: str) -> None:
    """No action has a star, a resource is one only where AWS has none to name, and nobody else's policy is attached."""
    grants = _granted(rehearsal, role)

    assert not {grant.action for grant in grants if "*" in grant.action}
    assert {grant.action for grant in grants if grant.resource == "*"} <= EVERYWHERE.keys()
    assert rehearsal.told("roles")[role]["attached"] == []


@pytest.mark.parametrize("role", ["worker", "api"])
def test_what_the_product_calls_is_granted(rehearsal: Rehearsal, role: str) -> None:
    """Here each has its own access key, by which the account knows whose call it is. That a role may nothing that is
    never called is tested where every failure can be brought about: tests/e2e/test_account_page.py."""
    called = asked([(service, operation) for service, operation in rehearsal.told("product")["calls"][role]])

    assert called
    assert called - FREE <= {grant.action for grant in _granted(rehearsal, role)}


def test_the_token_can_be_read_by_who_starts_the_api_alone(rehearsal: Rehearsal) -> None:
    """Neither the API itself, nor the worker or who starts it, can ask for it."""
    secret = {"ssm:GetParameters", "ssm:GetParameter", "secretsmanager:GetSecretValue"}
    readers = {
        role
        for role in ("worker", "api", "worker_execution", "api_execution")
        if secret & {grant.action for grant in _granted(rehearsal, role)}
    }

    assert readers == {"api_execution"}
