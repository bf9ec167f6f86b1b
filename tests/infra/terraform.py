"""Terraform without the internet: the binary, a folder with the AWS provider, and an environment of its own."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

ROOT: Final = Path(__file__).parents[2]
INFRA: Final = ROOT / "infra"
MIRROR: Final = "LOGTALLY_TF_MIRROR"  # the variable that names the folder
PROVIDER: Final = Path("registry.terraform.io", "hashicorp", "aws")
CHANGES: Final = 2  # `plan -detailed-exitcode` when it would change something


class Missing(Exception):
    """Terraform can't be run here. The message says what is not there, and how to say where it is."""


class Failed(Exception):
    """A command of Terraform's failed. The message has its last words."""


class Terraform(Struct, frozen=True, kw_only=True):
    """What can be run: in any folder, always with the same environment."""

    binary: str
    environment: Mapping[str, str]

    def run(
        self, folder: Path, *words: str, may_be: frozenset[int] = frozenset({0})
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command there. Raises Failed unless its exit code is one that may be."""
        done = subprocess.run(
            [self.binary, f"-chdir={folder}", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if done.returncode not in may_be:
            said = (done.stdout + done.stderr).strip().splitlines()
            raise Failed("\n".join([f"terraform {' '.join(words)} in {folder.name}: {done.returncode}", *said[-60:]]))
        return done

    def json(self, folder: Path, *words: str) -> Any:
        """Run a command there, and answer its JSON."""
        return json.loads(self.run(folder, *words).stdout)

    def known_as(self, access_key_id: str) -> "Terraform":
        """Answer the same for somebody else, whom the account tells apart by the key."""
        return replace(self, environment={**self.environment, "AWS_ACCESS_KEY_ID": access_key_id})


def found(*, home: Path, aws: Mapping[str, str] = MappingProxyType({})) -> Terraform:
    """Answer Terraform, with a home of its own.

    `aws`: the variables by which it finds an account. Raises Missing.
    """
    binary = shutil.which("terraform")
    if binary is None:
        raise Missing("no terraform on the PATH: infra/ is not tested")
    mirror = _mirror()
    home.mkdir(parents=True, exist_ok=True)
    config = home / "terraform.rc"
    config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    return Terraform(
        binary=binary,
        environment={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(home),
            "TF_CLI_CONFIG_FILE": str(config),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
            **aws,
        },
    )


def copied(to: Path) -> Path:
    """Answer a copy of infra/ in which Terraform may leave what it likes."""
    return Path(shutil.copytree(INFRA, to, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfplan")))


def _mirror() -> Path:
    named = os.environ.get(MIRROR)
    if named is not None:
        if not (named and (Path(named) / PROVIDER).is_dir()):
            raise Missing(f"{MIRROR}={named} has no {PROVIDER}: infra/ is not tested")
        return Path(named)
    mirror = next((root for root in _usual() if (root / PROVIDER).is_dir()), None)
    if mirror is None:
        raise Missing(f"no folder with {PROVIDER} found; {MIRROR} says which: infra/ is not tested")
    return mirror


def _usual() -> Iterator[Path]:
    """Yield where Terraform itself looks, and where images have it."""
    share = Path("terraform", "plugins")
    yield Path.home() / ".terraform.d" / "plugins"
    yield Path.home() / ".local" / "share" / share
    yield Path("/usr/local/share") / share
    yield Path("/usr/share") / share
    if os.environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(os.environ["TF_PLUGIN_CACHE_DIR"])
    yield from sorted(Path("/opt").glob("*"))
