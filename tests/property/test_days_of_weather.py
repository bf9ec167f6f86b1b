"""Files, messages, workers, the network and time, in any order: nothing is doubled or lost."""

from typing import Final

import pytest

from tests.faults.stage import Stage
from tests.faults.variants import BROKEN, NO_LEDGER
from tests.faults.weather import day, find, play, shortened

pytestmark = pytest.mark.slow

DAYS: Final = 200
DAYS_UNTIL_FOUND: Final = 100  # a variant is found by ten, as a rule


def test_every_promise_is_kept_in_any_weather(stage: Stage) -> None:
    """The same days in each run. A failure tells its day, and the events without which nothing would break."""
    found = find(range(DAYS), stage)

    assert (found and shortened(found, stage)) is None


@pytest.mark.parametrize("rule", BROKEN)
def test_the_weather_finds_out_who_leaves_a_rule_out(rule: str, stage: Stage) -> None:
    """So it can fail, and for each of these reasons."""
    found = find(range(DAYS_UNTIL_FOUND), stage, variant=BROKEN[rule])

    assert found is not None
    assert play(found.events, stage) is None  # of that day, the rule alone is what was missing


def test_the_weather_finds_out_who_has_no_ledger(stage: Stage) -> None:
    """The worker that everybody writes first."""
    found = find(range(DAYS_UNTIL_FOUND), stage, variant=NO_LEDGER)

    assert found is not None
    assert found.why.startswith("I1")


def test_a_day_that_breaks_a_promise_is_told_without_what_does_not_matter(stage: Stage) -> None:
    """So that a failure can be read."""
    hasty = BROKEN["a message is deleted when the ledger holds it"]
    found = find(range(DAYS_UNTIL_FOUND), stage, variant=hasty)
    assert found is not None

    short = shortened(found, stage, variant=hasty)

    assert len(short.events) < len(day(found.day)) / 3
    assert play(short.events, stage, variant=hasty) is not None
