"""`logtally dlq redrive`: letters go back to the first queue, and none is ever in neither."""

import json

import pytest

from local.faults import DENIED, FailEntries, Fault, Kind, LoseAnswer
from tests.e2e.dlq.letters import Queues, event
from tests.e2e.ledger.user import User


def _three(queues: Queues) -> None:
    queues.bury("a", reason="a: not permitted (AccessDenied)")
    queues.bury("b", reason="truncated gzip")
    queues.bury("c", reason="c: not permitted (AccessDenied)")


def test_redrive_moves_everything(user: User, queues: Queues) -> None:
    """Also what SQS itself moved there."""
    _three(queues)
    queues.used_up("d")

    told = user.told("redrive", "--yes")

    assert told == {"there": 4, "hidden": 0, "moved": 4, "dryRun": False}
    assert queues.first() == [event(key) for key in "abcd"]
    assert queues.depth() == 0


def test_redrive_moves_those_with_a_reason_and_shows_the_others_at_once(user: User, queues: Queues) -> None:
    """They can be received again before any timeout."""
    _three(queues)
    queues.used_up("d")

    done = user.run("redrive", "--reason", "not permitted", "--yes")

    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert (told["there"], told["seen"], told["moved"], told["dryRun"]) == (4, 4, 2, False)
    assert sorted(line["messageId"] for line in told["letters"]) == ["a", "c"]
    assert done.stderr.splitlines() == [
        "note: looked at 4 of the 4 messages that were there at the start",
        "note: 2 moved",
    ]
    assert queues.first() == [event("a"), event("c")]
    assert queues.dead() == [event("b"), event("d")]


@pytest.mark.parametrize("words", [(), ("--reason", "not permitted")], ids=["all", "some"])
def test_redrive_is_dry_unless_told_otherwise(user: User, queues: Queues, words: tuple[str, ...]) -> None:
    """It says how many there are, and which are meant; all of them stay, and stay visible."""
    _three(queues)

    done = user.run("redrive", *words)

    told = json.loads(done.stdout)
    assert (done.returncode, told["there"], told["moved"], told["dryRun"]) == (0, 3, 0, True)
    assert sorted(line["messageId"] for line in told.get("letters", ())) == (["a", "c"] if words else [])
    assert done.stderr.splitlines()[-1] == "dry run: nothing was moved; add --yes"
    assert (queues.first(), len(queues.dead())) == ([], 3)


def test_redrive_goes_through_more_than_a_batch(user: User, queues: Queues) -> None:
    """Those that do not match are not received again and again in front of the others."""
    for n in range(25):
        queues.bury(f"b{n:02}", reason="truncated gzip")
    for n in range(12):
        queues.bury(f"a{n:02}", reason="not permitted")

    told = user.told("redrive", "--reason", "not permitted", "--yes")

    assert (told["seen"], told["moved"]) == (37, 12)
    assert queues.first() == [event(f"a{n:02}") for n in range(12)]
    assert len(queues.dead()) == 25


def test_a_letter_that_could_not_be_sent_stays(user: User, queues: Queues) -> None:
    """Deleted is only what is in the first queue; what was done until then is told."""
    _three(queues)
    refused = Fault(service="sqs", operation="SendMessage", kind=DENIED, nth=2)

    with user.hands.cloud.faults.inject(refused):
        done = user.run("redrive", "--reason", "not permitted", "--yes")

    assert (done.returncode, json.loads(done.stdout)["moved"]) == (1, 1)
    assert done.stderr.splitlines()[-1].startswith("error: queue http")
    assert "not permitted (AccessDenied" in done.stderr
    first, dead = queues.first(), queues.dead()
    assert (len(first), len(dead)) == (1, 2)
    assert sorted(first + dead) == [event(key) for key in "abc"]


@pytest.mark.parametrize(
    ("operation", "kind"),
    [("DeleteMessageBatch", FailEntries()), ("SendMessage", LoseAnswer())],
    ids=["delete fails", "answer lost"],
)
def test_whatever_fails_no_letter_is_in_neither_queue(user: User, queues: Queues, operation: str, kind: Kind) -> None:
    """It may be in both: the ledger knows what is counted. And letters that come back don't keep it busy for ever."""
    _three(queues)
    with user.hands.cloud.faults.inject(Fault(service="sqs", operation=operation, kind=kind, nth=None)):
        done = user.run("redrive", "--reason", "not permitted", "--yes")

    assert done.returncode == 1
    assert queues.depth() == 3
    assert set(queues.first()) <= {event("a"), event("c")}


def test_what_sqs_gives_up_is_an_error(user: User, queues: Queues) -> None:
    """Not a number of messages that somebody takes for all."""
    _three(queues)
    refused = Fault(service="sqs", operation="StartMessageMoveTask", kind=DENIED)

    with user.hands.cloud.faults.inject(refused):
        done = user.run("redrive", "--yes")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("error: queue http")
    assert queues.depth() == 3
