"""Versions of one key out of order, in two hands, without an order, by other rules: each line counts once."""

import json

import pytest

from core.limits import HOUR_S
from core.model import Grown
from core.rule_settings import RuleSettings
from local.faults import DENIED, Fault
from tests.e2e.grown.growing import KEY, Growing
from tests.faults.stage import Stage
from tests.s3_events import created

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2), (2,), (1,), (0, 1, 2, 0, 1, 2)])
def test_versions_come_in_any_order_and_some_never(growing: Growing, order: tuple[int, ...]) -> None:
    """An older version than one that is counted is superseded, as soon as its first line is read."""
    parts = [growing.lines("orders", 3), growing.lines("auth", 2), growing.lines("billing")]
    for end in (1, 2, 3):
        growing.put(*parts[:end])
    announced = growing.announced()

    growing.handle([announced[number] for number in order])

    last = max(order)
    assert growing.graph == dict([("orders", 3), ("auth", 2), ("billing", 1)][: last + 1])
    assert growing.left == 0


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (2, 0, 1), (1, 2, 0), (0, 2, 1)])
def test_a_rotated_file_counts_however_late_it_is_announced(growing: Growing, order: tuple[int, ...]) -> None:
    """The bucket keeps each version, and by its first line it is another file. What had been counted of it is known."""
    old, new = growing.lines("old", 3), growing.lines("new", 2)
    growing.count(old)
    growing.put(old, growing.lines("old", 10))
    growing.put(new)
    growing.put(new, growing.lines("new", 1))
    announced = growing.announced()

    growing.handle([announced[number] for number in order])

    assert growing.graph == {"old": 13, "new": 3, "": 1}
    assert growing.alerts == 1
    assert growing.left == 0


def test_a_key_that_goes_back_to_what_was_counted_grows_from_there(growing: Growing) -> None:
    """Somebody rotated it, and puts the old one back."""
    old = growing.lines("old", 3)
    growing.count(old)
    growing.count(growing.lines("new", 2))
    growing.count(old)
    growing.count(old, growing.lines("old"))

    assert growing.graph == {"old": 4, "new": 2}


def test_a_file_grows_while_it_is_being_counted(growing: Growing) -> None:
    """Another worker counts all of the longer one; the slow one is too late, and finds out."""
    first = growing.lines("orders", 3)
    growing.put(first)
    growing.worker.receive()
    growing.put(first, growing.lines("auth", 2))
    growing.another_worker().turn()
    growing.worker.push()
    growing.worker.turn()

    assert growing.graph == {"orders": 3, "auth": 2}
    assert sorted(account.state for account in growing.accounts) == ["settled", "superseded"]
    growing.worker.turn()
    assert growing.left == 0


def test_both_were_read_before_either_was_counted(growing: Growing) -> None:
    """The longer one is read again, and adds what the shorter one has not."""
    first = growing.lines("orders", 3)
    growing.put(first)
    growing.worker.receive()
    growing.put(first, growing.lines("auth", 2))
    other = growing.another_worker()
    other.receive()
    growing.worker.push()
    other.push()
    other.turn()

    assert growing.graph == {"orders": 3, "auth": 2}
    assert [account.covered for account in growing.accounts] == [0, 3]
    assert growing.calls("GetObject") == 3
    assert growing.left == 0


def test_two_versions_in_one_hand_come_into_two_pushes(growing: Growing) -> None:
    """A transaction moves no head twice."""
    first = growing.lines("orders", 3)
    growing.put(first)
    growing.put(first, growing.lines("auth", 2))
    growing.worker.receive()
    for _ in range(3):
        growing.worker.turn()

    assert growing.graph == {"orders": 3, "auth": 2}
    assert growing.left == 0


def test_a_file_that_never_grows_costs_no_call_of_its_own_for_that(growing: Growing) -> None:
    """Its head is looked up with it, and put with it."""
    growing.count(growing.lines("orders", 3))

    calls = [operation for _, operation in growing.world.meddler.called]
    assert calls == [
        "ReceiveMessage",
        "BatchGetItem",
        "GetObject",
        "Query",  # which slots there are
        "TransactWriteItems",
        "DeleteMessageBatch",
        "PutMetricData",
        "PutItem",  # the commit, as nothing follows
    ]
    head = growing.known.head
    assert head is not None
    (extent,) = head.files
    assert (head.rev, extent.length_b, extent.total, extent.rang) == (1, len(growing.lines("orders", 3)), 3, False)


