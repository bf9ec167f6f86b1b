"""The roles of infra/github, as they were applied."""

from typing import Any, Final

from tests.infra.conftest import Rehearsal

ENVIRONMENTS: Final = ("dev", "prod", "staging")
DEPLOYS: Final = tuple(f"{environment}-deploy" for environment in ENVIRONMENTS)
ROLES: Final = (*DEPLOYS, "image", "plan")


def policies_of(rehearsal: Rehearsal, role: str) -> list[Any]:
    """Answer the policies of a role."""
    return list(rehearsal.told("github.roles")["roles"][role]["policies"].values())
