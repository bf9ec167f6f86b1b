"""`logtally local up`, as a user runs it: what it prints is good, and nothing of it stays behind."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest
import urllib3

from core.aws import clients
from local.logs import log_file
from local.truth import Counts, errors_held, errors_in

pytestmark = pytest.mark.slow

UP = [sys.executable, "-m", "cli", "local", "up"]
WITHOUT_THE_EXTRA = """
import sys
sys.modules["ministack"] = None
from cli.main import run
run()
"""


class Up:
    """A running `logtally local up` on a free port, in a session of its own as in a terminal of its own."""

    def __init__(self, words: Path, *options: str) -> None:
        self._words = words
        with words.open("wb") as stderr:
            command = [*UP, "--port", "0", "--api-port", "0", *options]
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=stderr, text=True, start_new_session=True
            )
        assert self.process.stdout is not None
        self.lines = [self.process.stdout.readline().rstrip("\n") for _ in range(6)]
        until(lambda: "worker.started" in self.words)

    @property
    def words(self) -> str:
        return self._words.read_text()

    @property
    def exported(self) -> dict[str, str]:
        return dict(pair.split("=", 1) for pair in self.lines[0].removeprefix("export ").split())

    @property
    def endpoint(self) -> str:
        return self.printed(r"--endpoint-url (\S+)")

    @property
    def worker(self) -> int:
        """The process that works now."""
        return int(re.findall(r"process (\d+)", self.words)[-1])

    def printed(self, pattern: str) -> str:
        found = re.search(pattern, "\n".join(self.lines))
        assert found is not None
        return found[1]

    def session(self) -> boto3.Session:
        return boto3.Session(
            aws_access_key_id=self.exported["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.exported["AWS_SECRET_ACCESS_KEY"],
            region_name=self.exported["AWS_REGION"],
        )

    def put(self, key: str, body: bytes) -> None:
        bucket = self.printed(r"s3://([^/]+)/")
        clients.s3(self.session(), endpoint_url=self.endpoint).put_object(Bucket=bucket, Key=key, Body=body)

    def counted(self) -> Counts:
        now = datetime.now(UTC)
        return errors_held(
            clients.cloudwatch_read(self.session(), endpoint_url=self.endpoint),
            environment="local",
            since=now - timedelta(hours=2),
            until=now + timedelta(hours=1),
            statistic="Sum",
        )

    def alerts(self) -> list[Any]:
        sqs = clients.sqs_receive(self.session(), endpoint_url=self.endpoint)
        url = self.printed(r"--queue-url (\S+)")
        return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20).get("Messages", [])

    def left(self) -> bool:
        """Whether any process of its session is left, once it has ended itself."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()  # killed, it could not clean up
            self.process.wait(20)
        if self.left():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    started = Up(tmp_path / "words", "--no-logs")
    yield started
    started.end()


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Up]:
    started = Up(tmp_path / "words")
    yield started
    started.end()


def test_rules_can_be_tried_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the environment, and no other setting of it: that would lead to somebody's own account."""
    rules = '[{"name": "pino", "prefix": "web/", "preset": "pino", "threshold": 1}, {"name": "rest", "ignore": true}]'
    monkeypatch.setenv("LOGTALLY_RULES", rules)
    monkeypatch.setenv("LOGTALLY_TABLE", "no-such-table")
    started = Up(tmp_path / "words", "--no-logs")
    try:
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        started.put("web/app.jsonl", b'{"level":50,"time":%d,"name":"api","msg":"m"}\n' % (now.timestamp() * 1000))
        started.put("app.jsonl", b'{"level":"ERROR"}\n')
        until(lambda: started.counted() == {("api", now): 1})
        alerts = started.alerts()
    finally:
        started.end()

    assert "What rings is as you set it: LOGTALLY_RULES." in started.words
    assert (len(alerts), started.process.returncode) == (1, 0)


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 45
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def test_a_file_is_counted_and_rings_and_ctrl_c_ends_all_of_it(up: Up) -> None:
    """Ctrl-C reaches the worker too, as in a terminal: it drains all the same, and nothing stays behind."""
    start = datetime.now(UTC) - timedelta(minutes=30)
    file = log_file(Random(5), prefix="app/", start=start, minutes=20, errors=7, lines=20)
    up.put(file.key, file.body)

    until(lambda: up.counted() == errors_in([file]))
    (alert,) = up.alerts()
    assert f"7 errors in s3://logtally-local-logs/{file.key}" in alert["Body"]

    os.killpg(up.process.pid, signal.SIGINT)
    assert up.process.wait(20) == 0
    assert not up.left()
    assert "worker.stopped" in up.words
    assert "Traceback" not in up.words


