"""Colours: for a person on a terminal who did not say no."""

import json

import pytest

from tests.e2e.commands.logtally import LOGTALLY, environment, logtally
from tests.e2e.terminal import shown_on_a_terminal

FORCED = {"FORCE_COLOR": "1", "PY_COLORS": "1", "GITHUB_ACTIONS": "true", "CI": "true", "CLICOLOR_FORCE": "1"}
ESCAPE = "\x1b["


@pytest.mark.parametrize(
    "words", [(), ("--help",), ("ledger", "list", "--help"), ("nonsense",), ("ledger", "list")], ids=" ".join
)
def test_a_pipe_gets_no_colours_whatever_the_environment_says(words: tuple[str, ...]) -> None:
    """What is behind it may be a file, or a program."""
    done = logtally(*words, variables=FORCED)

    assert ESCAPE not in done.stdout + done.stderr


def test_a_terminal_gets_them_unless_somebody_says_no() -> None:
    """NO_COLOR wins over whoever forces them: https://no-color.org."""
    terminal = {"TERM": "xterm-256color", "COLUMNS": "100"}

    _, coloured = shown_on_a_terminal([*LOGTALLY, "--help"], environment=environment(terminal))
    _, plain = shown_on_a_terminal(
        [*LOGTALLY, "--help"], environment=environment({**terminal, **FORCED, "NO_COLOR": "1"})
    )

    assert "\x1b[1;36m" in coloured
    assert "\x1b[1;36m" not in plain


def test_json_in_a_pipe_stays_json() -> None:
    """For the program that reads it."""
    assert "botocore" in json.loads(logtally("version", variables=FORCED).stdout)
