"""What all commands of `logtally ledger` have in common: how they fail, and what they show on a terminal."""

import boto3
import pytest

from core.aws import clients
from core.model import Datum
from local.faults import DENIED, Fault
from tests.e2e.hands import Hand
from tests.e2e.ledger.states import a_minute, an_hour_ago, left_in_doubt, member_named
from tests.e2e.ledger.user import User


@pytest.mark.parametrize("words", [("show",), ("forget",), ("forget", "--yes")], ids=" ".join)
def test_a_key_that_the_ledger_never_saw_ends_with_2(user: User, words: tuple[str, ...]) -> None:
    """In one clear line."""
    done = user.run(*words, "s3://logs/nobody.jsonl")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: s3://logs/nobody.jsonl: the ledger knows nothing of it\n"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("show", "logs/a.jsonl"), "s3://logs/prod/app.jsonl"),
        (("show", "s3://logs"), "s3://logs/prod/app.jsonl"),
        (("forget", "s3:///a"), "s3://logs/prod/app.jsonl"),
        (("list", "--state", "bogus"), "--state"),
        (("list", "--limit", "0"), "--limit"),
        (("reconcile",), "--since"),
        (("reconcile", "--since", "yesterday"), "RFC 3339"),
        (("reconcile", "--since", "2020-01-01T00:00:00Z"), "15 days"),
        (("reconcile", "--since", "2099-01-01T00:00:00Z"), "not before now"),
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_one_clear_line(user: User, words: tuple[str, ...], named: str) -> None:
    """It names what is wrong; nothing goes to stdout."""
    done = user.run(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert named in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_setting_is_named(user: User) -> None:
    """The settings are the worker's."""
    done = user.run("list", LOGTALLY_TABLE="")

    assert (done.returncode, done.stdout) == (2, "")
    assert "LOGTALLY_TABLE" in done.stderr
    assert done.stderr.count("\n") == 1


def test_only_who_asks_by_day_needs_the_index(user: User, aws: boto3.Session) -> None:
    """It is named, with what it must be; a file can be looked up without it."""
    dynamodb = clients.dynamodb(aws, endpoint_url=user.hands.cloud.endpoint)
    dynamodb.create_table(
        TableName="no-index",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )

    by_day = [
        user.run(*words, LOGTALLY_TABLE="no-index") for words in (["list"], ["reconcile", "--since", an_hour_ago(user)])
    ]
    by_name = user.run("show", "s3://logs/a", LOGTALLY_TABLE="no-index")

    needed = "it needs one by day (a string) and at (a string), of all attributes"
    line = f"error: table no-index has no index recent; {needed}\n"
    assert [(done.returncode, done.stderr) for done in by_day] == [(2, line), (2, line)]
    assert (by_name.returncode, by_name.stderr) == (2, "error: s3://logs/a: the ledger knows nothing of it\n")


@pytest.mark.parametrize(
    "words",
    [
        ("show", "s3://logs/a"),
        ("list",),
        ("writers",),
        ("settle",),
        ("reconcile", "--since"),
        ("forget", "s3://logs/a"),
    ],
    ids=" ".join,
)
def test_what_aws_refuses_ends_with_1_and_one_clear_line(user: User, words: tuple[str, ...]) -> None:
    """Nobody guesses what is in a ledger that may not be read."""
    words = (*words, an_hour_ago(user)) if words[-1] == "--since" else words
    with user.hands.cloud.faults.inject(Fault(service="dynamodb", operation="Query", kind=DENIED, nth=None)):
        done = user.run(*words)

    assert (done.returncode, done.stdout) == (1, "")
    assert "not permitted" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (
            ("show", "s3://logs/a\x1b]0;owned\x07[red]b"),
            ["outstanding", "Its push is not over", "orders 5", "of slot 0"],
        ),
        (("list",), ["outstanding", "[red]b"]),
        (("writers",), ["1 of 1", "[red]b"]),
        (("settle",), ["waiting"]),
        (("reconcile", "--since"), ["orders", "waits: nothing to compare yet"]),
    ],
    ids=lambda value: str(value[0]),
)
def test_a_terminal_shows_a_table(user: User, hand: Hand, words: tuple[str, ...], seen: list[str]) -> None:
    """And no name steers it."""
    left_in_doubt(
        user, hand, member_named("a\x1b]0;owned\x07[red]b", [Datum(a_minute(user), "orders", 5)]), landed=False
    )
    words = (*words, an_hour_ago(user)) if words[-1] == "--since" else words

    shown = user.shown(*words)

    assert "\x1b]0;" not in shown
    assert [text for text in seen if text not in shown] == []