@pytest.mark.skipif(shutil.which("aws") is None, reason="the printed lines are for the AWS CLI: pip install awscli")
def test_the_printed_lines_show_the_way_of_a_file(filled: Up, tmp_path: Path) -> None:
    """Pasted into a plain shell as they are."""
    export, put, read, receive, _, _ = filled.lines

    def pasted(line: str) -> str:
        ended = subprocess.run(
            ["/bin/sh", "-c", f"{export}\n{line}"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
        )
        return ended.stdout

    pasted(put)
    until(lambda: '"Sum": 2.0' in pasted(read))
    assert "  checkout  2\n  search    1\n" in pasted(receive)
    assert not pasted(receive)  # it rang once


def test_the_page_shows_logs_from_the_start_and_the_last_lines_ask_about_a_file(filled: Up) -> None:
    """With the settings that the first line exports; and nothing has rung that somebody would take for their own."""
    page = re.search(r"A page to look at: (\S+)", filled.words)
    assert page is not None
    shown = urllib3.request("GET", page[1]).data.decode()
    assert "shop/" in shown
    assert "broken/truncated.jsonl.gz" in shown
    assert not filled.alerts()

    filled.put("app.jsonl", b'{"ts":"2025-09-15T12:00:00Z","service":"checkout","level":"ERROR"}\n' * 3)
    ask = filled.printed(r"curl '(\S+)'")
    until(lambda: urllib3.request("GET", ask).json()["source"] == "ledger")
    assert urllib3.request("GET", ask).json()["byService"] == {"checkout": 3}
    command = filled.lines[-1].removeprefix("logtally ").split()
    environment = {"PATH": os.environ["PATH"]} | filled.exported
    told = subprocess.run(
        [sys.executable, "-m", "cli", *command], env=environment, capture_output=True, text=True, timeout=30, check=True
    )
    assert "outside CloudWatch's window" in told.stdout


def test_a_killed_worker_is_followed_by_another_one(up: Up) -> None:
    """And SIGTERM ends that one as Ctrl-C does."""
    file = log_file(
        Random(6), prefix="app/", start=datetime.now(UTC) - timedelta(minutes=30), minutes=20, errors=2, lines=9
    )
    first = up.worker
    os.kill(first, signal.SIGKILL)
    up.put(file.key, file.body)

    until(lambda: up.counted() == errors_in([file]))
    assert up.worker != first

    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(20) == 0
    assert not up.left()


def test_a_worker_that_ends_by_itself_ends_it_all(up: Up) -> None:
    """With 1 and a line that says so."""
    os.kill(up.worker, signal.SIGTERM)

    assert up.process.wait(20) == 1
    assert up.words.splitlines()[-1].startswith("error: the worker ended by itself, with 0")
    assert not up.left()


@pytest.mark.parametrize("option", ["--port", "--api-port"])
def test_a_port_that_is_taken_is_one_clear_line(option: str) -> None:
    """And the end of it, with 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"--port": "0", "--api-port": "0"} | {option: str(port)}
        words = [word for pair in ports.items() for word in pair]
        ended = subprocess.run([*UP, *words], capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode == 2
    assert not ended.stdout
    (line,) = ended.stderr.splitlines()
    assert line == f"error: port {port} of 127.0.0.1 is taken: choose another with {option}; 0 is a free one"


@pytest.mark.parametrize("command", [["local", "up"], ["demo"]], ids=" ".join)
def test_without_the_extra_one_line_says_what_to_install(command: list[str]) -> None:
    """And it ends with 2."""
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_EXTRA, *command], capture_output=True, text=True, timeout=30, check=False
    )

    assert ended.returncode == 2
    assert (
        ended.stderr
        == "error: the local cloud is not installed: pip install 'logtally[local]', or -e '.[local]' here\n"
    )
