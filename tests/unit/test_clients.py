"""The clients of AWS: what they keep for the threads that use them."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import boto3
import pytest
from botocore.utils import parse_timestamp

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


@pytest.mark.parametrize(
    "told",
    [
        "2026-11-24T10:00:05.000Z",
        "2026-11-24T10:00:05Z",
        "2026-11-24T12:00:05+02:00",
        "Tue, 24 Nov 2026 10:00:05 GMT",
        "2026-11-24T10:00:05",
        1795514405,
        1795514405.25,
        "1795514405",
    ],
)
def test_times_are_read_as_botocore_reads_them(told: str | float) -> None:
    """In every form that AWS writes them, only sooner."""
    at, expected = clients.timestamp_of(told), parse_timestamp(told)  # type: ignore[arg-type]  # the stubs know texts alone

    assert (at, at.utcoffset()) == (expected, expected.utcoffset())


def test_a_listing_is_read_with_our_reader_of_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a time for each of a thousand keys."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    item = "<Contents><Key>a</Key><LastModified>2026-11-24T10:00:05.000Z</LastModified><ETag>e</ETag></Contents>"
    body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{item}</ListBucketResult>".encode()

    with serving(lambda _: Answer(200, [body], len(body), {"Content-Type": "application/xml"})) as (endpoint, _):
        s3 = clients.s3(clients.session(region="eu-west-1"), endpoint_url=endpoint)
        (listed,) = s3.list_objects_v2(Bucket="logs")["Contents"]
        s3.close()

    assert listed["LastModified"] == datetime(2026, 11, 24, 10, 0, 5, tzinfo=UTC)
    assert listed["LastModified"].tzinfo is UTC  # botocore's own makes another
