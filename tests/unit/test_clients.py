"""The clients of AWS: what they keep for the threads that use them."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from core.aws import clients
from tests.s3_stub import Answer, Request, serving, whole

THREADS = 4


def _discarded(caplog: pytest.LogCaptureFixture, *, connections: int) -> int:
    """Let some threads call at once, twice. Answer how many connections were thrown away."""
    meet = threading.Barrier(THREADS)

    def answer(_: Request) -> Answer:
        meet.wait(10)
        return whole(b"log", etag="abc")

    aws = boto3.Session("id", "secret", region_name="eu-west-1")
    with (
        caplog.at_level(logging.WARNING, logger="urllib3"),
        serving(answer) as (endpoint, _),
        ThreadPoolExecutor(THREADS) as threads,
    ):
        s3 = clients.clients_of(aws, endpoint_url=endpoint, connections=connections).s3
        bodies = threads.map(lambda _: s3.get_object(Bucket="logs", Key="a")["Body"].read(), range(2 * THREADS))
        assert set(bodies) == {b"log"}
        s3.close()
    return sum("discarding connection" in record.message for record in caplog.records)


def test_each_thread_has_a_connection_that_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    """One that is thrown away costs a handshake, and a line of somebody else's in the log."""
    assert _discarded(caplog, connections=THREADS) == 0


def test_with_fewer_connections_than_threads_some_are_thrown_away(caplog: pytest.LogCaptureFixture) -> None:
    """So the number must follow that of the threads."""
    assert _discarded(caplog, connections=THREADS - 1) > 0
