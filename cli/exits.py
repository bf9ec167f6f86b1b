"""How a command ends: what it prints, and with which number."""

import os
import sys
from enum import IntEnum
from typing import Final, NoReturn

import typer
from typer._click.exceptions import ClickException  # Typer's copy of click, which it does not export

from core.errors import LogtallyError, Usage, WrongSettings
from core.printable import printable


class Exit(IntEnum):
    """The numbers that we end a command with."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    ALERT = 3
    WAITS = 4
    INTERRUPTED = 130  # 128 + SIGINT: Typer's own, too
    CLOSED_PIPE = 141  # 128 + SIGPIPE

    @property
    def words(self) -> str:
        """What the number says, for the page of all commands."""
        return WORDS[self]


WORDS: Final = {
    Exit.DONE: "it worked",
    Exit.FAILED: "refused, failed, or not read to its end",
    Exit.USAGE: "wrong usage or settings, or nothing found",
    Exit.ALERT: "the file rings, and `--fail-on-alert` asked",
    Exit.WAITS: "nothing is wrong, but not all is over, or can be compared, yet",
    Exit.INTERRUPTED: "Ctrl-C ended it",
    Exit.CLOSED_PIPE: "whoever read the output has gone",
}


def run(app: typer.Typer) -> NoReturn:
    """Run the command line and end the process. What a user can cause is one line on stderr, never a stack trace."""
    if sys.stdout is None:  # closed by whoever started us
        say("error: stdout is closed: there is nowhere to answer to")
        sys.exit(Exit.FAILED)
    if not sys.stdout.isatty():
        # Typer would colour its help in a pipe, too, when it runs in GitHub's CI or is told to by FORCE_COLOR.
        os.environ["_TYPER_FORCE_DISABLE_TERMINAL"] = "1"
    try:
        sys.exit(_run(app))
    except BrokenPipeError:
        code = Exit.CLOSED_PIPE
    except OSError as exc:
        say(f"error: the answer can't be written: {exc.strerror}")
        code = Exit.FAILED
    # Python flushes once more on its way out, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def say(words: str) -> None:
    """Tell the user, on stderr. Control characters in names from elsewhere do not reach the terminal."""
    typer.echo(printable(words), err=True)


def _run(app: typer.Typer) -> int:
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except ClickException as exc:
        if words := exc.format_message():  # none: it has shown the help already
            say(f"error: {words} (see --help)")
        return exc.exit_code
    except LogtallyError as exc:
        for line in exc.problems if isinstance(exc, WrongSettings) else [exc]:
            say(f"error: {line}")
        return Exit.USAGE if isinstance(exc, Usage) else Exit.FAILED
    except SystemExit as exc:
        if isinstance(exc.__context__, BrokenPipeError):  # Typer makes a plain 1 of it
            raise exc.__context__ from exc
        raise
    return code if isinstance(code, int) else Exit.DONE
