"""A file that is uploaded again and again under one key: each of its lines counts once."""

import bz2
import gzip
import json
from collections.abc import Callable

import pytest
from backports import zstd

from core.limits import HOUR_S
from core.model import Grown
from core.rule_settings import RuleSettings
from local.faults import DENIED, Fault
from tests.e2e.grown.growing import KEY, Growing
from tests.faults.stage import Stage
from tests.s3_events import created

pytestmark = pytest.mark.slow


def test_what_is_appended_counts_and_nothing_else(growing: Growing) -> None:
    """The ledger has the report of the whole file each time, and says what of it is new."""
    first, more = growing.lines("orders", 3), growing.lines("orders") + growing.lines("auth", 2)
    growing.count(first)
    growing.count(first, more)

    assert growing.graph == {"orders": 4, "auth": 2}
    one, two = growing.accounts
    assert one.report is not None
    assert two.report is not None
    assert (one.report.total, one.covered) == (3, 0)
    assert (two.report.total, two.covered, two.report.by_service) == (6, 3, {"orders": 4, "auth": 2})
    assert two.why == ("The graph shows its 3 new errors, once. Of 6 errors 3 were counted when the file was shorter.")
    assert growing.left == 0


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(-40, id="in the middle of a line"),
        pytest.param(-1, id="before its line feed"),
        pytest.param(-2, id="before its last brace"),
    ],
)
def test_a_line_that_is_cut_counts_once(growing: Growing, cut: int) -> None:
    """As soon as it can be read, whether it is ended or not."""
    lines = growing.lines("orders", 3)
    growing.count(lines[:cut])
    growing.count(lines[:cut], lines[cut:])
    growing.count(lines, growing.lines("auth"))

    assert growing.graph == {"orders": 3, "auth": 1}


def test_what_was_counted_counts_no_more_when_its_line_goes_on(growing: Growing) -> None:
    """An entry without a line feed was one; what follows it on its line makes it none, and takes nothing back."""
    line = growing.lines("orders").rstrip()
    growing.count(line)
    growing.count(line, line, b"\n", growing.lines("auth"))

    assert growing.graph == {"orders": 1, "auth": 1}
    report = growing.accounts[-1].report
    assert report is not None
    assert (report.total, report.malformed) == (1, 1)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zstd.compress])
def test_a_member_that_is_appended_is_what_was_appended(growing: Growing, pack: Callable[[bytes], bytes]) -> None:
    """The bytes are compared as they were written, however they are packed. Packed anew, they are the same file."""
    first, more = growing.lines("orders", 3), growing.lines("auth", 2)
    growing.count(pack(first))
    growing.count(pack(first), pack(more))
    growing.count(pack(first + more + growing.lines("auth")))

    assert growing.graph == {"orders": 3, "auth": 3}


def test_nothing_that_counts_is_appended(growing: Growing) -> None:
    """Then nothing is sent; and what follows counts once."""
    first, quiet = growing.lines("orders", 3), growing.lines("orders", 2, level="INFO")
    growing.count(first)
    growing.count(first, quiet)
    assert growing.accounts[-1].why.startswith("It adds no errors, so there is nothing to show.")
    growing.count(first, quiet, growing.lines("auth"))

    assert growing.graph == {"orders": 3, "auth": 1}
    assert [account.state for account in growing.accounts] == ["settled", "empty", "settled"]


def test_a_file_without_errors_grows_by_some(growing: Growing) -> None:
    """What has nothing to send has a head, too."""
    quiet = growing.lines("orders", 2, level="INFO")
    growing.count(quiet)
    growing.count(quiet, growing.lines("orders", 2))
    growing.count(quiet, growing.lines("orders", 3))

    assert growing.graph == {"orders": 3}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda growing: growing.lines("auth", 2), id="rotated"),
        pytest.param(lambda growing: growing.lines("orderz", 3), id="of the same length"),
        pytest.param(lambda growing: growing.lines("auth", 40), id="rotated, and longer by now"),
        pytest.param(lambda _: b"", id="truncated to nothing"),
    ],
)
def test_a_file_that_begins_otherwise_is_another_file(growing: Growing, other: Callable[[Growing], bytes]) -> None:
    """All of it counts, and it grows from there."""
    growing.count(growing.lines("orders", 3))
    content = other(growing)
    growing.count(content)
    growing.count(content, growing.lines("new", 2))

    lines = (content + growing.lines("new", 2)).decode().split("\n")
    expected = {name: sum(f'"{name}"' in line for line in lines) for name in ("auth", "orderz", "new")}
    assert {name: errors for name, errors in growing.graph.items() if name} == {
        "orders": 3,
        **{name: errors for name, errors in expected.items() if errors},
    }


def test_the_same_bytes_once_more_are_known(growing: Growing) -> None:
    """They cost no GET."""
    growing.count(growing.lines("orders", 3))
    growing.count(growing.lines("orders", 3))

    assert growing.graph == {"orders": 3}
    assert growing.calls("GetObject") == 1


def test_a_file_rings_once_and_another_one_again(growing: Growing) -> None:
    """When its total first comes to the threshold, of ten."""
    for errors in (6, 9, 10, 11, 40):
        growing.count(growing.lines("orders", errors))
    assert (growing.graph[""], growing.alerts) == (1, 1)
    assert [account.rang for account in growing.accounts] == [False, False, True, False, False]

    growing.count(growing.lines("auth", 12))
    growing.count(growing.lines("auth", 13))
    assert (growing.graph[""], growing.alerts) == (2, 1)


def test_a_hundred_growths_come_to_what_one_reading_would(growing: Growing) -> None:
    """Each is read once."""
    content = b""
    for number in range(100):
        content += growing.lines(f"s{number % 3}")
        growing.count(content[: len(content) - number % 7])
    growing.count(content, b"\n")

    assert growing.graph == {"s0": 34, "s1": 33, "s2": 33, "": 1}
    assert growing.alerts == 1
    assert growing.calls("GetObject") == 101
    assert growing.calls("BatchGetItem") == 101


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
