"""What strangers try: they get no further, and leave no traces of others."""

import io
import json
import logging
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import boto3
import pytest
import structlog

from api.connections import Impatient
from core.logs import LogFormat, LogLevel, configure
from local.clock import VirtualClock
from local.cloud import Cloud
from local.faults import Fault, Slow
from local.wiring import Wired
from tests.api_app import api_app
from tests.e2e.api.conftest import LINES, Files, Serve
from tests.e2e.hands import alerts_in
from tests.http_server import Client, over_http

TOKEN = "a-token-nobody-may-read"


class Hurried(Impatient):
    connections_max = 20
    request_s_max = 0.3


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log, as a container writes it."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    configure(level=LogLevel.INFO, log_format=LogFormat.JSON, environ={})
    structlog.configure(cache_logger_on_first_use=False)  # the next test has a log of its own
    yield stderr
    structlog.reset_defaults()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _connected(client: Client) -> socket.socket:
    host, port = client.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=5)


def _sent(client: Client, *parts: bytes) -> bytes:
    """Send what is given, and answer the beginning of what comes back."""
    with _connected(client) as connection:
        for part in parts:
            connection.sendall(part)
        return connection.recv(65536)


def _is_closed(connection: socket.socket) -> bool:
    """Wait until the other side has closed it."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_form_that_breaks_off_leaves_no_token_in_the_log_and_no_traceback(
    said: io.StringIO, cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired
) -> None:
    """It is one line, as any request is."""
    with over_http(api_app(cloud, clock, aws, wired, api_token=(TOKEN,))) as client:
        form = f"token={TOKEN}".encode()
        with _connected(client) as connection:
            connection.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\n" + form)
        deadline = time.monotonic() + 5
        while "request.handled" not in said.getvalue():
            assert time.monotonic() < deadline

    (line,) = map(json.loads, said.getvalue().splitlines())
    assert (line["event"], line["status"]) == ("request.handled", 499)


def test_a_fault_of_ours_leaves_no_token_in_the_log(
    said: io.StringIO, cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired
) -> None:
    """The traceback is there, and the values of its variables are not. And /ready names the part."""
    broken = {"pk": {"S": "writer"}, "sk": {"S": "0"}}
    aws.client("dynamodb", endpoint_url=cloud.endpoint).put_item(TableName=wired.table, Item=broken)
    s3 = aws.client("s3", endpoint_url=cloud.endpoint)
    s3.put_object(Bucket=wired.bucket, Key="a.jsonl", Body=LINES)
    with over_http(api_app(cloud, clock, aws, wired, api_token=(TOKEN,))) as client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = client.ask(f"/notify?bucket={wired.bucket}&prefix=a&threshold=1", headers=headers)
        parts = client.ask("/ready").json["parts"]

    assert answer.status == 500
    assert "KeyError" in said.getvalue()
    assert TOKEN not in said.getvalue()
    assert parts["table"] == "a fault of logtally: its log says more"
    assert parts["topic"] == "ok"


@pytest.mark.parametrize("path", ["/", "/analyze?bucket=x&prefix=&threshold=1", "/ready", "/docs"])
@pytest.mark.parametrize("host", ["evil.example", "a{b.evil.example:8000", "evil.example:99999"])
def test_without_a_token_no_name_of_somebody_else_leads_here(api: Client, path: str, host: str) -> None:
    """Whatever is asked."""
    assert api.ask(path, headers={"Host": host}).status == 403


@pytest.mark.parametrize("line", ["POST /login", "GET /analyze?bucket={bucket}&prefix=&threshold=1"])
def test_a_body_in_pieces_that_is_too_long_is_refused_as_such(
    serve: Serve, wired: Wired, cloud: Cloud, line: str
) -> None:
    """Not as if the client had left; whoever looks for it."""
    client = serve(api_token=(TOKEN,))
    first = line.format(bucket=wired.bucket).encode() + b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
    head = first + TOKEN.encode() + b"\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"

    slow = Fault(service="s3", operation="ListObjectsV2", kind=Slow(1.0), nth=None)
    with cloud.faults.inject(slow):
        answer = _sent(client, head, (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 5 + b"0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_connections_that_say_nothing_are_closed_and_there_are_never_too_many(
    cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired
) -> None:
    """Others are answered all the while."""
    with over_http(api_app(cloud, clock, aws, wired), http=Hurried) as client, ExitStack() as opened:
        silent = [opened.enter_context(_connected(client)) for _ in range(2 * Hurried.connections_max)]
        half = opened.enter_context(_connected(client))
        half.sendall(b"GET /health HTTP/1.1\r\nHost:")

        assert all(map(_is_closed, [*silent, half]))
        assert client.ask("/health").status == 200


def test_who_has_left_is_not_alerted(api: Client, files: Files, wired: Wired, cloud: Cloud, aws: boto3.Session) -> None:
    """They may ask again, and would be alerted twice."""
    files.put("a.jsonl", LINES)
    slow = Fault(service="s3", operation="GetObject", kind=Slow(0.6))
    with cloud.faults.inject(slow), _connected(api) as connection:
        query = f"bucket={wired.bucket}&prefix=a&threshold=1".encode()
        connection.sendall(b"GET /notify?" + query + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while not cloud.calls.count("s3", "GetObject"):
            time.sleep(0.01)
    deadline = time.monotonic() + 3
    while all(call.status is None for call in cloud.calls.of("s3", "GetObject")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.3)

    assert not alerts_in(aws, cloud, wired)
    assert not cloud.calls.count("dynamodb", "TransactWriteItems")
