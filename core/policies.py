"""A queue's policy: whether it lets a service of AWS send, as far as that can be told from here."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

SEND: Final = "sqs:SendMessage"
_SAME: Final = frozenset({"arnequals", "arnlike", "stringequals", "stringlike", "stringequalsignorecase", "bool"})
_DIFFERENT: Final = frozenset({"arnnotequals", "arnnotlike", "stringnotequals", "stringnotlike"})
# Another account may own the bucket: only equality says something.
_ACCOUNT: Final = "aws:sourceaccount"

Answer = bool | None  # None: it can't be told


def lets_send(
    policy: str | None, *, queue_arn: str, service: str, source_arn: str | None, account: str | None
) -> Answer:
    """Answer whether `service` may send to the queue on behalf of `source_arn`, by the queue's policy.

    `source_arn` or `account` None: it is not known, and what depends on it can't be told.
    """
    if policy is None:
        return False
    try:
        statements = _list(json.loads(policy)["Statement"])
    except (json.JSONDecodeError, KeyError, TypeError):
        return None
    context = {
        name: value
        for name, value in {
            "aws:sourcearn": source_arn,
            _ACCOUNT: account,
            "aws:securetransport": "true",
            "aws:principalisawsservice": "true",
        }.items()
        if value is not None
    }
    of_effect: dict[str, list[Answer]] = {"Allow": [], "Deny": []}
    for statement in statements:
        of_effect.setdefault(statement.get("Effect"), []).append(_meant(statement, queue_arn, service, context))
    if any(of_effect["Deny"]):
        return False
    allowed = True if any(of_effect["Allow"]) else _unless_unknown(of_effect["Allow"], other=False)
    return allowed if allowed is not True else _unless_unknown(of_effect["Deny"], other=True)


def _unless_unknown(answers: Iterable[Answer], *, other: bool) -> Answer:
    return None if None in answers else other


def _meant(statement: Mapping[str, Any], queue_arn: str, service: str, context: Mapping[str, str]) -> Answer:
    """Answer whether a statement is about this service that sends."""
    if statement.keys() & {"NotAction", "NotPrincipal", "NotResource"}:
        return None
    named = (
        _is_principal(statement.get("Principal"), service)
        and any(_like(action, SEND, ignore_case=True) for action in _list(statement.get("Action")))
        and any(_like(resource, queue_arn) for resource in _list(statement.get("Resource")))
    )
    return _holds(statement.get("Condition", {}), context) if named else False


def _is_principal(principal: Any, service: str) -> bool:
    if principal == "*":
        return True
    named = principal if isinstance(principal, dict) else {}
    return "*" in _list(named.get("AWS")) or bool({service, "*"} & {*_list(named.get("Service"))})


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> Answer:
    answers = [
        _one_holds(operator.lower().removesuffix("ifexists"), key.lower(), _list(values), context)
        for operator, keys in condition.items()
        for key, values in keys.items()
    ]
    return False if False in answers else _unless_unknown(answers, other=True)


def _one_holds(operator: str, key: str, values: list[Any], context: Mapping[str, str]) -> Answer:
    found = context.get(key)
    if found is None or operator not in _SAME | _DIFFERENT:
        return None
    is_like = any(_like(str(value), found, ignore_case=operator == "bool") for value in values)
    if key == _ACCOUNT and not is_like:
        return None
    return is_like if operator in _SAME else not is_like


def _like(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.IGNORECASE if ignore_case else 0) is not None


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
