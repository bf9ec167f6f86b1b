"""What can be said of the pipeline without running it: schemas, linters, pins, permissions, and what is missing."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.steps import ACTIONS, GITHUB, ROOT, WORKFLOWS, read, steps_of

BIN = Path(sys.executable).parent
PIN = re.compile(r"uses: (?P<action>[\w./-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
SCRIPTS = sorted([*GITHUB.glob("scripts/*.sh"), ROOT / ".ci" / "run"])
MAP = json.loads((GITHUB / "environments.json").read_text(encoding="utf-8"))


def _linted(*command: str | Path) -> str:
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield f"{path.name}: {name}", job


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.github-actions", ACTIONS),
        ("vendor.dependabot", [GITHUB / "dependabot.yml"]),
    ],
)
def test_files_are_valid_by_githubs_schemas(schema: str, files: list[Path]) -> None:
    """Else GitHub runs nothing, and says so where nobody looks."""
    assert files
    assert _linted("check-jsonschema", "--builtin-schema", schema, *files) == ""


@pytest.mark.parametrize(
    "command",
    [
        ("zizmor", "--offline", "--min-severity", "low", GITHUB),
        ("yamllint", "--strict", GITHUB, ROOT / ".yamllint"),
        ("shellcheck", *SCRIPTS),
        ("hadolint", ROOT / "Dockerfile"),
    ],
    ids=lambda command: command[0],
)
def test_a_linter_finds_nothing(command: tuple[str | Path, ...]) -> None:
    """What is suppressed says why, in place."""
    assert _linted(*command) == ""


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.parent.name + "/" + path.name)
def test_shell_in_yaml_is_clean_too(path: Path, tmp_path: Path) -> None:
    """As far as there is any: what a step does is a script of its own."""
    for n, step in enumerate(step for step in steps_of(path) if "run" in step):
        script = tmp_path / f"{n}.sh"
        script.write_text(f"#!/bin/bash\nset -eo pipefail\n{step['run']}\n")
        # A step has its variables from its `env`.
        assert _linted("shellcheck", "--exclude=SC2154", script) == ""
        assert "${{" not in step["run"]
        assert len(step["run"].splitlines()) <= 3


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.parent.name + "/" + path.name)
def test_every_action_of_others_is_pinned_by_its_commit(path: Path) -> None:
    """A tag can be moved by whoever owns it. The version stands beside it, for people and Dependabot."""
    uses = [
        line.strip().removeprefix("- ") for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line
    ]

    assert [line for line in uses if "$/" not in line and not PIN.fullmatch(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_permitted_that_a_job_does_not_say(path: Path) -> None:
    """And nobody's token stays on disk."""
    workflow = read(path)
    checkouts = [step for step in steps_of(path) if step.get("uses", "").startswith("actions/checkout@")]

    assert workflow["permissions"] == {}
    assert all("permissions" in job and "timeout-minutes" in job for job in workflow["jobs"].values())
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_aws_is_reached_by_roles_alone() -> None:
    """Never by keys, and each role only in a job that may ask for a token."""
    for name, job in _jobs():
        credentials = [
            step for step in job["steps"] if step.get("uses", "").startswith("aws-actions/configure-aws-credentials@")
        ]
        assert bool(credentials) == (job["permissions"].get("id-token") == "write"), name
        assert all(
            set(step["with"]) <= {"role-to-assume", "aws-region", "role-duration-seconds"} for step in credentials
        )


def test_whoever_deploys_is_alone() -> None:
    """One deployment at a time for each environment, and none is broken off in the middle."""
    jobs = read(GITHUB / "workflows" / "deploy.yml")["jobs"]
    for job in (jobs["terraform-deploy"], jobs["terraform-deploy-vpc"]):
        assert "${{ matrix.environment }}" in job["concurrency"]["group"]
        assert job["concurrency"]["cancel-in-progress"] is False
        assert job["environment"] == "${{ matrix.environment }}"
        assert job["strategy"]["fail-fast"] is False


