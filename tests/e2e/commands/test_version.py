"""`logtally version`, and `--version`."""

import json
import platform
from importlib.metadata import version

from tests.e2e.commands.logtally import LOGTALLY, environment, logtally
from tests.e2e.terminal import shown_on_a_terminal


def test_version_says_what_runs_here() -> None:
    """For a report of a fault."""
    told = json.loads(logtally("version", "--json").stdout)

    assert told == {
        "logtally": version("logtally"),
        "python": platform.python_version(),
        "boto3": version("boto3"),
        "botocore": version("botocore"),
    }


def test_a_terminal_shows_a_line_for_each() -> None:
    """To be copied."""
    _, shown = shown_on_a_terminal([*LOGTALLY, "version"], environment=environment({"TERM": "dumb"}))

    assert shown.split("\r\n")[:2] == [f"logtally {version('logtally')}", f"python {platform.python_version()}"]


def test_the_option_says_one_line() -> None:
    """As every command's does."""
    assert logtally("--version").stdout == f"logtally {version('logtally')}\n"
