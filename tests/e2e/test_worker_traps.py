"""One real worker, and everything that has ever gone wrong for somebody: what a user sees of it in the end.

All traps (`tests/e2e/traps.py`) are put first, one worker takes them all, and then it is looked up in the places that
a user has: CloudWatch, the ledger, the dead-letter queue and a subscriber's inbox.
"""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

import boto3
import pytest
from msgspec import Struct

from core.aws import clients
from local.clock import VirtualClock
from local.cloud import Cloud
from local.truth import Counts, differences, errors_held
from local.wiring import Wired, wire
from tests.e2e.traps import BELL, LONG, MINUTES, THRESHOLD, TRAPS, UPLOADED, Entry, Sees, Trap
from tests.e2e.workers import messages_left, pushes_left, worker_processes
from tests.e2e.yard import AT, NOW, Yard

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

# One process makes the yard: it takes seconds.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("traps")]

ENVIRONMENT: Final = "local"
ALL_S_MAX: Final = 40.0
DIGEST: Final = re.compile(r"~[0-9a-f]{8}$")  # what makes two names differ of which the same can be read
EXPECTED: Final = sum((trap.sees.graph for trap in TRAPS), Counts())


class Seen(Struct, frozen=True, kw_only=True):
    """What a user can see when the worker has nothing left to do."""

    bucket: str
    yards: Mapping[str, Yard]  # by the trap's name
    items: Mapping[str, Sequence[Any]]  # the ledger's, by key
    held: Mapping[str, Counts]  # by CloudWatch, by statistic
    rang: int  # CloudWatch's `alertTriggered`
    dead: Sequence[tuple[str, str]]  # body and reason
    buried: Sequence[tuple[str, str]]  # the same, as the ledger has them
    inbox: Sequence[Any]
    messages_left: int
    exit_code: int

    def of(self, trap: Trap) -> Sees:
        """Answer what there is to be seen of one trap."""
        yard = self.yards[trap.name]
        services = {service for service, _ in trap.sees.graph}
        return Sees(
            ledger={key: tuple(map(_entry, self.items[key])) for key in yard.keys if key in self.items},
            graph=Counter({cell: n for cell, n in _readable(self.held["Sum"]).items() if cell[0] in services}),
            dead=tuple(reason for body, reason in self.dead if _is_about(yard, body)),
            alerts=tuple(key for key in map(_file, self.inbox) if key in yard.keys),
        )


