"""Whether policies allow something, as IAM decides it: for the few kinds of conditions that stand in infra/github."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct


class Question(Struct, frozen=True, kw_only=True):
    """An action on a resource, and what IAM knows of the request besides."""

    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        known = ", ".join(f"{key}={value}" for key, value in self.context)
        return f"{self.action} on {self.resource} ({known})"


def allowed(policies: Iterable[Mapping[str, Any]], question: Question) -> bool:
    """Answer whether one of their statements allows it. They deny nothing."""
    return any(_allows(statement, question) for policy in policies for statement in listed(policy["Statement"]))


def listed(value: Any) -> list[Any]:
    """Answer what may stand alone or in a list as a list."""
    return list(value) if isinstance(value, list) else [value]


def actions(policies: Iterable[Mapping[str, Any]]) -> set[str]:
    """Answer all actions that they allow on something."""
    return {name for policy in policies for each in listed(policy["Statement"]) for name in listed(each["Action"])}


def conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the conditions of a statement: how it is compared, what, and with what."""
    for operator, compared in statement.get("Condition", {}).items():
        for key, values in compared.items():
            yield operator, key, listed(values)


def _allows(statement: Mapping[str, Any], question: Question) -> bool:
    assert statement["Effect"] == "Allow"
    known = dict(question.context)
    return (
        question.action in listed(statement["Action"])
        and any(_matches(pattern, question.resource) for pattern in listed(statement["Resource"]))
        and all(_holds(operator, known.get(key), values) for operator, key, values in conditions(statement))
    )


def _matches(pattern: str, arn: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), arn) is not None


def _holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    match operator:
        case "StringEquals":
            return value in wanted
        case "StringEqualsIfExists":
            return value is None or value in wanted
        case "Null":
            return wanted == [str(value is None).lower()]
        case _:
            raise AssertionError(f"no such condition is known here: {operator}")
