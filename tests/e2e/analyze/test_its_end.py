"""`analyze` where it can not go on: a closed pipe, a full disk, Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.analyze.command import BIN, LOG, environment


def test_a_closed_pipe_is_no_stack_trace(log: Path) -> None:
    """`analyze … | head` ends as other tools do."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [str(BIN / "analyze"), "--local", str(log), "--threshold", "1"]
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, check=False, env=environment())

    assert done.returncode == 141
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("redirection", "code", "line"),
    [
        (">/dev/full", 1, "error: the answer can't be written: No space left on device\n"),
        (">&-", 1, "error: stdout is closed: there is nowhere to answer to\n"),
        ("<&- --local -", 2, "error: -: standard input is closed\n"),
    ],
)
def test_what_can_not_be_written_or_read_is_one_clear_line(log: Path, redirection: str, code: int, line: str) -> None:
    """A full disk is no bug of ours."""
    command = f'"$1" --local "$2" --threshold 1 {redirection}'
    shell = ["sh", "-c", command, "sh", str(BIN / "analyze"), str(log)]

    done = subprocess.run(shell, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, env=environment())

    assert (done.returncode, done.stderr.decode()) == (code, line)


def test_ctrl_c_ends_with_130_and_no_stack_trace() -> None:
    """Whoever waits for a pipe may stop waiting."""
    command = [str(BIN / "analyze"), "--local", "-", "--threshold", "1"]
    # What a shell starts in the background ignores Ctrl-C, and so do these tests, and all that they start.
    heeding = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", heeding, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(LOG * 10_000)  # far more than a pipe holds: once it is through, it is being read
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)
        words = process.stderr.read()

    assert code == 130
    assert words == b""
