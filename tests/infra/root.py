"""One configuration of infra/ in one environment, planned and applied as a person would."""

import re
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tests.infra.terraform import CHANGES, Terraform


class Root(Struct, frozen=True, kw_only=True):
    """A folder that Terraform is run in, with the environment's two files."""

    terraform: Terraform
    folder: Path
    environment: str
    variables: tuple[str, ...] = ()  # besides those of the file: `-var` and its value

    def known_as(self, access_key_id: str) -> "Root":
        """Answer the same in somebody else's hands."""
        return replace(self, terraform=self.terraform.known_as(access_key_id))

    def state_bucket(self) -> str:
        """Answer the bucket that its state is in."""
        found = re.search(r'^bucket\s*=\s*"([^"]+)"', (self.folder / self._of("tfbackend")).read_text(), re.MULTILINE)
        assert found
        return found[1]

    def init(self) -> None:
        """Get the provider and the state. The lock file must be right as it is."""
        self.terraform.run(
            self.folder, "init", "-no-color", "-lockfile=readonly", f"-backend-config={self._of('tfbackend')}"
        )

    def plan(self, name: str, *more: str) -> Any:
        """Answer what would be done now, as Terraform's JSON, and keep it by a name. `more`: other variables."""
        file = f"{name}.tfplan"
        words = ("plan", "-no-color", "-detailed-exitcode", f"-out={file}", *self._variables(), *more)
        self.terraform.run(self.folder, *words, may_be=frozenset({0, CHANGES}))
        return self.terraform.json(self.folder, "show", "-json", file)

    def apply(self, name: str) -> None:
        """Do what was planned by that name."""
        self.terraform.run(self.folder, "apply", "-no-color", f"{name}.tfplan")

    def outputs(self) -> dict[str, Any]:
        """Answer the outputs, sensitive ones too."""
        told = self.terraform.json(self.folder, "output", "-json")
        return {name: output["value"] for name, output in told.items()}

    def destroy(self) -> None:
        """Take everything away."""
        self.terraform.run(self.folder, "destroy", "-no-color", "-auto-approve", *self._variables())

    def resources(self) -> list[str]:
        """Answer the addresses of all that is in the state."""
        return self.terraform.run(self.folder, "state", "list").stdout.split()

    def _of(self, ending: str) -> str:
        return f"environment/{self.environment}/{self.environment}.{ending}"

    def _variables(self) -> tuple[str, ...]:
        return (f"-var-file={self._of('tfvars')}", *self.variables)
