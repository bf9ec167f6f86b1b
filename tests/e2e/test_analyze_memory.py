"""Memory does not grow with the file: 300 MB through a real process, in each of the ways they come."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.measured import ERRORS_OF_BLOCK, RESIDENT_B_MAX, SIZE_B_MIN, block_of, measured
from tests.s3_stub import Answer, Request, serving

BLOCK = block_of(datetime(2025, 9, 15, 12, tzinfo=UTC))
BLOCKS = SIZE_B_MIN // len(BLOCK) + 1
ERRORS = BLOCKS * ERRORS_OF_BLOCK
SIZE_B = BLOCKS * len(BLOCK)


@contextmanager
def _measured(*options: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-central-1",
    }
    command = [str(Path(sys.executable).parent / "analyze"), *options]
    with measured(command, environment=environment) as process:
        yield process


def _assert_all_counted_in_little_memory(process: subprocess.Popen[bytes]) -> None:
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    assert json.loads(stdout)["total"] == ERRORS
    assert int(stderr) < RESIDENT_B_MAX


@pytest.mark.slow
def test_300_mb_through_a_pipe() -> None:
    """Nobody knows how long it will be."""
    with _measured("--local", "-", "--threshold", "1") as process:
        assert process.stdin is not None
        for _ in range(BLOCKS):
            process.stdin.write(BLOCK)
        _assert_all_counted_in_little_memory(process)


@pytest.mark.slow
def test_300_mb_in_a_gzip_file(tmp_path: Path) -> None:
    """Of which little is left when it is packed."""
    path = tmp_path / "app.jsonl.gz"
    with path.open("wb") as file:
        file.writelines([gzip.compress(BLOCK * 10, 1)] * (BLOCKS // 10))
        file.write(gzip.compress(BLOCK * (BLOCKS % 10), 1))

    with _measured("--local", str(path), "--threshold", "1") as process:
        _assert_all_counted_in_little_memory(process)


@pytest.mark.slow
def test_300_mb_from_s3() -> None:
    """With boto3 in memory, too."""

    def answer(request: Request) -> Answer:
        if "list-type=2" in request.path:
            listing = (
                b"<ListBucketResult><Contents><Key>app.jsonl</Key><LastModified>2025-09-15T13:00:00Z</LastModified>"
                b"<ETag>&quot;abc&quot;</ETag><Size>%d</Size></Contents></ListBucketResult>" % SIZE_B
            )
            return Answer(200, [listing], len(listing), {"Content-Type": "application/xml"})
        return Answer(200, (BLOCK for _ in range(BLOCKS)), SIZE_B, {"ETag": '"abc"'})

    with (
        serving(answer) as (endpoint, _),
        _measured("--bucket", "b", "--prefix", "app", "--threshold", "1", "--endpoint-url", endpoint) as process,
    ):
        _assert_all_counted_in_little_memory(process)
