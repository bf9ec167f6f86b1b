"""Budgets."""

import json
from typing import Any, Final

from moto.budgets.responses import BudgetsResponse

from tests.infra.gaps.patch import around, lacking

_tags: dict[str, list[dict[str, str]]] = {}


def subscribers() -> None:
    """AWS tells who is told when a budget is overrun."""
    lacking(BudgetsResponse, "describe_subscribers_for_notification", _subscribers)


def tags() -> None:
    """AWS keeps a budget's tags."""
    around(BudgetsResponse, "create_budget", _create)
    lacking(BudgetsResponse, "list_tags_for_resource", _listed)


def _subscribers(response: Any) -> str:
    budget = response.backend.budgets[response._get_param("AccountId")][response._get_param("BudgetName")]
    wanted = {name: value for name, value in response._get_param("Notification").items() if name != "NotificationState"}
    found = (each for each in budget.notifications if wanted.items() <= each.details.items())
    notification = next(found, None)
    return json.dumps({"Subscribers": notification.subscribers if notification else []})


def _create(old: Any, response: Any) -> Any:
    name = response._get_param("Budget")["BudgetName"]
    _tags[f"arn:aws:budgets::{response._get_param('AccountId')}:budget/{name}"] = response._get_param("ResourceTags")
    return old(response)


def _listed(response: Any) -> str:
    return json.dumps({"ResourceTags": _tags.get(response._get_param("ResourceARN")) or []})


GAPS: Final = (subscribers, tags)
