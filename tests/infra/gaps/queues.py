"""SQS."""

import json
from typing import Any, Final

from moto.sqs.models import Queue

from tests.infra.gaps.patch import around, around_property


def redrive_allow_policy() -> None:
    """AWS gives back which queues may name this one for their dead letters; none is no attribute."""
    Queue.BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    Queue.redrive_allow_policy = None  # type: ignore[attr-defined]  # moto sets it from what is asked for
    around_property(Queue, "attributes", _without_an_empty_one)


def policy_stays() -> None:
    """AWS leaves the attributes alone that are not asked to change; moto drops the policy then."""
    around(Queue, "_set_attributes", _keeping_the_policy)


def redrive_policy_without_blanks() -> None:
    """AWS gives the redrive policy back as it was written, which Terraform does without blanks."""
    around_property(Queue, "attributes", _without_blanks)


def _without_an_empty_one(attributes: dict[str, Any], _queue: Any) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name != "RedriveAllowPolicy" or value}


def _keeping_the_policy(old: Any, queue: Any, attributes: dict[str, Any], now: float | None = None) -> None:
    before = getattr(queue, "policy", None)
    old(queue, attributes, now)
    if "Policy" not in attributes:
        queue.policy = before


def _without_blanks(attributes: dict[str, Any], queue: Any) -> dict[str, Any]:
    if not queue.redrive_policy:
        return attributes
    return attributes | {"RedrivePolicy": json.dumps(queue.redrive_policy, separators=(",", ":"), sort_keys=True)}


GAPS: Final = (redrive_allow_policy, policy_stays, redrive_policy_without_blanks)
