"""All of infra/ applied, used, changed and taken away: what the rehearsal has found out."""

import json
from typing import Any

import pytest

from tests.infra.conftest import Rehearsal
from tests.infra.plans import EXPLAINED, changes, unexplained
from tests.infra.product import FILES, INBOX, RINGS
from tests.infra.rehearsal import ROOTS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rehearsal")]


@pytest.mark.parametrize("root", ROOTS)
def test_a_configuration_is_made_from_nothing(rehearsal: Rehearsal, root: str) -> None:
    """All that it has is new, and it says what others need to know of it."""
    planned = changes(rehearsal.told(f"{root}.plan"))

    assert planned
    assert {tuple(actions) for actions in planned.values()} == {("create",)}
    assert all(value is not None for value in rehearsal.told(f"{root}.outputs").values())


@pytest.mark.parametrize("root", ROOTS)
def test_a_second_plan_changes_nothing(rehearsal: Rehearsal, root: str) -> None:
    """What is not explained is drift: each deployment would change it again."""
    assert unexplained(rehearsal.told(f"{root}.again")) == {}


def test_two_people_can_not_apply_at_once(rehearsal: Rehearsal) -> None:
    """Who comes second is told who is at it."""
    said = rehearsal.told("locked")

    assert "Error acquiring the state lock" in said
    assert "somebody" in said


def test_each_explained_change_still_happens(rehearsal: Rehearsal) -> None:
    """An explanation that nothing needs any more would hide the next fault."""
    seen = {address for root in ROOTS for address in changes(rehearsal.told(f"{root}.again"))}

    assert seen >= EXPLAINED.keys()


def test_the_worker_counts_each_file_and_rings_once(rehearsal: Rehearsal) -> None:
    """With nothing but what its task definition says. Only one of the files is at the threshold or over it."""
    product = rehearsal.told("product")
    (alert,) = product["alerts"]

    assert RINGS in alert
    assert product["errors"] == {
        "orders": sum(count for key, (_, count) in FILES.items() if "+" not in key),
        "billing": sum(count for key, (_, count) in FILES.items() if "+" in key),
    }
    assert product["dead"] == 0


def test_the_canary_rings_in_its_own_queue(rehearsal: Rehearsal) -> None:
    """So nobody is woken by a deployment that proves itself."""
    (alert,) = rehearsal.told("product")["canary"]

    assert "logtally-canary/" in alert


def test_the_api_answers_who_has_the_token(rehearsal: Rehearsal) -> None:
    """It knows from the ledger what the worker has counted, and all that it needs is ready."""
    product = rehearsal.told("product")
    answers = product["answers"]

    assert answers["without_a_token"] == 401
    assert answers["ready"]["ready"] is True
    assert answers["analyze"] | {"status": 200, "total": 12, "alert": True, "source": "ledger"} == answers["analyze"]
    assert answers["notify"] | {"status": 200, "notified": True} == answers["notify"]
    assert len(product["notified"]) == 1


def test_the_token_is_a_secret_and_no_variable(rehearsal: Rehearsal) -> None:
    """ECS takes it from where it is kept when a task starts; it is in no plan, and so in no state."""
    plan = json.dumps(rehearsal.told("app.plan"))
    product = rehearsal.told("product")
    token = product["settings"]["api"]["LOGTALLY_API_TOKEN"]

    assert product["secrets"] == {"worker": [], "api": ["LOGTALLY_API_TOKEN"]}
    assert token not in plan


def test_worker_and_api_end_when_ecs_asks(rehearsal: Rehearsal) -> None:
    """With 0, before ECS would kill them."""
    assert rehearsal.told("product")["exits"] == {"worker": 0, "api": 0}


def test_another_image_replaces_the_tasks_and_nothing_else(rehearsal: Rehearsal) -> None:
    """A task definition never changes: there is a new one, and the services run it."""
    planned = changes(rehearsal.told("update.plan"))
    before, after = rehearsal.told("app.outputs"), rehearsal.told("update.outputs")
    services = after["services"]

    assert {address for address in planned if not address.startswith("output.")} == {
        f"module.{door}.{kind}.this"
        for door in ("worker", "api")
        for kind in ("aws_ecs_service", "aws_ecs_task_definition")
    }
    assert before["image"] != after["image"]
    assert rehearsal.told("update.running") == {door: services[door]["task_definition"] for door in ("worker", "api")}
    assert unexplained(rehearsal.told("update.again")) == {}


def test_everything_can_be_taken_away(rehearsal: Rehearsal) -> None:
    """Of what is disposable nothing stays, neither in a state nor in the account."""
    states: Any = rehearsal.told("states")

    assert states == {name: [] for name in ROOTS}
    # The one queue is the test's own.
    left = {kind: names for kind, names in rehearsal.told("left").items() if names}
    assert [name.rpartition("/")[2] for name in left.pop("queues")] == [INBOX]
    assert left == {}


def test_the_account_knew_every_call(rehearsal: Rehearsal) -> None:
    """What it does not know could not have been applied; see tests/infra/gaps."""
    assert rehearsal.told("missing") == []
