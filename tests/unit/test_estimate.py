"""What a backfill would come to, before a single file is read."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from cli.backfill.estimate import Estimate, estimate
from cli.backfill.feed import Feed
from cli.backfill.sums import Adding
from cli.backfill.wanted import Wanted
from core.aws.objects import Listed
from core.costs import PRICES
from core.limits import WINDOW_BACK_S
from core.model import Effect
from tests.listings import Shelf, listed

NOW = datetime(2025, 10, 15, 12, 0, tzinfo=UTC)
EDGE = NOW - timedelta(seconds=WINDOW_BACK_S)  # 2025-10-01 14:00
OLD = datetime(2025, 9, 15, 13, 0, tzinfo=UTC)


def _estimate(
    objects: Sequence[Listed],
    *,
    wanted: Wanted | None = None,
    known: Sequence[str] = (),
    effect: Effect | None = None,
    enqueue: bool = False,
) -> Estimate:
    sums = Adding()
    feed = Feed(
        Shelf(objects),
        after=None,
        wanted=wanted or Wanted(),
        known=lambda refs: {ref for ref in refs if ref.key in known},
        limit=None,
        sums=sums,
        wait=lambda _failures, _why: True,
        stop=threading.Event(),
    )
    return estimate(feed, sums=sums, effect=effect, enqueue=enqueue, lists=True, prices=PRICES, now=NOW)


def test_only_what_would_be_counted_is_added_up() -> None:
    """What is known or not wanted is told beside."""
    objects = [
        listed("a.log", at=OLD, size_b=10),
        listed("b.log", at=NOW, size_b=20),
        listed("c.log", at=NOW - timedelta(days=3), size_b=40),
        listed("d.log", at=NOW, size_b=80),
        listed("e.txt", at=NOW, size_b=160),
    ]

    made = _estimate(objects, wanted=Wanted(match="*.log"), known=["d.log"])

    assert (made.files, made.bytes, made.known, made.unwanted) == (3, 70, 1, 1)
    assert (made.oldest, made.newest) == (OLD, NOW)
    assert (made.silent, made.outside_files) == (2, 1)
    assert {charge.what: charge.count for charge in made.bill} == {
        "S3 listings": 1,
        "S3 reads": 3,
        "ledger read units": 4 + 3,
        "ledger write units": 3 * 8 + 8,
        "CloudWatch calls, at least": 1,
        "alerts, at most": 1,
    }
    assert made.dollars == pytest.approx(sum(charge.dollars for charge in made.bill))


def test_nothing_comes_to_nothing() -> None:
    """An empty prefix has no oldest file."""
    made = _estimate([])

    assert (made.files, made.oldest, made.newest, made.dollars) == (0, None, None, 0)


@pytest.mark.parametrize(
    ("effect", "silent", "outside"), [(None, 1, 1), (Effect.ALL, 0, 1), (Effect.SILENT, 2, 1), (Effect.NONE, 2, 0)]
)
def test_what_is_asked_for_decides_what_rings_and_what_is_pushed(
    effect: Effect | None, silent: int, outside: int
) -> None:
    """What is not pushed can't be too old for it."""
    made = _estimate([listed("a", at=OLD), listed("b", at=NOW)], effect=effect)

    assert (made.silent, made.outside_files) == (silent, outside)


def test_the_queue_is_on_the_bill_if_it_is_used() -> None:
    """Sending, receiving and deleting a message."""
    made = _estimate([listed(f"{n}", at=NOW) for n in range(10)], enqueue=True)

    assert {charge.what: charge.count for charge in made.bill}["queue calls"] == 3


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        ("app-2025-09-15T12-00.jsonl", 61),  # from the time in its name to its last change, both of them
        ("app-2025-09-15T13-00.jsonl", 1),
        ("app.jsonl", 1),  # nobody knows when it began
        ("2025-09-15T12-00/app.jsonl", 1),  # a folder's name says nothing of a file's
        ("app-2025-09-15T13-01.jsonl", 1),  # of a time after its last change
        ("app-2025-09-08T13-00.jsonl", 7 * 24 * 60 + 1),
        ("app-2025-09-08T12-59.jsonl", 1),  # no file spans more than a week
        ("app-2025-99-15T12-00.jsonl", 1),  # no time at all
    ],
)
def test_a_file_covers_the_minutes_since_the_time_in_its_name(name: str, minutes: int) -> None:
    """If that time fits its last change; else it is taken for that minute alone."""
    assert _estimate([listed(name, at=OLD)]).outside_minutes == minutes


def test_minutes_that_files_share_count_once() -> None:
    """A hundred services write a file of the same hour."""
    objects = [
        listed("a-2025-09-15T12-00", at=OLD),  # 12:00 to 13:00
        listed("b-2025-09-15T12-00", at=OLD),
        listed("c-2025-09-15T12-30", at=OLD + timedelta(minutes=30)),  # 12:30 to 13:30
        listed("d", at=OLD - timedelta(minutes=10)),  # 12:50
        listed("e-2025-09-15T14-00", at=OLD + timedelta(minutes=61)),  # 14:00 to 14:01
    ]

    assert _estimate(objects).outside_minutes == 91 + 2


@pytest.mark.parametrize(
    ("changed", "files", "minutes"),
    [(EDGE - timedelta(seconds=1), 1, 61), (EDGE, 0, 0), (NOW, 0, 0)],
    ids=["a second too old", "just not", "now"],
)
def test_what_cloudwatch_takes_is_not_outside(changed: datetime, files: int, minutes: int) -> None:
    """The edge is that of two weeks, with the time that pushing takes."""
    named = f"{EDGE - timedelta(minutes=61):app-%Y-%m-%dT%H-%M.jsonl}"
    made = _estimate([listed(named, at=changed)])

    assert (made.outside_files, made.outside_minutes) == (files, minutes)


@pytest.mark.parametrize("at", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2006, 3, 1, 0, 30, tzinfo=UTC)])
def test_a_time_before_s3_began_is_no_trouble(at: datetime) -> None:
    """Whoever answers for S3 may have its own idea of time."""
    named = f"{at - timedelta(hours=1):app-%Y-%m-%dT%H-%M}"

    assert _estimate([listed(named, at=at), listed("b", at=OLD)]).outside_minutes <= 32
