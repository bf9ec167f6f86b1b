"""What stands in a plan, as `terraform show -json` writes it."""

from collections.abc import Iterator
from typing import Any, Final

# Why a second plan would change something although nothing has changed: address to reason. What is not here is a fault
# of the configuration, or a gap in tests/infra/gaps.
EXPLAINED: Final[dict[str, str]] = {}

QUIET: Final = (["no-op"], ["read"])


def resources(plan: Any, kind: str) -> list[dict[str, Any]]:
    """Answer the values of all resources of a kind that there will be, those in modules too."""
    return [each["values"] for each in _resources(plan["planned_values"]["root_module"]) if each["type"] == kind]


def changes(plan: Any) -> dict[str, list[str]]:
    """Answer what would be done: addresses and actions, and the outputs that change."""
    found = {
        each["address"]: list(each["change"]["actions"])
        for each in plan.get("resource_changes", [])
        if each["change"]["actions"] not in QUIET
    }
    outputs = {
        f"output.{name}": list(each["actions"])
        for name, each in plan.get("output_changes", {}).items()
        if each["actions"] not in QUIET
    }
    return found | outputs


def unexplained(plan: Any) -> dict[str, list[str]]:
    """Answer those changes that nobody has a reason for."""
    return {address: actions for address, actions in changes(plan).items() if address not in EXPLAINED}


def references(plan: Any, address: str, *path: str) -> list[str]:
    """Answer what an argument of a resource of the root refers to, however deep in its blocks."""
    (found,) = [each for each in plan["configuration"]["root_module"]["resources"] if each["address"] == address]
    value: Any = found["expressions"]
    for name in path:
        value = value[name]
        value = value[0] if isinstance(value, list) else value
    return list(value["references"])


def _resources(module: Any) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _resources(child)
