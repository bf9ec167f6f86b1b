"""Says what a branch is deployed to: `environments.py [MAP]`, with the branch in GITHUB_REF_NAME.

MAP is a JSON object like environments.json beside the workflows: for each branch the tag of its image, and the
environments of infra/app and of infra/vpc that it is deployed to. One more environment is one more name in both lists.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

from step import Failed, hand_over, run, variable

MAP: Final = Path(__file__).parents[1] / "environments.json"
LISTS: Final = ("terraform-env-list", "terraform-vpc-env-list")
NAME: Final = re.compile(r"[a-z][a-z0-9]{0,11}")  # as infra/app has it


def main() -> None:
    """Hand over `ecr-tag`, `terraform-env-list` and `terraform-vpc-env-list`."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else MAP
    branch = variable("GITHUB_REF_NAME")
    target = _targets(path).get(branch)
    if target is None:
        raise Failed(f"branch {branch} is deployed nowhere: {path.name} does not have it")
    hand_over(
        ecr_tag=target["ecr-tag"],
        terraform_env_list=json.dumps(target["terraform-env-list"], separators=(",", ":")),
        terraform_vpc_env_list=json.dumps(target["terraform-vpc-env-list"], separators=(",", ":")),
    )


def _targets(path: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise Failed(f"{path}: {exc}") from exc
    if not isinstance(found, dict):
        raise Failed(f"{path.name}: is an object, with a branch's name for each key")
    for branch, target in found.items():
        if not isinstance(target, dict) or set(target) != {"ecr-tag", *LISTS}:
            raise Failed(f"{path.name}: {branch} has ecr-tag, {' and '.join(LISTS)}")
        if not _is_name(target["ecr-tag"]):
            raise Failed(f"{path.name}: {branch}: ecr-tag is a name such as dev")
        for name in LISTS:
            if not isinstance(target[name], list) or not all(map(_is_name, target[name])):
                raise Failed(f"{path.name}: {branch}: {name} is a list of names such as dev")
            if len(set(target[name])) != len(target[name]):
                raise Failed(f"{path.name}: {branch}: {name} has a name twice")
        if not target["terraform-env-list"]:
            raise Failed(f"{path.name}: {branch} has no environment in terraform-env-list; leave the branch out")
    return found


def _is_name(value: object) -> bool:
    return isinstance(value, str) and NAME.fullmatch(value) is not None


if __name__ == "__main__":
    run(main)
