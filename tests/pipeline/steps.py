"""The steps of the workflows, as GitHub runs them: their own words, with files that stand for its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from msgspec import Struct

ROOT: Final = Path(__file__).parents[2]
GITHUB: Final = ROOT / ".github"
WORKFLOWS: Final = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS: Final = sorted((GITHUB / "actions").glob("*/action.yml"))


class Done(Struct, frozen=True):
    """What came of a step."""

    code: int
    outputs: Mapping[str, str]
    summary: str
    log: str


def read(path: Path) -> dict[str, Any]:
    """Answer a workflow or an action. `on` is a yes to YAML."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in document.items()}


def steps_of(path: Path) -> list[dict[str, Any]]:
    """Answer all steps of a workflow or an action."""
    document = read(path)
    if "runs" in document:
        return list(document["runs"]["steps"])
    return [step for job in document["jobs"].values() for step in job["steps"]]


def step_named(path: Path, name: str) -> dict[str, Any]:
    """Answer the one step of that name."""
    (step,) = [step for step in steps_of(path) if step.get("name") == name]
    return step


def carried_out(
    run: str, *, folder: Path, variables: Mapping[str, str], where: Path = ROOT, path: str | None = None
) -> Done:
    """Run the commands of a step in `where`, as GitHub's bash does. `path`: folders that go before the others."""
    output, summary = folder / "output", folder / "summary"
    output.write_text("")
    summary.write_text("")
    folders = [path] if path else []
    environment = {
        "PATH": os.pathsep.join([*folders, str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(folder),
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "RUNNER_TEMP": str(folder),
        **variables,
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", run],  # noqa: S607 - as GitHub finds it
        cwd=where,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    return Done(done.returncode, outputs, summary.read_text(), done.stdout)
