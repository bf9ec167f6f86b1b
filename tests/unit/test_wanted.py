"""Which objects a backfill takes, and what counting them is to lead to."""

from datetime import datetime, timedelta

import pytest

from cli.backfill.wanted import RINGS_FOR, Wanted, effect_of, name_of_pass
from core.aws.objects import Listed
from core.model import Effect
from tests.listings import WRITTEN, listed

SECOND = timedelta(seconds=1)
ALL = Wanted()


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        (ALL, True),
        (Wanted(match="*.jsonl"), True),
        (Wanted(match="*/api-*"), True),  # whatever folders are between
        (Wanted(match="api-*"), False),  # it is the whole key
        (Wanted(match="*.JSONL"), False),
        (Wanted(since=WRITTEN), True),
        (Wanted(since=WRITTEN + SECOND), False),
        (Wanted(until=WRITTEN), False),
        (Wanted(until=WRITTEN + SECOND), True),
        (Wanted(match="*.jsonl", since=WRITTEN, until=WRITTEN + SECOND), True),
        (Wanted(match="*.txt", since=WRITTEN, until=WRITTEN + SECOND), False),
    ],
)
def test_an_object_is_taken_for_which_everything_that_is_set_holds(wanted: Wanted, taken: bool) -> None:
    """Since is inclusive, and until is not: two backfills of neighbouring months share no file."""
    assert wanted.takes(listed("prod/eu/api-1.jsonl")) is taken


@pytest.mark.parametrize(
    ("one", "taken"),
    [(listed("prod/", size_b=0), False), (listed("prod/", size_b=1), True), (listed("prod", size_b=0), True)],
    ids=["folder", "a file with a strange name", "an empty file"],
)
def test_a_folder_is_no_file(one: Listed, taken: bool) -> None:
    """Consoles make empty objects whose names end with a slash."""
    assert ALL.takes(one) is taken


def _name(
    wanted: Wanted = ALL, *, effect: Effect | None = None, enqueue: bool = False, inventory: str | None = None
) -> str:
    return name_of_pass(wanted, effect=effect, enqueue=enqueue, inventory=inventory)


def test_passes_that_ask_for_the_same_have_one_name() -> None:
    """So that one goes on where another stopped, also in another process and years later."""
    one = _name(Wanted(match="*.jsonl", since=WRITTEN), effect=Effect.SILENT, inventory="s3://lists/m.json#e")
    same = _name(Wanted(match="*.jsonl", since=WRITTEN), effect=Effect.SILENT, inventory="s3://lists/m.json#e")

    assert one == same
    assert _name() == "490e860eaa5b4a92ad6aa2e436f56306"  # of all that is under a prefix


def test_passes_that_ask_for_something_else_have_other_names() -> None:
    """What one has passed by, the other may want."""
    wanted = [
        Wanted(match="a"),
        Wanted(match="b"),
        Wanted(since=WRITTEN),
        Wanted(until=WRITTEN),
        Wanted(since=WRITTEN, until=WRITTEN + SECOND),
    ]
    names = [
        _name(),
        _name(enqueue=True),
        _name(inventory="s3://lists/m.json#e1"),
        _name(inventory="s3://lists/m.json#e2"),
        *map(_name, wanted),
        *(_name(effect=effect) for effect in Effect),
    ]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("age", [timedelta(), timedelta(days=400)])
def test_what_somebody_asks_for_is_what_counts(effect: Effect, age: timedelta) -> None:
    """However old the file is."""
    assert effect_of(listed("a"), asked=effect, now=WRITTEN + age) is effect


@pytest.mark.parametrize(
    ("now", "effect"),
    [
        (WRITTEN - SECOND, Effect.ALL),  # by a clock that is behind
        (WRITTEN + RINGS_FOR, Effect.ALL),
        (WRITTEN + RINGS_FOR + SECOND, Effect.SILENT),
    ],
)
def test_nobody_is_woken_for_what_is_old(now: datetime, effect: Effect) -> None:
    """Unless they ask for it. On the graph it is all the same."""
    assert effect_of(listed("a"), asked=None, now=now) is effect