def test_what_could_not_be_looked_up_is_not_counted_again(growing: Growing) -> None:
    """Intend refuses it, and it comes back: the worker does not run in circles."""
    first = growing.lines("orders", 3)
    growing.count(first)
    growing.put(first, growing.lines("auth", 2))
    silent = Fault(service="dynamodb", operation="BatchGetItem", kind=DENIED, nth=None)
    with growing.world.cloud.faults.inject(silent):
        growing.worker.turn()
    assert (growing.graph, growing.left) == ({"orders": 3}, 1)
    assert growing.calls("GetObject") == 2

    growing.world.clock.advance(HOUR_S)
    growing.worker.turn()
    assert (growing.graph, growing.left) == ({"orders": 3, "auth": 2}, 0)


def test_what_could_not_be_looked_up_once_is_read_again(growing: Growing) -> None:
    """By its head, at once."""
    first = growing.lines("orders", 3)
    growing.count(first)
    growing.put(first, growing.lines("auth", 2))
    silent = Fault(service="dynamodb", operation="BatchGetItem", kind=DENIED)
    with growing.world.cloud.faults.inject(silent):
        growing.worker.turn()

    assert (growing.graph, growing.left) == ({"orders": 3, "auth": 2}, 0)


def test_whoever_announces_without_a_sequencer_means_the_current_version(growing: Growing) -> None:
    """As a backfill does: what has been overwritten is superseded, and what was counted since is covered."""
    first, second = growing.lines("orders", 3), growing.lines("auth", 2)
    growing.put(first)
    old = growing.etag()
    growing.announced()
    growing.count(first, second)
    growing.handle([created(growing.world.wired.bucket, KEY, etag=old)])
    growing.put(first, second, growing.lines("billing"))
    growing.announced()
    growing.handle([created(growing.world.wired.bucket, KEY, etag=growing.etag())])
    growing.count(first, second, growing.lines("billing", 2))

    assert growing.graph == {"orders": 3, "auth": 2, "billing": 2}
    assert [account.state for account in growing.accounts if account.etag == old] == ["superseded"]


def test_what_is_overwritten_and_deleted_counts_all_the_same(growing: Growing) -> None:
    """Though a backfill has counted another file of the key before."""
    growing.put(growing.lines("old", 3))
    growing.announced()
    growing.handle([created(growing.world.wired.bucket, KEY, etag=growing.etag())])
    growing.put(growing.lines("new", 2))
    growing.world.aws.s3.delete_object(Bucket=growing.world.wired.bucket, Key=KEY)
    growing.worker.turn()

    assert growing.graph == {"old": 3, "new": 2}


def test_a_file_that_was_counted_without_alerts_rings_when_it_adds_errors(growing: Growing) -> None:
    """And not for a line that is none."""
    old, quiet = growing.lines("orders", 12), growing.lines("orders", level="INFO")
    growing.put(old)
    growing.announced()
    silent = json.loads(created(growing.world.wired.bucket, KEY, etag=growing.etag()))
    silent["Records"][0]["logtally"] = {"effect": "silent"}
    growing.handle([json.dumps(silent)])
    growing.count(old, quiet)
    assert growing.graph == {"orders": 12}
    growing.count(old, quiet, growing.lines("orders"))

    assert growing.graph == {"orders": 13, "": 1}
    assert growing.alerts == 1


def test_where_each_version_is_another_file_each_counts_whole(stage: Stage) -> None:
    """`replace`: and each may ring."""
    growing = Growing(stage, rules=(RuleSettings(name="dumps", grown=Grown.REPLACE),))
    growing.count(growing.lines("orders", 10))
    growing.count(growing.lines("orders", 11))
    growing.put(growing.lines("auth", 1))
    growing.put(growing.lines("auth", 2))
    growing.handle(reversed(growing.announced()))

    assert growing.graph == {"orders": 21, "auth": 3, "": 2}
    assert growing.alerts == 2
    assert growing.known.head is None


def test_other_rules_count_nothing_again(growing: Growing) -> None:
    """What was counted stays as it was; what is new, and the whole file's threshold, are read by the new rule."""
    first = growing.lines("orders", 3) + growing.lines("auth", 4, level="FATAL")
    growing.count(first)
    growing.world.rules = (RuleSettings(name="fatal too", levels=frozenset({"ERROR", "FATAL"}), threshold=8),)
    growing.worker = growing.another_worker()
    growing.count(first, growing.lines("auth", 1, level="FATAL"))

    assert growing.graph == {"orders": 3, "auth": 1, "": 1}
    last = growing.accounts[-1]
    assert last.report is not None
    assert (last.rule, last.report.total, last.covered) == ("fatal too", 8, 7)
    assert growing.known.head is not None
    assert growing.known.head.files[-1].total == 4
