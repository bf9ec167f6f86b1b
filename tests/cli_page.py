"""The page of all commands, `docs/cli.md`, made of the commands themselves.

`.venv/bin/python -m tests.cli_page` writes it anew.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Final

import typer

from cli.aws import OPTIONS
from cli.exits import Exit
from cli.main import app

PAGE: Final = Path(__file__).parents[1] / "docs" / "cli.md"
HEAD: Final = """\
# Commands

Every command of `logtally`, with its arguments and options: made of the commands themselves by `tests/cli_page.py`, and
what `--help` says. On a terminal a command draws tables; piped, or with `--json`, it prints one JSON object to stdout.
Words go to stderr. Nothing is coloured but on a terminal, and nothing at all if `NO_COLOR` is set.
`logtally --install-completion` teaches the shell to complete commands and options; `analyze` alone is
`logtally analyze`.
"""
# What a line that can be pasted begins with.
SHELL: Final = ("logtally ", "analyze ", "kubectl ", "curl ")
NUMBERS: Final = {int: "whole number", float: "number"}

Command = Any  # Typer's own copy of click's, which it does not export
Parameter = Any


def rendered() -> str:
    """Answer the page as it must be."""
    root = typer.main.get_command(app)
    parts = [HEAD, _exit_codes(), _of_aws(root)]
    parts += [_section(path, command, root) for path, command in commands()]
    return "\n".join(parts)


def commands() -> Iterator[tuple[str, Command]]:
    """Yield every command and every group of them, by what is typed, in the order of the help."""
    yield from _below("logtally", typer.main.get_command(app))


def examples(command: Command) -> list[str]:
    """Answer the lines of a command's help that can be pasted."""
    return [paragraph for paragraph in _paragraphs(command) if _can_be_pasted(paragraph)]


def _can_be_pasted(paragraph: str) -> bool:
    return f"{paragraph} ".startswith(SHELL)


def _below(path: str, command: Command) -> Iterator[tuple[str, Command]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below(f"{path} {name}", inner)


def _paragraphs(command: Command) -> list[str]:
    return [" ".join(paragraph.split()) for paragraph in (command.help or "").split("\n\n")]


def _exit_codes() -> str:
    rows = [f"| {code.value} | {code.words} |" for code in Exit]
    return "\n".join(["## Exit codes", "", "| code | what it says |", "| --- | --- |", *rows, ""])


def _of_aws(root: Command) -> str:
    words = "Every command that speaks to AWS takes these, before it or behind it; what is said last wins."
    return "\n".join(
        ["## Which AWS", "", words, "", *_options([one for one in root.params if one.name in OPTIONS]), ""]
    )


def _section(path: str, command: Command, root: Command) -> str:
    lines = [f"## `{path}`", ""]
    for paragraph in _paragraphs(command):
        lines += ["```sh", paragraph, "```", ""] if _can_be_pasted(paragraph) else [paragraph, ""]
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    of_aws = {one.name: one.help for one in root.params if one.name in OPTIONS}
    own = [one for one in options if one.help != of_aws.get(one.name)]
    if arguments:
        rows = [f"| `{one.metavar}` | {_cell(one.help)} |" for one in arguments]
        lines += ["| argument | what it says |", "| --- | --- |", *rows, ""]
    if own:
        lines += [*_options(own), ""]
    if len(own) < len(options):
        lines += ["It takes [`--profile`, `--region` and `--endpoint-url`](#which-aws), too.", ""]
    if inner := getattr(command, "commands", {}):
        rows = [f"| [`{path} {name}`](#{f'{path} {name}'.replace(' ', '-')}) |" for name in inner]
        lines += ["| command | what it does |", "| --- | --- |"]
        lines += [f"{row} {_cell(_paragraphs(of)[0])} |" for row, of in zip(rows, inner.values(), strict=True)]
        lines += [""]
    return "\n".join(lines)


def _options(options: Sequence[Parameter]) -> list[str]:
    rows = [f"| {_names(one)} | {_kind(one)} | {_default(one)} | {_cell(one.help)} |" for one in options]
    return ["| option | what it takes | default | what it says |", "| --- | --- | --- | --- |", *rows]


def _names(option: Parameter) -> str:
    return ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))


def _kind(option: Parameter) -> str:
    if option.is_flag:
        return ""
    kind = option.type_descriptor.annotation
    more = ", more than once" if option.multiple else ""
    if option.metavar:
        return f"`{option.metavar}`{more}"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    if kind in NUMBERS:
        limits = [f"from {option.min}"] if option.min is not None else []
        limits += [f"to {option.max}"] if option.max is not None else []
        return " ".join([NUMBERS[kind], *limits])
    return f"text{more}"


def _default(option: Parameter) -> str:
    if option.required:
        return "**must be said**"
    if option.secondary_opts and option.default is not None:
        return f"`{option.opts[0] if option.default else option.secondary_opts[0]}`"
    return "" if option.is_flag or option.default is None else f"`{option.default}`"


def _cell(text: str | None) -> str:
    return (text or "").replace("|", r"\|")


if __name__ == "__main__":
    PAGE.write_text(rendered(), encoding="utf-8")
