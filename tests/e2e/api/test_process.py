"""`logtally api`, as a process: how it begins, and how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from local.cloud import Cloud
from local.faults import Fault, Slow
from local.wiring import Wired
from tests.e2e.api.conftest import Files
from tests.http_server import Answered, Client

pytestmark = pytest.mark.slow

EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound here
STARTED = re.compile(rb'"port": (\d+).*"event": "api.started"')
LINE = b'{"ts":"2025-09-15T12:00:00Z","service":"orders","level":"ERROR"}\n'


def _environment(cloud: Cloud, wired: Wired, **settings: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **cloud.environment(wired), "LOGTALLY_API_PORT": "0", **settings}


@contextmanager
def _running(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], Client]]:
    command = [sys.executable, "-m", "cli", "api"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            found = STARTED.search(line)
            assert found, line
            yield process, Client(f"http://127.0.0.1:{int(found[1])}")
        finally:
            process.kill()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_api_ends_at_once(cloud: Cloud, wired: Wired, signum: int) -> None:
    """With 0: it was asked to."""
    with _running(_environment(cloud, wired)) as (process, client):
        assert client.ask("/health").json["status"] == "ok"
        process.send_signal(signum)

        assert process.wait(3) == 0


def test_the_health_check_asks_the_api_of_its_container(cloud: Cloud, wired: Wired) -> None:
    """With no setting but where that listens; all addresses are asked on the loopback."""
    with _running(_environment(cloud, wired)) as (process, client):
        port = client.url.rpartition(":")[2]
        well = _health(LOGTALLY_API_PORT=port)
        everywhere = _health(LOGTALLY_API_PORT=port, LOGTALLY_API_HOST=EVERYWHERE)
        process.kill()
        process.wait()
        gone = _health(LOGTALLY_API_PORT=port)

    assert (well, everywhere) == ((0, ""), (0, ""))
    assert gone == (1, f"error: no API answers on 127.0.0.1 port {port}: [Errno 111] Connection refused\n")


def test_something_else_on_its_port_is_no_healthy_api() -> None:
    """Nor is a port that can't be one."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        ThreadPoolExecutor() as threads,
    ):
        port = server.getsockname()[1]
        answering = threads.submit(_answer, server, b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n")
        other = _health(LOGTALLY_API_PORT=str(port))
        answering.result()

    assert other == (1, f"error: the API on 127.0.0.1 port {port} answers 500\n")
    assert _health(LOGTALLY_API_PORT="http")[0] == 2


def _answer(server: socket.socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answer)


def _health(**settings: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "cli", "api", "--health"]
    environment = {"PATH": os.environ["PATH"], **settings}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_who_waits_for_an_answer_gets_it_before_the_api_ends(cloud: Cloud, wired: Wired, files: Files) -> None:
    """Nobody new is taken."""
    files.put("a.jsonl", LINE)
    answers: list[Answered] = []
    slow = Fault(service="s3", operation="GetObject", kind=Slow(1.5))
    with _running(_environment(cloud, wired)) as (process, client), cloud.faults.inject(slow):
        path = f"/analyze?bucket={wired.bucket}&prefix=a&threshold=1"
        asking = threading.Thread(target=lambda: answers.append(client.ask(path)))
        asking.start()
        while not cloud.calls.count("s3", "GetObject"):
            assert asking.is_alive()
        process.send_signal(signal.SIGTERM)
        asking.join(10)

        assert process.wait(5) == 0
    assert answers[0].json["total"] == 1


@pytest.mark.parametrize(("seconds", "is_closed"), [("1", True), ("75", False)])
def test_a_connection_is_kept_for_as_long_as_somebody_said(
    cloud: Cloud, wired: Wired, seconds: str, *, is_closed: bool
) -> None:
    """A load balancer that asks on one that is being closed answers 502."""
    with (
        _running(_environment(cloud, wired, LOGTALLY_API_KEEP_ALIVE_S=seconds)) as (_, client),
        socket.create_connection(("127.0.0.1", int(client.url.rpartition(":")[2])), timeout=10) as connection,
    ):
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        connection.settimeout(6)  # longer than uvicorn's own five seconds
        received, closed = b"", False
        try:
            while piece := connection.recv(65536):
                received += piece
            closed = True
        except TimeoutError:
            pass
        assert received.startswith(b"HTTP/1.1 200")

    assert closed is is_closed


def test_clients_of_a_proxy_that_is_asked_over_http_come_by_https(cloud: Cloud, wired: Wired) -> None:
    """As behind CloudFront and a load balancer, whatever that says."""
    with _running(_environment(cloud, wired, LOGTALLY_API_SCHEME="https")) as (_, client):
        answered = client.ask("/health", headers={"X-Forwarded-Proto": "http"})

    assert "max-age=" in answered.headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LOGTALLY_API_HOST": EVERYWHERE}, r"LOGTALLY_API_HOST=0\.0\.0\.0 is open to others: set LOGTALLY_API_TOKEN"),
        ({"LOGTALLY_API_HOST": "192.0.2.1", "LOGTALLY_API_TOKEN": "x" * 16}, "is not of this machine"),
        ({"LOGTALLY_API_HOST": "no such name", "LOGTALLY_API_TOKEN": "x" * 16}, "is no address of this machine"),
        ({"LOGTALLY_API_TOKEN": "tooshort"}, "LOGTALLY_API_TOKEN: must be texts of 16 or more"),
        ({"LOGTALLY_API_TOKEN": "with a space in it"}, "LOGTALLY_API_TOKEN: must be texts of 16 or more"),
        ({"LOGTALLY_API_ACCESS": "yes"}, "LOGTALLY_API_ACCESS must be token or open, not yes"),
        ({"LOGTALLY_API_BUCKETS": ","}, "LOGTALLY_API_BUCKETS must be names with commas between them"),
        ({"LOGTALLY_API_SCHEME": "http"}, "LOGTALLY_API_SCHEME must be as-told or https, not http"),
        ({"LOGTALLY_API_KEEP_ALIVE_S": "0"}, "LOGTALLY_API_KEEP_ALIVE_S must be a whole number from 1 to 3600, not 0"),
        ({"LOGTALLY_API_ANALYSES": "0"}, "LOGTALLY_API_ANALYSES must be a whole number from 1 to 32, not 0"),
    ],
    ids=lambda value: "".join(value) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_one_line_and_shows_no_token(
    cloud: Cloud, wired: Wired, settings: dict[str, str], words: str
) -> None:
    """With 2, before anything listens."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", "api"],
        env=_environment(cloud, wired, **settings),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert re.search(words, line)
    assert settings.get("LOGTALLY_API_TOKEN", "a token") not in line


def test_without_a_bucket_nobody_could_ask_about_anything(cloud: Cloud, wired: Wired) -> None:
    """So it says which settings name one."""
    environment = _environment(cloud, wired)
    del environment["LOGTALLY_BUCKET"]

    done = subprocess.run(
        [sys.executable, "-m", "cli", "api"], env=environment, capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.returncode, done.stderr) == (
        2,
        "error: LOGTALLY_API_BUCKETS is not set, nor LOGTALLY_BUCKET: the buckets that may be asked about\n",
    )


def test_a_port_that_is_taken_is_said(cloud: Cloud, wired: Wired) -> None:
    """And which setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "cli", "api"],
            env=_environment(cloud, wired, LOGTALLY_API_PORT=str(port)),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert (done.returncode, done.stderr) == (
        2,
        f"error: LOGTALLY_API_PORT: 127.0.0.1 port {port} is taken: choose another\n",
    )
