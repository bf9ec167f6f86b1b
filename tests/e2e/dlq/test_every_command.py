"""What all commands of `logtally dlq` have in common: how they fail, and what they show on a terminal."""

import pytest

from local.faults import DENIED, Fault
from tests.e2e.dlq.letters import Queues, event
from tests.e2e.ledger.user import User

EVERY = [("list",), ("redrive",), ("redrive", "--reason", "x"), ("redrive", "--yes"), ("drop", "--all", "--yes")]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("drop",), "either --reason TEXT or --all"),
        (("drop", "--all", "--reason", "x"), "either --reason TEXT or --all"),
        (("drop", "--reason", ""), "--reason: is empty"),
        (("redrive", "--reason", " "), "--reason: is empty"),
        (("list", "--reason", ""), "--reason: is empty"),
        (("list", "--limit", "0"), "--limit"),
        (("list", "--days", "many"), "--days"),
    ],
    ids=str,
)
def test_wrong_usage_ends_with_2_and_one_clear_line(user: User, words: tuple[str, ...], named: str) -> None:
    """It names what is wrong; nothing goes to stdout."""
    done = user.run(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_a_queue_that_is_not_there_ends_with_2(user: User, words: tuple[str, ...]) -> None:
    """It is named."""
    url = user.environment["LOGTALLY_DEAD_QUEUE_URL"] + "-none"

    done = user.run(*words, LOGTALLY_DEAD_QUEUE_URL=url)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: queue {url}: there is no such thing")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_what_aws_refuses_ends_with_1_and_one_clear_line(user: User, words: tuple[str, ...]) -> None:
    """Nobody guesses what is in a queue that may not be asked."""
    with user.hands.cloud.faults.inject(Fault(service="sqs", kind=DENIED, nth=None)):
        done = user.run(*words)

    assert (done.returncode, done.stdout) == (1, "")
    assert "not permitted" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words", [("redrive", "--yes"), ("redrive", "--reason", "x", "--yes"), ("drop", "--all")], ids=" ".join
)
def test_an_empty_queue_is_no_failure(user: User, words: tuple[str, ...]) -> None:
    """There is nothing to do, and nothing is waited for."""
    told = user.told(*words)

    assert told["there"] == 0


def test_what_somebody_else_has_received_is_told(user: User, queues: Queues) -> None:
    """It is left alone."""
    queues.bury("a", reason="x")
    queues.dead()

    done = user.run("drop", "--all", "--yes")

    assert done.returncode == 0
    assert (
        "looked at 0 of the 0 messages that were there at the start; besides, hidden as somebody has received them: 1"
        in done.stderr
    )
    assert queues.depth() == 1


@pytest.mark.parametrize("words", [("list",), ("redrive", "--reason", "x"), ("drop", "--all")], ids=" ".join)
def test_a_terminal_shows_a_table(user: User, queues: Queues, words: tuple[str, ...]) -> None:
    """And no word of a letter steers it."""
    queues.bury("a", reason="x\x1b]0;owned\x07", body=event("a\x1b]0;owned\x07[red]b"))
    queues.bury("h", reason="x", body="[red]hello\x9b2J")  # SQS takes such a one

    shown = user.shown(*words)

    assert "\x1b]0;" not in shown
    assert "\x9b" not in shown
    assert [text for text in ("s3://logs/a", "[red]b", "[red]hello", "reason", "age") if text not in shown] == []
