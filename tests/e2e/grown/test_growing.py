"""A file that is uploaded again and again under one key: each of its lines counts once."""

import bz2
import gzip
from collections.abc import Callable

import pytest
from backports import zstd

from tests.e2e.grown.growing import Growing

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
    assert two.why == (
        "The graph shows its 3 new errors, once."
        " Of 6 errors 3 are in lines that were counted before, by the rule of then."
    )
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
