"""`analyze` before a person."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.analyze.command import BIN, environment
from tests.e2e.terminal import shown_on_a_terminal


def _on_a_terminal(*options: str, variables: Mapping[str, str]) -> str:
    code, shown = shown_on_a_terminal([str(BIN / "analyze"), *options], environment=environment(variables))
    assert code == 0
    return shown


TERMINAL = {"TERM": "xterm-256color", "COLUMNS": "100"}


def test_a_terminal_shows_a_table(log: Path) -> None:
    """With a bar for each service, in colour."""
    shown = _on_a_terminal("--local", str(log), "--threshold", "2", variables=TERMINAL)

    assert "\x1b[" in shown
    assert "ALERT" in shown
    assert "2 errors in 5 lines" in shown


def test_no_color_means_no_colour(log: Path) -> None:
    """https://no-color.org"""
    shown = _on_a_terminal("--local", str(log), "--threshold", "2", variables=TERMINAL | {"NO_COLOR": "1"})

    assert "\x1b[3" not in shown
    assert "ALERT" in shown


def test_json_on_a_terminal_when_asked(log: Path) -> None:
    """For somebody who wants to see what a program would."""
    shown = _on_a_terminal("--local", str(log), "--threshold", "2", "--json", variables=TERMINAL)

    assert json.loads(shown)["total"] == 2


def test_a_name_in_a_log_does_not_steer_the_terminal(tmp_path: Path) -> None:
    """Logs hold what strangers sent."""
    path = tmp_path / "log"
    path.write_bytes(json.dumps({"level": "ERROR", "service": "a\x1b]0;owned\x07[red]b"}).encode())

    shown = _on_a_terminal("--local", str(path), "--threshold", "2", variables=TERMINAL)

    assert "\x1b]0;" not in shown
    assert "[red]b" in shown
