"""What each script of a step does alike: read its variables, hand outputs over, say what failed.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

PROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"


class Failed(Exception):
    """The step has failed, and this says why in one line."""


def project_version() -> str:
    """Answer the version that pyproject.toml has."""
    return str(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"])


def variable(name: str) -> str:
    """Answer a variable of the step. Raises Failed if it is not set, or empty."""
    value = os.environ.get(name, "")
    if not value:
        raise Failed(f"{name} is not set")
    return value


def hand_over(**outputs: str) -> None:
    """Give outputs to the steps that follow: `some_thing` is called `some-thing` there. Each is one line."""
    lines = [f"{name.replace('_', '-')}={value}" for name, value in outputs.items()]
    _append("GITHUB_OUTPUT", lines)


def summarise(markdown: str) -> None:
    """Add to the page of the run."""
    _append("GITHUB_STEP_SUMMARY", [markdown])


def say(line: str) -> None:
    """Say what is being done, in the log of the step."""
    sys.stderr.write(f"{line}\n")


def run(step: Callable[[], None]) -> NoReturn:
    """Carry a step out, and end: with 1 and one line if it failed."""
    try:
        step()
    except Failed as exc:
        sys.stdout.write(f"::error::{_escaped(str(exc))}\n")
        sys.exit(1)
    sys.exit(0)


def _append(variable_of_file: str, lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    path = os.environ.get(variable_of_file)
    if path is None:  # by hand
        sys.stdout.write(text)
        return
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
