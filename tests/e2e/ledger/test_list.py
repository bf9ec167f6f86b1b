"""`logtally ledger list`: what got into the ledger lately."""

import json
import re

from core.limits import DAY_S
from core.model import Datum, End, EndKind
from core.writers import Nonce
from tests.e2e.hands import Hand
from tests.e2e.ledger.states import a_minute, member_named, push, ref_of, settled
from tests.e2e.ledger.user import User


def test_list_shows_the_newest_first(user: User, hand: Hand) -> None:
    """Over days and shards."""
    now = user.hands.clock()
    settled(hand, member_named("days ago", [Datum(int(now) - 3 * DAY_S, "orders", 1)]), at=now - 3 * DAY_S)
    for key in "abcdefghij":
        push(hand, member_named(key, [Datum(a_minute(user), "orders", 1)]))
    hand.ledger.bury("m1", reason="no message", body="x", at=now)  # type: ignore[arg-type]  # a message id

    done = user.run("list", "--limit", "12")

    told = json.loads(done.stdout)["objects"]
    assert [line["key"] for line in told] == [*reversed("abcdefghij"), "days ago"]
    assert {(line["state"], line["total"]) for line in told} == {("settled", 1)}
    assert done.stderr == "note: no more in the last 30 days; --days looks further back\n"


def test_a_narrow_terminal_breaks_no_name(user: User, hand: Hand) -> None:
    """It stands alone, so that it can be copied; below it the reason, where there is one."""
    long = "/".join(["elb", "eu-west-1", *["a-folder-with-a-name"] * 6, "x.jsonl"])
    push(hand, member_named(long, [Datum(a_minute(user), "orders", 5)]))
    push(hand, End(ref=ref_of(f"{long}.gz"), kind=EndKind.FAILED, reason="damaged " * 12))

    shown = _plain(user.shown("list", columns=80)).splitlines()

    assert [line.split()[2:] for line in shown if not line.startswith(" ")][:3] == [
        ["errors", "off", "the", "graph", "alert"],
        ["failed"],
        ["settled", "5"],
    ]
    assert [line for line in shown if line.startswith(" ")] == [
        f"  s3://logs/{long}.gz",
        "  reason: " + "damaged " * 12,
        f"  s3://logs/{long}",
    ]


def _plain(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


def test_list_is_limited_by_number_and_state(user: User, hand: Hand) -> None:
    """And by the days that it looks back."""
    now = user.hands.clock()
    for key in "abc":
        push(hand, member_named(key, [Datum(a_minute(user), "orders", 1)]))
    for n in range(4):
        hand.ledger.end([End(ref=ref_of(f"f{n}"), kind=EndKind.FAILED, reason="damaged")], token=Nonce(""), at=now + n)
    hand.ledger.end([End(ref=ref_of("old"), kind=EndKind.FAILED, reason="old")], token=Nonce(""), at=now - 5 * DAY_S)

    assert [line["key"] for line in user.told("list", "--limit", "2", "--state", "failed")["objects"]] == ["f3", "f2"]
    told = user.told("list", "--state", "failed", "--days", "3")["objects"]
    assert [(line["key"], line["reason"]) for line in told] == [(f"f{n}", "damaged") for n in (3, 2, 1, 0)]
    assert [line["key"] for line in user.told("list", "--state", "settled", "--limit", "1")["objects"]] == ["c"]
