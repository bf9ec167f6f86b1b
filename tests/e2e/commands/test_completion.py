"""What a shell is told when somebody presses tab."""

import shlex
import subprocess
from pathlib import Path

from tests.e2e.commands.logtally import LOGTALLY, environment, logtally


def test_bash_is_told_how_a_command_goes_on() -> None:
    """It hands over the words, and the number of the one that is being written."""
    done = logtally(variables={"_LOGTALLY_COMPLETE": "complete_bash", "COMP_WORDS": "logtally led", "COMP_CWORD": "1"})

    assert (done.returncode, done.stdout.split()) == (0, ["ledger"])


def test_bash_is_told_the_options_of_a_command() -> None:
    """Those of AWS, too."""
    line = "logtally ledger list --pro"
    done = logtally(variables={"_LOGTALLY_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": "3"})

    assert (done.returncode, done.stdout.split()) == (0, ["--profile"])


def test_zsh_is_told_with_what_it_is_for() -> None:
    """As an expression that it evaluates."""
    done = logtally(variables={"_LOGTALLY_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "logtally led"})

    assert done.returncode == 0
    assert done.stdout.startswith("""_arguments '*: :(("ledger":"Look into the ledger""")


def test_the_script_for_a_shell_asks_that_way(tmp_path: Path) -> None:
    """Which shell it is, is looked up among the processes above."""
    # With something behind it, bash stays there instead of becoming it.
    done = subprocess.run(
        ["/bin/bash", "-c", f"{shlex.join(LOGTALLY)} --show-completion; exit $?"],
        env=environment({"HOME": str(tmp_path)}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "_LOGTALLY_COMPLETE=complete_bash" in done.stdout
