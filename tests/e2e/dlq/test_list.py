"""`logtally dlq list`: what workers sent to the dead-letter queue, and why."""

import json

from core.limits import DAY_S
from tests.e2e.dlq.letters import Queues, event
from tests.e2e.ledger.user import User

NOT_PERMITTED = "received 10 times, and at last: s3://logs/b: not permitted (AccessDenied)"


def test_list_shows_the_newest_first_and_what_they_announce(user: User, queues: Queues) -> None:
    """Of a message that announces nothing, the beginning of its body; nothing in the queue is hidden by that."""
    queues.bury("old", reason="truncated gzip", ago_s=3 * DAY_S)
    queues.bury("b", reason=NOT_PERMITTED, ago_s=60)
    queues.bury("hello", reason="not an S3 event", body="hello" * 100)

    done = user.run("list")

    told = json.loads(done.stdout)
    assert [(line["messageId"], line["reason"]) for line in told["letters"]] == [
        ("hello", "not an S3 event"),
        ("b", NOT_PERMITTED),
        ("old", "truncated gzip"),
    ]
    assert [(line["objects"], line["body"]) for line in told["letters"]] == [
        ([], "hello" * 40),
        ([{"bucket": "logs", "key": "b"}], None),
        ([{"bucket": "logs", "key": "old"}], None),
    ]
    assert 60 <= told["letters"][1]["ageS"] < 120
    assert done.stderr.splitlines() == [
        "note: no more in the last 30 days; --days looks further back",
        "note: 3 messages are in the dead-letter queue now",
    ]
    assert len(queues.dead()) == 3


def test_a_narrow_terminal_breaks_neither_name_nor_reason(user: User, queues: Queues) -> None:
    """Each stands alone, so that it can be copied."""
    long = "/".join(["elb", "eu-west-1", *["a-folder-with-a-name"] * 6, "x.jsonl"])
    queues.bury("m1", reason=NOT_PERMITTED * 2, body=event(long))

    shown = user.shown("list", columns=80)

    assert f"  s3://logs/{long}\r\n" in shown
    assert f"{NOT_PERMITTED * 2}\r\n" in shown


def test_list_is_limited_by_number_days_and_reason(user: User, queues: Queues) -> None:
    """The reason by a part of it, as it is written."""
    queues.bury("old", reason=NOT_PERMITTED, ago_s=3 * DAY_S)
    for n in range(3):
        queues.bury(f"t{n}", reason="truncated gzip", ago_s=10 - n)
        queues.bury(f"p{n}", reason=NOT_PERMITTED, ago_s=10 - n)

    def ids(*words: str) -> list[str]:
        return [line["messageId"] for line in user.told("list", *words)["letters"]]

    assert ids("--reason", "not permitted") == ["p2", "p1", "p0", "old"]
    assert ids("--reason", "not permitted", "--limit", "2") == ["p2", "p1"]
    assert ids("--reason", "not permitted", "--days", "2") == ["p2", "p1", "p0"]
    assert ids("--reason", "Not Permitted") == []


def test_list_says_when_the_queue_holds_more_than_the_ledger_knows(user: User, queues: Queues) -> None:
    """SQS itself writes no reason down. Who looks back less far than a queue keeps messages can't tell."""
    queues.bury("a", reason="truncated gzip")
    queues.used_up("b")
    queues.used_up("c")

    done = user.run("list")
    told = user.told("list", "--days", "2")

    assert json.loads(done.stdout)["withoutReason"] == 2
    assert "the ledger has no reason for 2 of them at least: SQS itself moved them" in done.stderr
    assert (told["inQueue"], told["withoutReason"]) == (3, 0)
