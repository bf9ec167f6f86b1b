"""`logtally backfill` counts what is there, once, by the worker's ledger."""

import gzip
import time

from core.model import Bucket, ETag, ObjectKey, ObjectRef
from local.faults import Fault, Refuse, Slow
from tests.e2e.backfill.bucket import BUCKET, Full
from tests.e2e.hands import alerts_in, errors_in
from tests.e2e.ledger.user import User
from tests.e2e.members import member_of
from tests.e2e.yard import errors


def test_what_is_there_is_counted_once_and_not_again(user: User, full: Full) -> None:
    """The second time, no file is read: the ledger has them all."""
    full.put("a.jsonl", 2)
    full.put("b/c.jsonl.gz", body=gzip.compress(errors("auth", 5)))

    first = user.told("s3://full")
    before = user.hands.cloud.calls.count("s3", "GetObject")
    second = user.told("s3://full/")

    assert (first["listed"], first["counted"], first["errors"], first["complete"]) == (2, 2, 7, True)
    assert (second["known"], second["counted"], second["complete"]) == (2, 0, True)
    assert user.hands.cloud.calls.count("s3", "GetObject") == before
    counts = errors_in(user.hands.cloud)
    assert sum(count for (service, _), count in counts.items() if service) == 7


def test_what_the_worker_has_counted_is_passed_over(user: User, full: Full) -> None:
    """And what it counts meanwhile, too."""
    etag = full.put("a.jsonl", 2)
    ref = ObjectRef(bucket=Bucket(BUCKET), key=ObjectKey("a.jsonl"), etag=ETag(etag))
    hand = user.hands.new()
    hand.pusher.intend([member_of(ref, [])])

    told = user.told("s3://full/")

    assert (told["known"], told["counted"]) == (1, 0)


def test_only_what_is_wanted_is_counted(user: User, full: Full) -> None:
    """By its key, and by when it was written. A folder is no file."""
    for key in ("prod/api-1.jsonl", "prod/web-1.jsonl", "test/api-1.jsonl"):
        full.put(key, body=errors(key, 1))
    full.put("prod/", body=b"")

    told = user.told("s3://full/prod/", "--match", "*/api-*.jsonl", "--modified-since", "2020-01-01T00:00:00Z")
    none = user.told("s3://full/prod/", "--modified-until", "2020-01-01T00:00:00Z")

    assert (told["listed"], told["unwanted"], told["counted"]) == (3, 2, 1)
    assert {service for service, _ in errors_in(user.hands.cloud)} == {"prod/api-1.jsonl"}
    assert (none["counted"], none["unwanted"]) == (0, 3)


def test_a_limit_counts_so_many_and_the_next_one_goes_on(user: User, full: Full) -> None:
    """Known files do not count against it."""
    full.put_many(5)

    counted = [user.told("s3://full/", "--limit", "2")["counted"] for _ in range(3)]

    assert counted == [2, 2, 1]


def test_what_can_not_be_read_is_not_charged_to_the_limit(user: User, full: Full) -> None:
    """Else some broken files at the beginning would be all that is ever tried."""
    for key in ("a", "b", "c"):
        full.put(key, body=gzip.compress(errors("orders", 50))[:-5])
    full.put_many(3, prefix="good/")

    first, second = (user.run("s3://full/", "--limit", "2") for _ in range(2))

    assert '"counted":2,' in first.stdout
    assert '"counted":1,' in second.stdout


def test_an_outage_of_s3_is_no_fault_of_the_files(user: User, full: Full) -> None:
    """While none can be read, none is left for the next time."""
    full.put_many(6)
    away = Fault(service="s3", operation="GetObject", kind=Refuse(code="SlowDown", status=503), nth=None)

    with user.hands.cloud.faults.inject(away):
        process = user.start("s3://full/")
        time.sleep(12)
    out, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert '"counted":6,' in out


