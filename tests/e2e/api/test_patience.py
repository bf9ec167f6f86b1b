"""What takes too long for somebody who waits: it ends, and says what to do."""

import gzip
from collections.abc import Iterator
from typing import TypeVar

import pytest

from api.asked import Ask
from api.problems import TooLarge, status_of
from api.reports import Reports
from core.aws import clients
from core.aws.history import History
from core.aws.ledger import Ledger
from core.aws.objects import Objects
from core.aws.table import Table
from core.model import Rule
from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.api.conftest import LINES, Files

T = TypeVar("T")


@pytest.fixture
def reports(cloud: Cloud, wired: Wired) -> Reports:
    aws = cloud.session()
    dynamodb = clients.dynamodb(aws, endpoint_url=cloud.endpoint)
    return Reports(
        objects=Objects(clients.s3(aws, endpoint_url=cloud.endpoint)),
        history=History(Table(dynamodb, wired.table, sleep=lambda _: None, jitter=lambda: 0)),
        ledger=Ledger(dynamodb, wired.table, retention_days=400, sleep=lambda _: None, jitter=lambda: 0),
        rules=[Rule(name="default", threshold=10)],
        buckets=[wired.bucket],
    )


class Until:
    """Lets so many things go by."""

    def __init__(self, count: int) -> None:
        self._left = count

    def __call__(self, items: Iterator[T], /) -> Iterator[T]:
        for item in items:
            if self._left == 0:
                raise TooLarge("not read to its end within 24 s")
            self._left -= 1
            yield item


def test_a_file_that_can_not_be_read_in_time_comes_with_the_command_that_can(
    reports: Reports, files: Files, wired: Wired
) -> None:
    """For a machine with more time; to be pasted as it is."""
    files.put("it's big.jsonl", LINES)
    ask = Ask.model_validate(
        {"bucket": wired.bucket, "prefix": "it", "threshold": 3, "since": "2025-09-15T14:00:00+02:00"}
    )

    with pytest.raises(TooLarge) as raised:
        reports.examine(ask, watch=Until(1))

    assert status_of(raised.value) == 413
    assert str(raised.value) == (
        f"s3://{wired.bucket}/it's big.jsonl: not read to its end within 24 s; on a machine with more time:"
        f""" analyze --bucket {wired.bucket} --prefix 'it'"'"'s big.jsonl' --threshold 3"""
        " --since 2025-09-15T12:00:00+00:00"
    )


def test_a_listing_that_does_not_end_in_time_wants_a_longer_prefix(
    reports: Reports, files: Files, wired: Wired
) -> None:
    """There is no command that would be quicker."""
    for n in range(3):
        files.put(f"{n}.jsonl", LINES)

    with pytest.raises(TooLarge, match="24 s: name a longer prefix"):
        reports.examine(Ask(bucket=wired.bucket, prefix="", threshold=1), watch=Until(2))


def test_a_packed_file_is_watched_as_it_comes_out_of_its_packing(reports: Reports, files: Files, wired: Wired) -> None:
    """What is stored of it may go by at once, and what it holds last for minutes."""
    files.put("a.gz", gzip.compress(LINES * 100_000))

    with pytest.raises(TooLarge):
        reports.examine(Ask(bucket=wired.bucket, prefix="a", threshold=1), watch=Until(20))
