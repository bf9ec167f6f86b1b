"""`logtally ledger forget`: a file may be counted again, and whoever says so is told what that does."""

import json
from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace

from core.aws import clients, items
from core.aws.forgetting import forget
from core.aws.history import History
from core.aws.table import Table
from core.errors import Transient
from core.forgetting import to_forget
from core.history import State
from core.model import Bucket, Datum, End, EndKind, Extent, Head, ObjectKey
from core.writers import Nonce
from local.faults import Fail, Fault, Kind, LoseAnswer
from tests.e2e.hands import Hand, errors_in
from tests.e2e.ledger.states import a_minute, an_hour_ago, left_in_doubt, member_named, push, ref_of
from tests.e2e.ledger.user import User


def test_forget_is_dry_unless_told_otherwise(user: User, hand: Hand) -> None:
    """And it says what counting again would do."""
    push(hand, member_named("a", [Datum(a_minute(user), "orders", 5)]))

    done = user.run("forget", "s3://logs/a")

    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert told["dryRun"] is True
    assert [line["etag"] for line in told["forgotten"]] == ["e1"]
    assert done.stderr.splitlines() == [
        "warning: CloudWatch can't unlearn what it holds of it: counting again doubles it",
        "dry run: nothing was removed; add --yes",
    ]
    assert hand.ledger.known([ref_of("a")]) == {ref_of("a")}


def test_what_is_forgotten_is_counted_again(user: User, hand: Hand) -> None:
    """All its versions, and with them its head; then the graph holds it twice, and reconcile says so."""
    at = a_minute(user)
    member = member_named("a", [Datum(at, "orders", 5)])
    push(hand, member)
    push(hand, member_named("a", [], etag="e2"))
    dynamodb = clients.dynamodb(user.hands.aws, endpoint_url=user.hands.cloud.endpoint)
    head: Any = {"pk": {"S": "object#logs/a"}, "sk": {"S": "head"}}
    extent = Extent(start="s", length_b=90, digest="d", total=5, rang=False, sequencer=None)
    reached = Head(rev=3, files=(extent,))
    item = items.head_item(member.ref, reached, expires_at=0)
    dynamodb.put_item(TableName=user.hands.wired.table, Item=item)

    told = user.told("forget", "s3://logs/a", "--yes")

    assert (len(told["forgotten"]), told["dryRun"]) == (2, False)
    assert user.run("show", "s3://logs/a").returncode == 2
    assert "Item" not in dynamodb.get_item(TableName=user.hands.wired.table, Key=head)
    push(hand, member)
    assert errors_in(user.hands.cloud) == Counter({("orders", at): 10})
    assert user.told("reconcile", "--since", an_hour_ago(user), code=1)["differing"][0]["graph"] == 10


def test_forget_says_how_s3_announces_a_file_again(user: User, hand: Hand) -> None:
    """S3 refuses a copy onto itself that changes nothing. The line can be pasted, whatever the key is."""
    push(hand, member_named("a b.jsonl", [Datum(a_minute(user), "orders", 5)]))

    done = user.run("forget", "s3://logs/a b.jsonl", "--yes")

    command = "aws s3 cp 's3://logs/a b.jsonl' 's3://logs/a b.jsonl' --metadata-directive REPLACE"
    assert done.stderr.splitlines()[1:] == [
        f"note: it is counted again when S3 announces it again: upload it again, or {command}"
    ]


def test_one_version_can_be_forgotten(user: User, hand: Hand) -> None:
    """The others stay."""
    for etag in ("e1", "e2"):
        push(hand, member_named("a", [Datum(a_minute(user), "orders", 5)], etag=etag))

    user.told("forget", "s3://logs/a", "--etag", "e1", "--yes")

    assert [version["etag"] for version in user.told("show", "s3://logs/a")["versions"]] == ["e2"]
    assert user.run("forget", "s3://logs/a", "--etag", "e1", "--yes").returncode == 2


def test_of_a_file_that_grew_all_versions_are_forgotten_or_none(user: User, hand: Hand) -> None:
    """Each counted what it added; what was not counted can go by itself, and what was counted stays so."""
    extent = Extent(start="s", length_b=90, digest="d", total=5, rang=False, sequencer=None)
    for rev, etag in enumerate(("e1", "e2"), 1):
        member = member_named("a", [Datum(a_minute(user), "orders", 5)], etag=etag)
        push(hand, replace(member, head=Head(rev=rev, files=(extent,))))
    push(hand, End(ref=ref_of("a", etag="late"), kind=EndKind.SUPERSEDED, reason="a later version of it is counted"))

    refused = user.run("forget", "s3://logs/a", "--etag", "e1", "--yes")
    user.told("forget", "s3://logs/a", "--etag", "late", "--yes")

    assert refused.returncode == 2
    assert "forget all of them" in refused.stderr
    assert hand.ledger.heads([(Bucket("logs"), ObjectKey("a"))]) != {}
    user.told("forget", "s3://logs/a", "--yes")
    assert hand.ledger.heads([(Bucket("logs"), ObjectKey("a"))]) == {}


def test_an_object_whose_push_is_outstanding_is_not_forgotten(user: User, hand: Hand) -> None:
    """It may still be counted; and whoever settles it needs its data."""
    left_in_doubt(user, hand, member_named("a", [Datum(a_minute(user), "orders", 5)]), landed=True)

    done = user.run("forget", "s3://logs/a", "--yes")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: s3://logs/a: its push is outstanding, and may still be counted: settle it first\n"
    assert hand.ledger.known([ref_of("a")]) == {ref_of("a")}


def test_what_changed_since_it_was_read_is_not_forgotten(user: User, hand: Hand) -> None:
    """Somebody forgot it before, and it was counted again: this one is outstanding."""
    member = member_named("a", [Datum(a_minute(user), "orders", 5)])
    dynamodb = clients.dynamodb(user.hands.aws, endpoint_url=user.hands.cloud.endpoint)
    table = Table(dynamodb, user.hands.wired.table, sleep=lambda _: None, jitter=lambda: 1.0)
    history = History(table)
    push(hand, member)
    known = history.known(Bucket("logs"), ObjectKey("a"))
    going = to_forget(known, etag=None, states={"e1": State.SETTLED})
    user.told("forget", "s3://logs/a", "--yes")
    left_in_doubt(user, hand, member, landed=True)

    with pytest.raises(Transient, match="nothing was removed"):
        forget(table, going, nonce=lambda: Nonce("again"))

    assert history.known(Bucket("logs"), ObjectKey("a")).versions != ()


@pytest.mark.parametrize("kind", [LoseAnswer(), Fail(effect=True)], ids=str)
def test_forgetting_whose_answer_is_lost_is_done(user: User, hand: Hand, kind: Kind) -> None:
    """The same transaction again is recognised by its token."""
    push(hand, member_named("a", [Datum(a_minute(user), "orders", 5)]))
    with user.hands.cloud.faults.inject(Fault(service="dynamodb", operation="TransactWriteItems", kind=kind)):
        user.told("forget", "s3://logs/a", "--yes")

    assert user.run("show", "s3://logs/a").returncode == 2