@pytest.fixture(scope="module")
def seen(served: tuple[Cloud, VirtualClock], aws: boto3.Session, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Put all traps, let one worker take them, and look."""
    cloud, clock = served
    clock.reset()
    cloud.reset()
    wired = wire(aws, endpoint_url=cloud.endpoint)
    yards = _put_all(aws, cloud, wired)
    with worker_processes(cloud, wired, threshold=THRESHOLD, folder=tmp_path_factory.mktemp("worker")) as workers:
        worker = workers.start()
        # Without an assertion: what is left is one of the things to be seen.
        deadline = time.monotonic() + ALL_S_MAX
        while time.monotonic() < deadline and (
            messages_left(wired.queue_url, aws, cloud.endpoint) or pushes_left(wired, aws, cloud.endpoint)
        ):
            time.sleep(0.1)
        left = messages_left(wired.queue_url, aws, cloud.endpoint)
        worker.terminate()
        exit_code = worker.wait(30)
    return _look(aws, cloud, wired, yards=yards, messages_left=left, exit_code=exit_code)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_trap_ends_as_it_should(seen: Seen, trap: Trap) -> None:
    """In the ledger, on the graph, in the dead-letter queue and in the inbox; and nowhere else."""
    assert seen.of(trap) == trap.sees


def test_nothing_is_left_in_the_queue_and_the_worker_ends_well(seen: Seen) -> None:
    """Every message was answered for, and SIGTERM is no failure."""
    assert (seen.messages_left, seen.exit_code) == (0, 0)


@pytest.mark.parametrize("statistic", ["Sum", "SampleCount"])
def test_the_graph_is_the_files_minute_by_minute(seen: Seen, statistic: str) -> None:
    """And holds no service that no file names: what could not be read has left nothing behind."""
    assert differences(EXPECTED, _readable(seen.held[statistic])) == []


def test_names_that_are_made_valid_stay_apart(seen: Seen) -> None:
    """Two services that look alike when they are made ASCII, or are cut, are two on the graph."""
    services: Counter[str] = Counter()
    for (service, _), count in seen.held["Sum"].items():
        services[service] += count

    assert sorted(n for service, n in services.items() if service.startswith("gr_n~")) == [1, 2]
    assert sorted(n for service, n in services.items() if service.startswith(LONG[:1000])) == [1, 2]
    assert [service for service in services if not (service.isascii() and 0 < len(service) <= 1024)] == []


def test_more_cells_than_an_item_takes_stand_in_items_of_their_own(seen: Seen) -> None:
    """Else the trap is none any more."""
    (item,) = seen.items["busy.jsonl"]

    assert "cells" not in item
    assert len({minute for service, minute in seen.held["Sum"] if service == "busy"}) == MINUTES


def test_every_dead_letter_is_in_the_ledger_with_its_reason(seen: Seen) -> None:
    """Where the page finds it long after the queue has forgotten it."""
    assert sorted(seen.buried) == sorted(seen.dead)


def test_the_metric_of_alerts_is_the_number_of_files_at_their_threshold(seen: Seen) -> None:
    """Each file rings once."""
    ringing = [key for trap in TRAPS for key, entries in trap.sees.ledger.items() if _rings(entries)]

    assert seen.rang == len(ringing)
    assert sorted(map(_file, seen.inbox)) == sorted(ringing)


def test_an_alert_says_what_happened_where(seen: Seen) -> None:
    """As its subscriber gets it: a subject, a text for a person, and attributes for a filter."""
    (alert,) = [alert for alert in seen.inbox if _file(alert) == BELL]
    (item,) = seen.items[BELL]
    lines = [" ".join(line.split()) for line in alert["Message"].splitlines()]
    attributes = {name: (one["Type"], one["Value"]) for name, one in alert["MessageAttributes"].items()}
    kind, deduplication_id = attributes.pop("deduplication_id")

    assert alert["Subject"] == "S3 Logs Error Alert"
    assert lines[0] == f"{THRESHOLD} errors in s3://{seen.bucket}/{BELL} (threshold {THRESHOLD})"
    assert lines[lines.index("By service:") :][1:3] == [f"bell {THRESHOLD - 3}", "chime 3"]
    assert f"First error: {AT:%Y-%m-%d %H:%M}:00 UTC" in lines
    assert f"Last error: {AT:%Y-%m-%d %H:%M}:10 UTC" in lines
    assert attributes == {
        "file_directory": ("String", BELL),
        "number_of_alerts": ("Number", str(THRESHOLD)),
        "bucket": ("String", seen.bucket),
        "etag": ("String", item["sk"]["S"].removeprefix("etag#")),
    }
    assert kind == "String"
    assert deduplication_id


def test_alerts_of_different_files_have_different_deduplication_ids(seen: Seen) -> None:
    """Else a subscriber would drop one for the other."""
    ids = [alert["MessageAttributes"]["deduplication_id"]["Value"] for alert in seen.inbox]

    assert len(ids) > 1
    assert len(set(ids)) == len(ids)


# --- Putting and looking ---------------------------------------------------------------------------------------------


def _put_all(aws: boto3.Session, cloud: Cloud, wired: Wired) -> dict[str, Yard]:
    s3 = clients.s3(aws, endpoint_url=cloud.endpoint)
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
    silent = "silent-logs"
    s3.create_bucket(Bucket=silent)
    s3.put_bucket_versioning(Bucket=silent, VersioningConfiguration={"Status": "Enabled"})
    yards = {
        trap.name: Yard(s3, sqs, bucket=wired.bucket, silent_bucket=silent, queue_url=wired.queue_url) for trap in TRAPS
    }
    for trap in TRAPS:
        trap.put(yards[trap.name])
    return yards


def _look(
    aws: boto3.Session, cloud: Cloud, wired: Wired, *, yards: Mapping[str, Yard], messages_left: int, exit_code: int
) -> Seen:
    cloudwatch = clients.cloudwatch_read(aws, endpoint_url=cloud.endpoint)
    since, until = AT - timedelta(minutes=MINUTES), datetime.now(UTC) + timedelta(minutes=1)
    objects, buried = _ledger(aws, cloud, wired)
    return Seen(
        bucket=wired.bucket,
        yards=yards,
        items=objects,
        held={
            statistic: errors_held(cloudwatch, environment=ENVIRONMENT, since=since, until=until, statistic=statistic)
            for statistic in ("Sum", "SampleCount")
        },
        rang=_rang(cloudwatch, until=until),
        dead=[
            (message["Body"], message["MessageAttributes"]["reason"]["StringValue"])
            for message in _messages(aws, cloud, wired.dead_queue_url)
        ],
        buried=buried,
        inbox=[json.loads(message["Body"]) for message in _messages(aws, cloud, wired.inbox_url)],
        messages_left=messages_left,
        exit_code=exit_code,
    )


def _ledger(aws: boto3.Session, cloud: Cloud, wired: Wired) -> tuple[dict[str, list[Any]], list[tuple[str, str]]]:
    """Answer the items of objects by key, in the order of their states, and the dead letters."""
    objects: dict[str, list[Any]] = {}
    buried = []
    pages = clients.dynamodb(aws, endpoint_url=cloud.endpoint).get_paginator("scan").paginate(TableName=wired.table)
    for item in (item for page in pages for item in page["Items"]):
        kind, _, name = item["pk"]["S"].partition("#")
        if kind == "object" and item["sk"]["S"].startswith("etag#"):
            objects.setdefault(name.partition("/")[2], []).append(item)
        if kind == "dead":
            buried.append((item["body"]["S"], item["reason"]["S"]))
    for items in objects.values():
        items.sort(key=lambda item: str(item["state"]["S"]))
    return objects, buried


def _messages(aws: boto3.Session, cloud: Cloud, url: str) -> Iterator[Any]:
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=0
    ).get("Messages"):
        yield from messages


def _rang(cloudwatch: "CloudWatchClient", *, until: datetime) -> int:
    answer = cloudwatch.get_metric_statistics(
        Namespace="LogAnalytics",
        MetricName="alertTriggered",
        Dimensions=[{"Name": "Environment", "Value": ENVIRONMENT}],
        StartTime=NOW,
        EndTime=until,
        Period=60,
        Statistics=["Sum"],
    )
    return int(sum(point["Sum"] for point in answer["Datapoints"]))


def _readable(counts: Counts) -> Counts:
    """Answer what a person would read off the graph: no digests, and no minute that is only that of the upload."""
    readable = Counts()
    for (service, minute), count in counts.items():
        readable[DIGEST.sub("~", service), minute if minute <= AT else UPLOADED] += count
    return readable


def _entry(item: Any) -> Entry:
    report = json.loads(item["report"]["S"]) if "report" in item else {"malformed": 0}
    outside = json.loads(item["outside_window"]["S"]) if "outside_window" in item else {"errors": 0}
    return Entry(
        state=item["state"]["S"],
        total=int(item.get("total", {"N": "0"})["N"]),
        malformed=report["malformed"],
        outside=outside["errors"],
        reason=item.get("reason", {"S": ""})["S"],
    )


def _is_about(yard: Yard, body: str) -> bool:
    return body in yard.bodies or any(f'"{quote_plus(key, safe="/")}"' in body for key in yard.keys)


def _file(alert: Any) -> str:
    return str(alert["MessageAttributes"]["file_directory"]["Value"])


def _rings(entries: Sequence[Entry]) -> bool:
    return any(entry.total >= THRESHOLD for entry in entries)
