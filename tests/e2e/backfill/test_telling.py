"""What a backfill says before, while and after it goes on, and what it refuses."""

import gzip
import json

import pytest

from tests.e2e.backfill.bucket import Full
from tests.e2e.hands import errors_in
from tests.e2e.ledger.user import User
from tests.e2e.terminal import strip
from tests.e2e.yard import errors


def test_a_dry_run_says_what_would_be_done_and_does_nothing(user: User, full: Full) -> None:
    """How many files, how many are counted already, the calls and what they cost."""
    full.put("a", 1)
    user.told("s3://full/")
    full.put_many(3)
    before = errors_in(user.hands.cloud)

    done = user.run("s3://full/", "--dry-run", LOGTALLY_PRICE_1K_GETS="1000")

    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert (told["files"], told["known"], told["silent"], told["outsideFiles"]) == (3, 1, 0, 0)
    assert {"what": "S3 reads", "count": 3, "dollars": 3.0} in told["bill"]
    assert told["dollars"] > 3
    assert "dry run" in done.stderr
    assert errors_in(user.hands.cloud) == before
    assert user.hands.cloud.calls.count("s3", "GetObject") == 1


def test_a_program_gets_a_stream_of_events(user: User, full: Full) -> None:
    """One JSON object a line, the sum at last."""
    full.put("a", 4)
    full.put("b", body=gzip.compress(errors("orders", 1))[:-5])

    done = user.run("s3://full/", "--json")

    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(event["event"] for event in events) == ["counted", "finished", "unreadable"]
    (counted,) = [event for event in events if event["event"] == "counted"]
    assert (counted["key"], counted["errors"], counted["rings"]) == ("a", 4, True)
    assert events[-1]["event"] == "finished"
    assert (events[-1]["counted"], events[-1]["unreadable"]) == (1, 1)


def test_what_could_mislead_is_told(user: User, full: Full) -> None:
    """A prefix of logs that nobody can read must not look like one without errors."""
    full.put("a", body=b"no JSON\n" + errors("orders", 1))
    full.put("b", body=b'{"level":"error"}\n')

    done = user.run("s3://full/", "--json")

    told = {event["key"]: event for event in map(json.loads, done.stdout.splitlines()) if event["event"] == "counted"}
    ended = json.loads(done.stdout.splitlines()[-1])
    assert (told["a"]["malformed"], told["b"]["malformed"]) == (1, 0)
    assert told["b"]["notes"] == ["no error: levels are matched exactly, and here stands error instead of ERROR"]
    assert (ended["malformed"], ended["noted"]) == (1, 2)


def test_a_stream_of_events_is_the_same_on_a_terminal(user: User, full: Full) -> None:
    """No bar runs through it, and what is told does not depend on where stderr goes."""
    full.put("a", 4)

    shown = user.shown("s3://full/", "--json")

    assert [json.loads(line)["event"] for line in shown.splitlines()] == ["counted", "finished"]


def test_a_person_gets_a_table(user: User, full: Full) -> None:
    """And a dry run, too."""
    full.put("a", 4)

    planned = user.shown("s3://full/", "--dry-run", columns=80)
    done = user.shown("s3://full/", columns=80)

    assert "files to count" in planned
    assert "S3 reads" in planned
    assert "errors" in done
    assert max(len(strip(line)) for line in planned.splitlines()) <= 80


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["full"], "full: name a bucket and a prefix, such as s3://logs/prod/"),
        (["s3://"], "s3://: name a bucket and a prefix"),
        (["s3://nowhere/"], "nowhere"),
        (["s3://full/nothing/"], "nothing under s3://full/nothing/"),
        (["s3://full/nothing/", "--dry-run"], "nothing under s3://full/nothing/"),
        (["s3://full/", "--modified-since", "monday"], "--modified-since monday: is no RFC 3339 time"),
        (
            ["s3://full/", "--modified-since", "2025-01-02T00:00:00Z", "--modified-until", "2025-01-01T00:00:00Z"],
            "is not before --modified-until",
        ),
        (["s3://full/", "--alerts", "--no-metrics"], "--alerts and --no-metrics exclude each other"),
        (["s3://full/", "--enqueue", "--concurrency", "3"], "--concurrency is for files that are read here"),
        (["s3://full/", "--limit", "0"], "Invalid value for '--limit'"),
        (["s3://full/", "--inventory", "lists/x"], "lists/x: name an object"),
    ],
)
def test_what_can_not_be_done_is_one_line(user: User, full: Full, words: list[str], says: str) -> None:
    """It says what is wrong, and the exit code is that of wrong usage."""
    full.put("a", 1)

    done = user.run(*words)

    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
