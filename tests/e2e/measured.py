"""300 MB of logs, and what a real process holds in memory while it counts them."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from core.limits import MIB

RESIDENT_B_MAX: Final = 150 * MIB
LINES: Final = 10_000  # in a block
ERRORS_OF_BLOCK: Final = LINES // 20
SIZE_B_MIN: Final = 300_000_000

# The kernel counts what a process held before it became another program: so let a small one start it.
MEASURE: Final = """
import os, signal, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
signal.signal(signal.SIGTERM, lambda *_: process.terminate())
_, status, usage = os.wait4(process.pid, 0)
print(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), file=sys.stderr)
os._exit(os.waitstatus_to_exitcode(status))
"""


def block_of(hour: datetime) -> bytes:
    """Answer ten thousand lines, each minute of the hour again and again, one in twenty an error of `orders`."""
    return b"".join(
        b'{"ts":"%s:%02d:%02dZ","service":"orders","level":"%s","msg":"payment declined","orderId":"o-%06d"}\n'
        % (f"{hour:%Y-%m-%dT%H}".encode(), n // 60 % 60, n % 60, b"INFO" if n % 20 else b"ERROR", n)
        for n in range(LINES)
    )


@contextmanager
def measured(command: Sequence[str], *, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command whose stderr ends with the bytes that it held at most. SIGTERM is handed on to it.

    What still runs at the end of the block is told to stop.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-S", "-c", MEASURE, *command], stdin=pipe, stdout=pipe, stderr=pipe, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
