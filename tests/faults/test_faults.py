"""One thing goes wrong, at every call in every way; and two things, at calls drawn by chance. All: `make faults`."""

from collections.abc import Callable
from random import Random
from typing import Final

import pytest

from tests.faults.carry_out import Ran, a_pair, carry_out, singles
from tests.faults.kinds import Kind
from tests.faults.scenarios import SCENARIOS
from tests.faults.schedule import Fault, Schedule
from tests.faults.stage import Stage
from tests.faults.variants import BROKEN_IN_STORIES, NO_LEDGER, THE_PRODUCT, Variant

pytestmark = pytest.mark.slow

SEED: Final = 1
PAIRS: Final = 30  # of each scenario
# More than a hundred calls, or a file of 1500 cells: of these no pairs; and of what is in SHARE, only one in so many of
# the single faults, drawn by chance.
LONG: Final = {"cloudwatch-is-down": 15, "several-requests": 2}
SHARE: Final = {
    **LONG,
    "grows": 4,
    "grows-in-hand": 4,
    "grows-in-two-hands": 4,
    "grows-in-reverse": 3,
    "rotates": 5,
    "grows-beside-a-backfill": 6,
}


def _broken(schedules: list[Schedule], stage: Stage, record_property: Callable[[str, object], None]) -> list[str]:
    record_property("schedules", len(schedules))
    ran = [carry_out(schedule, stage) for schedule in schedules]
    assert [str(one.schedule) for one in ran if not one.met] == []  # a fault that never came to pass proves nothing
    return [f"{one.schedule}  # {one.broken}" for one in ran if one.broken is not None]


def _fair(name: str, stage: Stage, *, variant: Variant = THE_PRODUCT) -> Ran:
    return carry_out(Schedule(name), stage, variant=variant)


def _first(operation: str, fair: Ran) -> int:
    return next(number for number, (_, called) in enumerate(fair.called, 1) if called == operation)


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_doubled_or_lost_when_one_thing_goes_wrong(
    name: str, stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    """Whichever call it is, and whatever happens to it. `python -m tests.faults LINE` repeats a line."""
    fair = _fair(name, stage)
    assert fair.broken is None
    schedules = list(singles(fair))
    share = SHARE.get(name, 1)

    assert _broken(Random(SEED).sample(schedules, len(schedules) // share), stage, record_property) == []


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in LONG])
def test_nothing_is_doubled_or_lost_when_two_things_go_wrong(
    name: str, stage: Stage, record_property: Callable[[str, object], None]
) -> None:
    """The second one strikes the recovery, too."""
    fair, random = _fair(name, stage), Random(SEED)

    assert _broken([a_pair(fair, stage, random) for _ in range(PAIRS)], stage, record_property) == []


def test_the_worker_that_everybody_writes_first_is_found_out(stage: Stage) -> None:
    """It doubles errors when an answer is lost or it dies, and when a file is announced again."""
    fair = _fair("an-alert", stage, variant=NO_LEDGER)
    assert fair.broken is None
    put = _first("PutMetricData", fair)

    broken = {
        kind: carry_out(Schedule("an-alert", (Fault(put, kind),)), stage, variant=NO_LEDGER).broken
        for kind in (Kind.LOSE_ANSWER, Kind.FAIL_LATE, Kind.SILENCE, Kind.STOP_AFTER, Kind.MEANWHILE)
    }

    assert {kind: why[:3] if why else "kept" for kind, why in broken.items()} == {
        Kind.LOSE_ANSWER: "I1:",
        Kind.FAIL_LATE: "I1:",
        Kind.SILENCE: "I1:",
        Kind.STOP_AFTER: "I1:",
        Kind.MEANWHILE: "kept",  # its message is hidden from the other: here SQS suffices
    }
    assert "holds" in (_fair("redelivered", stage, variant=NO_LEDGER).broken or "")


@pytest.mark.parametrize(
    ("rule", "scenario", "operation", "kind"),
    [
        ("AWS refuses old signatures", "an-alert", "PutMetricData", Kind.SLEEP),
        ("a push is sent once", "an-alert", "PutMetricData", Kind.LOSE_ANSWER),
        ("absence is looked for after the fence and the hold", "an-alert", "PutMetricData", Kind.DOZE),
        ("a push that left no mark is lost", "an-alert", "PutMetricData", Kind.LOSE_REQUEST),
        ("a write is ours by its nonce", "two-files", "TransactWriteItems", Kind.MEANWHILE),
        ("a write is ours by its nonce", "two-settlers", "PutItem", Kind.MEANWHILE),
        ("a message is deleted when the ledger holds it", "an-alert", "TransactWriteItems", Kind.STOP_BEFORE),
        ("a notice is put if absent", "asked", "TransactWriteItems", Kind.STOP_AFTER),
        ("a notice is put if absent", "asked-twice", "Publish", Kind.MEANWHILE),
        ("a head is moved from where it was read", "grows-in-two-hands", "GetObject", Kind.BREAK_BODY),
        ("a version is compared with the head", "grows", "GetObject", Kind.BREAK_BODY),
        ("whoever settles a push publishes its alerts", "asked-and-left", "Publish", Kind.STOP_BEFORE),
        ("whoever settles a push publishes its alerts", "an-alert", "Publish", Kind.STOP_BEFORE),
    ],
)
def test_a_rule_that_is_left_out_is_found_out(
    rule: str, scenario: str, operation: str, kind: Kind, stage: Stage
) -> None:
    """By one fault at the first call of an operation; with all rules the same schedule keeps all promises."""
    schedule = Schedule(scenario, (Fault(_first(operation, _fair(scenario, stage)), kind),))

    assert carry_out(schedule, stage).broken is None
    assert carry_out(schedule, stage, variant=BROKEN_IN_STORIES[rule]).broken is not None


def test_a_line_repeats_its_schedule() -> None:
    """So that a failure in the night can be looked at in the morning."""
    schedule = Schedule("an-alert", (Fault(7, Kind.STOP_AFTER), Fault(12, Kind.LOSE_ANSWER)))

    assert str(schedule) == "an-alert 7:stop-after 12:lose-answer"
    assert Schedule.of(str(schedule)) == schedule