def test_a_file_rings_unless_nobody_wants_that(user: User, full: Full) -> None:
    """What was written in the last day does, of itself."""
    full.put("fresh", 3)
    rang = user.told("s3://full/")["alerts"]
    full.put("quiet", 4)

    silent = user.told("s3://full/", "--no-alerts")["alerts"]

    assert (rang, silent) == (1, 0)
    assert len(alerts_in(user.hands.aws, user.hands.cloud, user.hands.wired)) == 1
    assert sum(count for (service, _), count in errors_in(user.hands.cloud).items() if not service) == 1
    user.group = "ledger"
    (version,) = user.told("show", "s3://full/quiet")["versions"]
    assert version["rang"] is False
    assert version["why"].endswith("It was counted without alerts, so it did not ring.")


def test_the_ledger_alone_can_be_filled(user: User, full: Full) -> None:
    """Then the graph has nothing of it, for good, and the ledger says why."""
    full.put("a", 3)

    told = user.told("s3://full/", "--no-metrics")
    later = user.told("s3://full/")

    assert (told["counted"], told["errors"], told["alerts"]) == (1, 3, 0)
    assert later["known"] == 1
    assert not errors_in(user.hands.cloud)
    user.group = "ledger"
    (version,) = user.told("show", "s3://full/a")["versions"]
    assert version["state"] == "empty"
    assert "for the ledger alone" in version["why"]


def test_what_can_never_be_read_does_not_keep_the_others(user: User, full: Full) -> None:
    """Its reason is in the ledger, and the exit code says that something is left."""
    full.put("a", 1)
    full.put("b.gz", body=gzip.compress(errors("orders", 50))[:-5])
    full.put("c", 2)

    done = user.run("s3://full/")

    assert done.returncode == 1
    assert "unreadable: s3://full/b.gz: truncated gzip" in done.stderr
    assert '"counted":2' in done.stdout
    assert '"unreadable":1' in done.stdout
    user.group = "ledger"
    (failed,) = user.told("list", "--state", "failed")["objects"]
    assert failed["key"] == "b.gz"


def test_what_is_not_permitted_is_left_for_the_next_time(user: User, full: Full) -> None:
    """One key may be encrypted with a key of somebody else's."""
    full.put_many(3)
    denied = Fault(service="s3", operation="GetObject", kind=Refuse(code="AccessDenied", status=403), nth=2)

    with user.hands.cloud.faults.inject(denied):
        done = user.run("s3://full/", "--concurrency", "1")
    again = user.told("s3://full/")

    assert done.returncode == 1
    assert "left: s3://full/app/0001.jsonl:" in done.stderr
    assert "the same command goes on" in done.stderr
    assert (again["counted"], again["complete"]) == (1, True)


def test_an_outage_is_waited_for(user: User, full: Full) -> None:
    """Of the listing, the ledger, the files, or CloudWatch: nothing is lost, and nothing counted twice."""
    full.put_many(4)
    away = Refuse(code="ServiceUnavailable", status=503)
    faults = [
        Fault(service=service, operation=operation, kind=away, nth=nth)
        for service, operation in (
            ("s3", "ListObjectsV2"),
            ("s3", "GetObject"),
            ("dynamodb", "BatchGetItem"),
            ("dynamodb", "TransactWriteItems"),
        )
        for nth in (1, 2, 3)
    ]
    throttled = Fault(service="cloudwatch", operation="PutMetricData", kind=Refuse(code="Throttling"), nth=1)

    with user.hands.cloud.faults.inject(*faults, throttled):
        told = user.told("s3://full/")

    assert told["counted"] == 4
    assert sum(errors_in(user.hands.cloud).values()) == 4


def test_files_begin_no_faster_than_somebody_wants(user: User, full: Full) -> None:
    """For a bucket that others use, too."""
    full.put_many(5)

    told = user.told("s3://full/", "--rate", "4")

    assert told["counted"] == 5
    assert told["seconds"] >= 1


def test_slow_files_are_read_side_by_side(user: User, full: Full) -> None:
    """As many as somebody wants."""
    full.put_many(8)
    slow = Fault(service="s3", operation="GetObject", kind=Slow(0.5), nth=None)

    with user.hands.cloud.faults.inject(slow):
        told = user.told("s3://full/", "--concurrency", "8")

    assert told["counted"] == 8
    assert told["seconds"] < 8 * 0.5
