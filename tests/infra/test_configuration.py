"""What can be said of infra/ without applying it: its form, its own tests, its page, and checkov."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra import module_readme
from tests.infra.terraform import INFRA, ROOT, Terraform
from tests.tools import unavailable

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("terraform")]

ROOTS = ("ecr", "github", "vpc", "app")
FOLDERS = (*ROOTS, "modules/ecs_service")
TESTED = sorted({str(file.parents[1].relative_to(INFRA)) for file in INFRA.glob("**/tests/*.tftest.hcl")})
CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"  # made by `make test`
SUPPRESSED = re.compile(r"checkov:skip=(\w+)(?::(.*))?$", re.MULTILINE)

Ready = Callable[[str], Path]


@pytest.fixture(scope="module")
def ready(terraform: Terraform, infra: Path) -> Ready:
    """Answer what answers a folder that has its provider, and no state."""
    done: set[str] = set()

    def made_ready(name: str) -> Path:
        locked = ["-lockfile=readonly"] if (INFRA / name / ".terraform.lock.hcl").exists() else []
        if name not in done:
            terraform.run(infra / name, "init", "-no-color", "-backend=false", *locked)
            done.add(name)
        return infra / name

    return made_ready


def test_every_file_is_formatted(terraform: Terraform) -> None:
    """As `terraform fmt` does it."""
    assert terraform.run(INFRA, "fmt", "-check", "-recursive", may_be=frozenset({0, 3})).stdout == ""


@pytest.mark.parametrize("name", FOLDERS)
def test_a_configuration_is_valid(terraform: Terraform, ready: Ready, name: str) -> None:
    """Without a warning, too."""
    told = terraform.json(ready(name), "validate", "-json")

    assert told["diagnostics"] == []


@pytest.mark.parametrize("name", TESTED)
def test_its_own_tests_pass(terraform: Terraform, ready: Ready, name: str) -> None:
    """They plan with made-up providers: what is refused, and what comes of each choice."""
    lines = terraform.run(ready(name), "test", "-json", may_be=frozenset({0, 1})).stdout.splitlines()
    told = [json.loads(line) for line in lines]
    (summary,) = [line["test_summary"] for line in told if line["type"] == "test_summary"]
    wrong = [
        f"{line['diagnostic']['summary']}: {line['diagnostic']['detail']}" for line in told if "diagnostic" in line
    ]

    assert (summary["status"], wrong) == ("pass", [])
    assert summary["passed"] > 0


@pytest.mark.parametrize("name", [name for name in FOLDERS if name != "ecr"])
def test_what_has_choices_has_tests(name: str) -> None:
    """So that none is left out unseen."""
    assert name in TESTED


@pytest.mark.parametrize("name", ROOTS)
def test_the_provider_is_locked(name: str) -> None:
    """With its hashes, so that nobody applies with another one."""
    lock = (INFRA / name / ".terraform.lock.hcl").read_text(encoding="utf-8")

    assert re.search(r'provider "registry\.terraform\.io/hashicorp/aws" \{\n  version\s+= "5\.', lock)
    assert '"h1:' in lock


def test_checkov_finds_nothing_that_is_not_explained() -> None:
    """Each check that fails is suppressed where it fails."""
    if not CHECKOV.exists():
        unavailable(f"no {CHECKOV.relative_to(ROOT)}: `make test` makes it")
    command = [str(CHECKOV), "--directory", str(INFRA), "--framework", "terraform", "--skip-download", "--compact"]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", ""), "LOG_LEVEL": "ERROR"}
    done = subprocess.run(
        [*command, "--output", "json", "--quiet"], env=environment, capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout)

    assert [f"{each['check_id']} {each['resource']}" for each in told["results"]["failed_checks"]] == []
    assert told["summary"]["parsing_errors"] == 0
    assert told["summary"]["resource_count"] > 50


@pytest.mark.parametrize("file", sorted(INFRA.glob("**/*.tf")), ids=lambda file: str(file.relative_to(INFRA)))
def test_each_suppressed_check_has_its_reason(file: Path) -> None:
    """A sentence, and no word like `ignore`."""
    if ".terraform" in file.parts:
        return
    reasons = SUPPRESSED.findall(file.read_text(encoding="utf-8"))

    assert [check for check, reason in reasons if len(reason.split()) < 2] == []


def test_the_modules_page_is_that_of_its_variables() -> None:
    """`python -m tests.infra.module_readme` writes it anew."""
    page = module_readme.PAGE.read_text(encoding="utf-8")

    assert page == module_readme.rendered(page), f"run {Path(sys.executable).name} -m tests.infra.module_readme"
