"""What the promise costs: calls to AWS for a thousand small files, with it and without: `python -m bench.promise`.

The rival is the loop that everybody writes first: receive ten, get each, count, push, delete. It doubles errors when an
answer is lost, and that is all that it saves. Both run against the local cloud, one after the other.
"""

import argparse
import json
import sys
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from local.cloud import Cloud, running
from local.crew import FENCE, crew
from local.left import messages_left
from local.logs import LogFile, log_file
from local.wiring import Wired, wire

WAIT_S_MAX: Final = 300
FEW: Final = {"GetQueueAttributes", "CreateQueue"}  # of the measurement itself


class Cost(Struct, frozen=True, kw_only=True):
    """What one way of working took for all files."""

    calls: Mapping[str, int]  # by operation
    seconds: float


def files(count: int) -> list[LogFile]:
    """Make small files, of one to five minutes each, one error in twenty lines."""
    random = Random(1)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return [
        log_file(
            random,
            prefix=f"app-{n}/",
            start=now - timedelta(minutes=random.randrange(10, 600)),
            minutes=random.randint(1, 5),
            errors=(lines := random.randint(20, 200)) // 20,
            lines=lines,
        )
        for n in range(count)
    ]


def measure(count: int, work: Callable[[Cloud, Wired, int], None]) -> Cost:
    """Put the files, let `work` count them, and answer what it took."""
    with running(signature_age_s=FENCE["signature_age_s"]) as cloud:
        wired = wire(cloud.session(), endpoint_url=cloud.endpoint)
        aws: Any = cloud.session()
        s3, sqs = (aws.client(name, endpoint_url=cloud.endpoint) for name in ("s3", "sqs"))
        sqs.purge_queue(QueueUrl=wired.queue_url)  # the test event
        for file in files(count):
            s3.put_object(Bucket=wired.bucket, Key=file.key, Body=file.body)
        cloud.calls.reset()
        began = time.monotonic()
        work(cloud, wired, count)
        calls = Counter(call.operation for call in cloud.calls.of() if call.operation not in FEW)
        return Cost(calls=calls, seconds=time.monotonic() - began)


def logtally(cloud: Cloud, wired: Wired, _count: int) -> None:
    """Let one worker process work until nothing is left."""
    aws: Any = cloud.session()
    sqs = aws.client("sqs", endpoint_url=cloud.endpoint)
    settings = {"LOGTALLY_LOG_LEVEL": "warning", "LOGTALLY_VISIBILITY_TIMEOUT_S": "300"}
    deadline = time.monotonic() + WAIT_S_MAX
    with crew(cloud, wired, settings=settings, to_terminal=False) as workers:
        workers.start()
        while messages_left(sqs, wired.queue_url):
            if time.monotonic() > deadline:
                raise TimeoutError(workers.tail())
            time.sleep(0.1)
        workers.end()


def bare_loop(cloud: Cloud, wired: Wired, count: int) -> None:
    """Count without a ledger, ten files at a time."""
    aws: Any = cloud.session()
    s3, sqs, cloudwatch = (aws.client(name, endpoint_url=cloud.endpoint) for name in ("s3", "sqs", "cloudwatch"))
    done = 0
    while done < count:
        messages = sqs.receive_message(QueueUrl=wired.queue_url, MaxNumberOfMessages=10).get("Messages", [])
        counts: Counter[tuple[str, str]] = Counter()
        for record in (record for message in messages for record in json.loads(message["Body"])["Records"]):
            key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
            for line in s3.get_object(Bucket=wired.bucket, Key=key)["Body"].read().splitlines():
                entry = json.loads(line)
                if entry["level"] == "ERROR":
                    counts[entry["service"], entry["ts"][:16]] += 1
        cloudwatch.put_metric_data(Namespace="LogAnalytics", MetricData=_data(counts))
        entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
        sqs.delete_message_batch(QueueUrl=wired.queue_url, Entries=entries)
        done += len(messages)


def main() -> None:
    """Measure both, and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    count: int = parser.parse_args().files
    with_promise, without = measure(count, logtally), measure(count, bare_loop)
    table = Table("calls for each 1000 files", "logtally", "bare loop", box=None)
    for operation in sorted(with_promise.calls.keys() | without.calls.keys()):
        shown = (f"{cost.calls.get(operation, 0) * 1000 / count:.0f}" for cost in (with_promise, without))
        table.add_row(operation, *shown)
    totals = (f"{sum(cost.calls.values()) * 1000 / count:.0f}" for cost in (with_promise, without))
    table.add_row("all", *totals, style="bold")
    table.add_row("seconds", f"{with_promise.seconds:.1f}", f"{without.seconds:.1f}")
    Console().print(table)
    ratio = sum(with_promise.calls.values()) / sum(without.calls.values())
    sys.stdout.write(f"{ratio:.2f} times the calls, {with_promise.seconds / without.seconds:.2f} times the seconds\n")


def _data(counts: Mapping[tuple[str, str], int]) -> list[Any]:
    return [
        {
            "MetricName": "logErrors",
            "Dimensions": [{"Name": "Service", "Value": service}, {"Name": "Environment", "Value": "local"}],
            "Timestamp": datetime.fromisoformat(f"{minute}:00+00:00"),
            "Values": [1.0],
            "Counts": [float(errors)],
            "Unit": "Count",
        }
        for (service, minute), errors in counts.items()
    ]


if __name__ == "__main__":
    main()
