"""What a role may do, by the page and by its policies: an action, on a resource, on a condition."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from tests.account_page import OF_TRANSACTIONS, PAGE, TRANSACTION, action


class Grant(Struct, frozen=True, order=True):
    """One action on one resource."""

    action: str
    resource: str
    condition: str = ""  # as JSON


# The places of their policies on the page.
WORKER: Final = 0
API: Final = -1


def on_the_page(place: int, *, names: dict[str, str]) -> set[Grant]:
    """Answer what a policy of docs/account.md grants. `names`: what stands for its words in capitals."""
    found = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = found[place]
    for word, name in names.items():
        text = text.replace(word, name)
    return granted([json.loads(text)])


def granted(policies: list[dict[str, Any]]) -> set[Grant]:
    """Answer what policies grant together. They deny nothing: a role without a word may nothing anyway."""
    return {grant for policy in policies for statement in policy["Statement"] for grant in _of(statement)}


def asked(calls: list[tuple[str, str]]) -> set[str]:
    """Answer the actions of calls. A worker's transactions put, and nothing else."""
    return {
        OF_TRANSACTIONS["Put"] if operation == TRANSACTION else action(service, operation)
        for service, operation in calls
    }


def _of(statement: dict[str, Any]) -> Iterator[Grant]:
    assert statement["Effect"] == "Allow"
    condition = statement.get("Condition")
    for name in _listed(statement["Action"]):
        for resource in _listed(statement["Resource"]):
            yield Grant(name, resource, json.dumps(condition, sort_keys=True) if condition else "")


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