def test_the_order_is_that_of_what_needs_what() -> None:
    """Nothing is built before the tests, nothing deployed before network and image; everything is told of."""
    jobs = read(GITHUB / "workflows" / "deploy.yml")["jobs"]
    needs = {name: set(job.get("needs", [])) for name, job in jobs.items()}

    assert {"test", "determine-env-outputs"} <= needs["image"] & needs["terraform-deploy-vpc"]
    assert {"image", "terraform-deploy-vpc"} <= needs["terraform-deploy"]
    assert needs["notify"] == set(jobs) - {"notify"}
    assert jobs["notify"]["if"] == "always()"


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.parent.name + "/" + path.name)
def test_every_output_that_is_used_is_handed_over(path: Path) -> None:
    """A name with a slip of the pen is an empty text, and nobody is told."""
    document = read(path)
    jobs = document.get("jobs") or {"action": {**document["runs"], "outputs": document.get("outputs", {})}}
    for name, job in jobs.items():
        ids = {step["id"]: step for step in job["steps"] if "id" in step}
        words = json.dumps(job)
        for step, _, output in re.findall(r"steps\.([\w-]+)\.(outputs\.([\w-]+)|outcome)", words):
            assert step in ids, f"{name}: no step {step}"
            assert not output or output in _handed_over(ids[step]), f"{name}: {step} hands over no {output}"
        for other, output in re.findall(r"needs\.([\w-]+)\.outputs\.([\w-]+)", words):
            assert other in job["needs"], f"{name}: does not need {other}"
            assert output in jobs[other]["outputs"], f"{name}: {other} hands over no {output}"


def _handed_over(step: dict[str, Any]) -> set[str]:
    """Answer the outputs that a step has: of an action of ours, or of a script."""
    uses = step.get("uses", "")
    if uses.startswith("$/"):
        return set(read(ROOT / uses.removeprefix("$/") / "action.yml")["outputs"])
    if uses.startswith("aws-actions/amazon-ecr-login@"):
        return {"registry"}
    scripts = re.findall(r"\.github/scripts/[\w.]+", step["run"]) or [".github/scripts/terraform.sh"]
    words = "".join((ROOT / script).read_text(encoding="utf-8") for script in scripts)
    # `hand_over(some_name=…)` in Python, `echo "some-name=…"` in shell.
    return {name.replace("_", "-") for name in re.findall(r'[( "]([\w-]+)=', words)}


def test_each_deployment_is_of_the_commit_that_was_tested() -> None:
    """And what is gone back to is that which was verified before."""
    steps = read(GITHUB / "workflows" / "deploy.yml")["jobs"]["terraform-deploy"]["steps"]
    tags = [step["with"]["ecr-tag"] for step in steps if step.get("uses", "").endswith("/terraform-deploy")]

    assert tags == ["commit-${{ github.sha }}", "commit-${{ steps.before.outputs.commit }}"]


def test_every_branch_of_the_map_is_deployed() -> None:
    """And a pull request plans every environment that there is."""
    planned = read(GITHUB / "workflows" / "pull-request.yml")["jobs"]["plan"]["strategy"]["matrix"]["environment"]

    assert sorted(read(GITHUB / "workflows" / "deploy.yml")["on"]["push"]["branches"]) == sorted(MAP)
    assert sorted(planned) == sorted({name for target in MAP.values() for name in target["terraform-env-list"]})


@pytest.mark.parametrize(("folder", "kind"), [("app", "terraform-env-list"), ("vpc", "terraform-vpc-env-list")])
def test_every_environment_of_the_map_is_there(folder: str, kind: str) -> None:
    """With the files that the deployment looks for."""
    for target in MAP.values():
        for name in target[kind]:
            files = ROOT / "infra" / folder / "environment" / name
            assert {file.name for file in files.iterdir()} == {f"{name}.tfbackend", f"{name}.tfvars"}


def test_every_path_and_target_that_is_named_is_there() -> None:
    """A workflow is found out too late otherwise: by whoever merges next."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    words = "\n".join(path.read_text(encoding="utf-8") for path in [*WORKFLOWS, *ACTIONS])
    paths = set(re.findall(r"(?<![\w/])(?:\$/)?((?:\.github|\.ci|infra|docs|requirements)/[\w./-]*\w)", words))
    targets = set(re.findall(r"\bmake ([a-z-]+)", words))

    assert {"requirements/run.txt", ".github/scripts/verify.py", "infra/app"} <= paths
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    assert "test" in targets
    assert [target for target in sorted(targets) if f"\n{target}:" not in makefile] == []


def test_dependabot_knows_every_place_with_a_dependency() -> None:
    """Terraform, actions and Python."""
    updates = {
        (update["package-ecosystem"], directory)
        for update in read(GITHUB / "dependabot.yml")["updates"]
        for directory in update.get("directories", [update.get("directory")])
    }
    roots = {("terraform", f"/{path.parent.relative_to(ROOT)}") for path in ROOT.glob("infra/*/.terraform.lock.hcl")}

    assert roots <= updates
    assert {("github-actions", "/"), ("pip", "/requirements")} <= updates
