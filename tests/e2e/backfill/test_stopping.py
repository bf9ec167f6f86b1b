"""A backfill is stopped: by Ctrl-C, for want of permission, or because nothing works any more."""

import gzip
import json
import os
import shlex
import signal
import subprocess
import time

from local.faults import DENIED, Fault, LoseAnswer, Slow
from tests.e2e.backfill.bucket import Full, row
from tests.e2e.hands import errors_in
from tests.e2e.ledger.user import LOGTALLY, User


def test_ctrl_c_finishes_what_is_being_read_and_the_next_goes_on_there(user: User, full: Full) -> None:
    """It does not list again what is done."""
    full.put_many(450)
    slow = Fault(service="s3", operation="GetObject", kind=Slow(0.05), nth=None)
    calls = user.hands.cloud.calls

    with user.hands.cloud.faults.inject(slow):
        process = user.start("s3://full/", "--concurrency", "4")
        while calls.count("s3", "GetObject") < 250:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    stopped = json.loads(out)
    resumed = user.told("s3://full/")

    assert process.returncode == 130, err
    assert "the same command goes on where this one stopped" in err
    assert 200 <= stopped["counted"] < 450
    assert stopped["complete"] is False
    assert resumed["resumed"] is True
    assert resumed["listed"] <= 250
    assert stopped["counted"] + resumed["counted"] == 450
    assert sum(errors_in(user.hands.cloud).values()) == 450


def test_another_question_begins_at_the_beginning(user: User, full: Full) -> None:
    """What one pass has done says nothing about what another wants."""
    full.put_many(150)
    user.told("s3://full/", "--limit", "120", "--match", "*1.jsonl")
    user.told("s3://full/", "--limit", "120")

    other = user.told("s3://full/", "--no-alerts")
    same = user.told("s3://full/")

    assert (other["resumed"], other["listed"]) == (False, 150)
    assert (same["resumed"], same["listed"], same["known"]) == (True, 16, 16)


def test_what_came_meanwhile_before_the_place_is_found_from_the_start(user: User, full: Full) -> None:
    """A pass that goes on says that it does not look there."""
    full.put_many(150)
    user.told("s3://full/", "--limit", "120")
    full.put("aaa", 1)

    gone_on = user.run("s3://full/", "--limit", "1000")
    from_start = user.told("s3://full/", "--from-start")

    assert "--from-start" in gone_on.stderr
    assert from_start["counted"] == 1


def test_lost_permission_ends_it_at_once(user: User, full: Full) -> None:
    """With one clear line. What is done is done; the rest is for the next time."""
    full.put_many(30)
    denied = Fault(service="dynamodb", operation="TransactWriteItems", kind=DENIED, nth=None)

    with user.hands.cloud.faults.inject(denied):
        done = user.run("s3://full/")
    again = user.told("s3://full/")

    assert done.returncode == 1
    assert "error: table logtally-local-ledger" in done.stderr
    assert "Traceback" not in done.stderr
    assert again["counted"] == 30
    assert sum(errors_in(user.hands.cloud).values()) == 30


def test_a_push_in_doubt_is_said_and_settled_by_whoever_comes(user: User, full: Full) -> None:
    """All is in the ledger: nothing is to be done but to wait. The exit code says so, whoever left it."""
    full.put_many(3)
    lost = Fault(service="cloudwatch", operation="PutMetricData", kind=LoseAnswer(), nth=1)

    with user.hands.cloud.faults.inject(lost):
        done = user.run("s3://full/")
    again = user.run("s3://full/")
    user.group = "ledger"
    settled = user.told("settle", LOGTALLY_SETTLE_AFTER_S="0")

    assert (done.returncode, again.returncode) == (4, 4)
    assert "pushes in doubt: 1" in done.stderr
    assert [slot["outcome"] for slot in settled["slots"]] == ["settled"]
    assert sum(errors_in(user.hands.cloud).values()) == 3


def test_whoever_reads_the_events_may_go(user: User, full: Full) -> None:
    """What is being read is finished, and the command ends as any does whose output nobody wants."""
    full.put_many(450)

    gone, written = os.pipe()
    os.close(gone)
    try:
        done = subprocess.run(
            [*LOGTALLY, "backfill", "s3://full/", "--json"],
            env=user.environment,
            stdout=written,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=30,
        )
    finally:
        os.close(written)
    begun = sum(errors_in(user.hands.cloud).values())
    user.told("s3://full/")

    assert done.returncode == 141, done.stderr
    assert "Traceback" not in done.stderr
    assert 0 < begun < 450
    assert sum(errors_in(user.hands.cloud).values()) == 450


def test_a_stop_before_anything_was_seen_is_a_stop(user: User, full: Full) -> None:
    """Whether something is there, nobody knows by then."""
    full.put_many(3)
    slow = Fault(service="s3", operation="ListObjectsV2", kind=Slow(1.5), nth=None)
    calls = user.hands.cloud.calls

    with user.hands.cloud.faults.inject(slow):
        process = user.start("s3://full/")
        while calls.count("s3", "ListObjectsV2") < 1:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert process.returncode == 130, err
    assert "nothing under" not in err


def test_ctrl_c_is_heard_where_nothing_is_wanted(user: User, full: Full) -> None:
    """An inventory may list millions of objects beside the prefix."""
    manifest = full.inventory([row(f"other/{number}", "x") for number in range(400_000)])
    process = user.start("s3://full/prod/", "--inventory", manifest)
    while not user.hands.cloud.calls.count("s3", "GetObject") > 1:
        time.sleep(0.02)

    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=5)

    assert process.returncode == 130, err


def test_nobody_waits_for_who_reads_no_more(user: User, full: Full) -> None:
    """What is in hand is finished; the next one goes on."""
    full.put_many(300)
    for key in ("a", "b"):
        full.put(key, body=gzip.compress(b"{}\n" * 50)[:-5])
    command = shlex.join([*LOGTALLY, "backfill", "s3://full/"])

    for pipe in (f"{command} --json | head -1", f"{command} 2>&1 >/dev/null | head -1"):
        subprocess.run(["/bin/bash", "-c", pipe], env=user.environment, capture_output=True, check=False, timeout=50)
    user.run("s3://full/", "--from-start")

    assert sum(errors_in(user.hands.cloud).values()) == 300
