"""A terminal, as a command sees one."""

import os
import pty
import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import Final

STYLE: Final = re.compile(r"\x1b\[[0-9;]*m")


def shown_on_a_terminal(command: Sequence[str], *, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command in a terminal. Answer its exit code, and all that it showed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    return process.returncode, shown.decode()


def strip(shown: str) -> str:
    """Answer what is to be read of what a terminal showed, without colours."""
    return STYLE.sub("", shown)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""
