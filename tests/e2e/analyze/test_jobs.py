"""`analyze --jobs`: several processes, and one answer."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.reading.disk import CUT_B_MIN
from core.limits import LINE_B_MAX, SERVICES_SEEN_MAX
from tests.e2e.analyze.command import BIN, LOG, analyze, environment
from tests.e2e.terminal import shown_on_a_terminal

HEEDING = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
SERVICES = b"".join(b'{"level":"ERROR","service":"s%d"}\n' % n for n in range(SERVICES_SEEN_MAX + 1))


@pytest.fixture(scope="module")
def lines() -> bytes:
    """More than are cut, odd at both ends."""
    block = LOG * 100 + b"Traceback\n\n# comment\r\n" + b'{"level":"ERROR"}\n' + b"x" * 300 + b"\xff\n"
    return block * (CUT_B_MIN * 5 // 4 // len(block))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b"\xef\xbb\xbf", b'{"level":"ERROR","service":"unended"}'),
        (b"x" * 20 * LINE_B_MAX + b"\n", b"y" * LINE_B_MAX),
        (b"", SERVICES),
    ],
    ids=["plain", "byte order mark, no end", "a line longer than a part", "too many services"],
)
def test_any_number_of_jobs_gives_the_same_bytes(lines: bytes, before: bytes, after: bytes, tmp_path: Path) -> None:
    """Nobody may have to ask how many there were."""
    path = tmp_path / "large"
    path.write_bytes(before + lines + after)
    options = (str(path), "--threshold", "2")

    one, several = (analyze(*options, "--jobs", jobs) for jobs in ("1", "3"))

    assert one.returncode == 0
    assert (several.returncode, several.stdout, several.stderr) == (one.returncode, one.stdout, one.stderr)


@pytest.mark.slow
def test_what_is_no_text_is_refused_by_any_number_of_jobs(tmp_path: Path) -> None:
    """Only all of the file can say it."""
    path = tmp_path / "large"
    path.write_bytes(b"\xff\n" + (b"x" * 9999 + b"\n") * (CUT_B_MIN // 9999 + 1))

    one, several = (analyze(str(path), "--threshold", "2", "--jobs", jobs) for jobs in ("1", "2"))

    assert one.returncode == 1
    assert (several.returncode, several.stdout, several.stderr) == (1, b"", one.stderr)


@pytest.mark.slow
def test_several_files_are_read_side_by_side(lines: bytes, tmp_path: Path) -> None:
    """Large and small, packed and missing; the answer is that of one job."""
    (tmp_path / "a").write_bytes(lines)
    (tmp_path / "b").write_bytes(LOG)
    (tmp_path / "c").write_bytes(gzip.compress(lines, 1))
    (tmp_path / "e").write_bytes(gzip.compress(LOG)[:-5])
    names = [str(tmp_path / name) for name in "abcdeba"]

    one, several = (analyze(*names, "--threshold", "2", "--jobs", jobs) for jobs in ("1", "2"))

    assert one.returncode == 1
    assert len(one.stdout.splitlines()) == 5
    assert (several.returncode, several.stdout, several.stderr) == (one.returncode, one.stdout, one.stderr)


@contextmanager
def _reading(path: Path, *, jobs: int) -> Iterator[tuple["subprocess.Popen[bytes]", list[int]]]:
    """Start it on a file that takes long, in a group of its own, and wait until its processes are there."""
    command = [sys.executable, "-c", HEEDING, str(BIN / "analyze"), str(path), "--threshold", "2", "--jobs", str(jobs)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment(), start_new_session=True) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        deadline = time.monotonic() + 30
        while len(found := children.read_text().split()) < jobs and time.monotonic() < deadline:
            time.sleep(0.005)
        yield process, [int(pid) for pid in found]


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _wait_until_gone(pids: Sequence[int]) -> None:
    deadline = time.monotonic() + 30
    while any(map(_runs, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(_runs, pids))


@pytest.fixture
def endless(lines: bytes, tmp_path: Path) -> Path:
    """A file that takes long to read: mostly one line that is held by nobody, and needs no room on the disk."""
    path = tmp_path / "endless"
    with path.open("wb") as file:
        file.write(lines)
        file.truncate(20 * 1024**3)
    return path


linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


@linux
@pytest.mark.slow
@pytest.mark.parametrize("group", [True, False], ids=["as a terminal does", "the first process alone"])
def test_ctrl_c_ends_all_processes_without_a_word(endless: Path, *, group: bool) -> None:
    """Nothing is left behind that would go on reading."""
    with _reading(endless, jobs=2) as (process, children):
        (os.killpg if group else os.kill)(process.pid, signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)

    assert (process.returncode, stdout, stderr) == (130, b"", b"")
    assert len(children) == 2
    _wait_until_gone(children)


@linux
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_processes_do_not_outlive_the_one_that_started_them(endless: Path, number: signal.Signals) -> None:
    """Even where that had no chance to end them."""
    with _reading(endless, jobs=2) as (process, children):
        process.send_signal(number)
        process.communicate(timeout=30)

    assert len(children) == 2
    _wait_until_gone(children)


@linux
@pytest.mark.slow
def test_a_process_that_is_killed_is_one_clear_line(endless: Path) -> None:
    """As the kernel does it when memory is short."""
    with _reading(endless, jobs=2) as (process, children):
        os.kill(children[0], signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=30)

    assert (process.returncode, stdout) == (1, b"")
    assert stderr.decode() == (
        f"error: {endless}: the process that read it was killed by signal 9; if memory is short, say --jobs 1\n"
    )


@linux
@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_is_cut_short_while_it_is_read_is_no_report(endless: Path, jobs: int) -> None:
    """What had been read is not what it holds."""
    command = [str(BIN / "analyze"), str(endless), "--threshold", "2", "--jobs", str(jobs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        fds = Path(f"/proc/{process.pid}/fd")
        deadline = time.monotonic() + 30
        seen = 0  # in a row: it is also opened for a moment to see whether it can be cut
        while seen < 3 and time.monotonic() < deadline:
            time.sleep(0.005)
            seen = seen + 1 if any(_leads_to(fd, endless) for fd in fds.iterdir()) else 0
        os.truncate(endless, CUT_B_MIN)
        stdout, stderr = process.communicate(timeout=30)

    assert (process.returncode, stdout) == (1, b"")
    assert stderr.decode() == f"error: {endless}: was cut short while it was read; try again\n"


def _leads_to(fd: Path, path: Path) -> bool:
    try:
        return fd.readlink() == path
    except FileNotFoundError:
        return False


@linux
@pytest.mark.slow
def test_long_work_shows_a_bar_on_a_terminal_and_takes_it_away(lines: bytes, tmp_path: Path) -> None:
    """What stays is the answer."""
    for name in "ab":
        (tmp_path / name).write_bytes(lines * 3)
    variables = {"TERM": "xterm-256color", "COLUMNS": "120", "NO_COLOR": "1"}
    command = [str(BIN / "analyze"), str(tmp_path / "*"), "--threshold", "2", "--json"]

    code, shown = shown_on_a_terminal(command, environment=environment(variables))

    assert code == 0
    assert "of 2 files" in shown
    assert "MB/s" in shown
    assert "\x1b[3" not in shown
    reports = [json.loads(line[line.index("{") :]) for line in shown.splitlines() if '"total"' in line]
    assert [report["key"] for report in reports] == [str(tmp_path / name) for name in "ab"]


def test_short_work_shows_no_bar(log: Path) -> None:
    """It would only flicker."""
    variables = {"TERM": "xterm-256color", "COLUMNS": "120"}

    _, shown = shown_on_a_terminal(
        [str(BIN / "analyze"), str(log), "--threshold", "2", "--json"], environment=environment(variables)
    )

    assert shown.count("\n") == 1
    assert shown.startswith("{")
