"""The log: whole lines, whoever writes at the same time."""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys, threading
import structlog
from core.logs import LogFormat, LogLevel, configure

configure(level=LogLevel.INFO, log_format=LogFormat.JSON, environ={})
log = structlog.get_logger()

def say():
    for n in range(400):
        log.info("object.counted", n=n, key="k" * 200)
        sys.stderr.write('{"_aws":{}}' + chr(10))
        sys.stderr.flush()

threads = [threading.Thread(target=say) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_lines_stay_whole_when_several_threads_and_processes_write(tmp_path: Path) -> None:
    """A line that another one ran into would be read by nobody."""
    with (tmp_path / "log").open("ab") as log:
        processes = [subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=log) for _ in range(2)]
        assert [process.wait(60) for process in processes] == [0, 0]

    lines = (tmp_path / "log").read_text().splitlines()
    assert len([line for line in lines if json.loads(line).get("event") == "object.counted"]) == 2 * 4 * 400
    assert len(lines) == 2 * 2 * 4 * 400


TERMINAL = """
import structlog
from core.logs import LogFormat, LogLevel, configure

configure(level=LogLevel.INFO, log_format=LogFormat.CONSOLE, environ={})
secret = "a-token-nobody-may-read"
log = structlog.get_logger()
log.info("request.handled", path="/\x1b[2J\x9b2J\x07")
try:
    raise KeyError("seq")
except KeyError:
    log.exception("request.surprised")
"""


def test_a_terminal_is_steered_by_no_text_and_shows_no_values_of_variables() -> None:
    """Strangers choose the one, and tokens may be among the other."""
    done = subprocess.run([sys.executable, "-c", TERMINAL], capture_output=True, text=True, timeout=60, check=True)

    assert "KeyError: 'seq'" in done.stderr
    assert "a-token" not in done.stderr.replace('secret = "a-token-nobody-may-read"', "")
    for steering in ("\x1b[2J", "\x9b", "\x07"):
        assert steering not in done.stderr
