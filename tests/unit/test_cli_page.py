"""The page of all commands, and what every command says of itself."""

from typing import Any

import pytest

from tests.cli_page import PAGE, commands, examples, rendered

COMMANDS = {path: command for path, command in commands() if not hasattr(command, "commands")}


def test_the_page_lists_the_commands_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """`.venv/bin/python -m tests.cli_page` writes it anew. Neither a terminal nor its colours change it."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert PAGE.read_text(encoding="utf-8") == rendered()


@pytest.mark.parametrize("path", COMMANDS, ids=str)
def test_a_command_says_what_it_is_for_with_an_example(path: str) -> None:
    """One that can be pasted, and calls it; each of its parameters says what it is."""
    command: Any = COMMANDS[path]

    calls = (f"{path} ", f"{path.removeprefix('logtally ')} ")
    assert any(f"{example} ".startswith(calls) for example in examples(command))
    assert [one.name for one in command.params if not one.help] == []
