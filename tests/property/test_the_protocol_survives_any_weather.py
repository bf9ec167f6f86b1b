"""The events of `tests.faults.weather` in an order that hypothesis chooses: it varies and shortens, days do not."""

from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from core.limits import HOUR_S, MINUTE_S
from tests.faults.kinds import Kind
from tests.faults.stage import Stage
from tests.faults.variants import NO_LEDGER, THE_PRODUCT, Variant
from tests.faults.weather import Act, Arrives, Dies, Late, Passes, Slow, Strikes, Takes, Touch, Touched, Weather

EXAMPLES: Final = 60
STEPS: Final = 30
STRIKES: Final = (
    Kind.STOP_BEFORE,
    Kind.STOP_AFTER,
    Kind.MEANWHILE,
    Kind.LOSE_REQUEST,
    Kind.LOSE_ANSWER,
    Kind.SILENCE,
    Kind.FAIL_LATE,
    Kind.THROTTLED,
    Kind.DENIED,
    Kind.PAGE,
)
JUMPS_S: Final = (1, MINUTE_S, 6 * MINUTE_S, 17 * MINUTE_S, 32 * MINUTE_S, 3 * HOUR_S)

a_worker = st.sampled_from(("first", "second", "third"))


class Machine(RuleBasedStateMachine):
    """Weather over three workers."""

    def __init__(self, stage: Stage, variant: Variant) -> None:
        super().__init__()
        self.weather = Weather(stage, variant)

    @rule(errors=st.integers(1, 12))
    def a_file_arrives(self, errors: int) -> None:
        self.weather.happens(Arrives(errors, 1))

    @rule(file=st.integers(0, STEPS), how=st.sampled_from(Touch))
    def a_file_is_touched(self, file: int, how: Touch) -> None:
        self.weather.happens(Touched(file, how))

    @rule(seconds=st.integers(0, 600))
    def a_message_is_late(self, seconds: int) -> None:
        self.weather.happens(Late(seconds))

    @rule(name=a_worker, act=st.sampled_from(Act))
    def a_worker_takes_a_step(self, name: str, act: Act) -> None:
        self.weather.happens(Takes(name, act))

    @rule(name=a_worker)
    def a_worker_dies(self, name: str) -> None:
        self.weather.happens(Dies(name))

    @rule(kind=st.sampled_from(STRIKES))
    def something_goes_wrong_with_the_next_call(self, kind: Kind) -> None:
        self.weather.happens(Strikes(kind))

    @rule(seconds=st.sampled_from(JUMPS_S))
    def time_passes(self, seconds: int) -> None:
        self.weather.happens(Passes(seconds))

    @rule(seconds=st.integers(0, 14 * MINUTE_S), in_order=st.booleans())
    def metrics_become_readable_later(self, seconds: int, in_order: bool) -> None:
        """Never later than the hold."""
        self.weather.happens(Slow(seconds, in_order))

    def teardown(self) -> None:
        self.weather.clears_up()


def _run(stage: Stage, variant: Variant, *, phases: tuple[Phase, ...] = tuple(Phase)) -> None:
    class OverThisCloud(Machine):
        def __init__(self) -> None:
            super().__init__(stage, variant)

    run_state_machine_as_test(
        OverThisCloud,
        settings=settings(
            max_examples=EXAMPLES,
            phases=phases,
            stateful_step_count=STEPS,
            derandomize=True,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


@pytest.mark.slow
def test_every_promise_is_kept_in_any_weather(stage: Stage) -> None:
    """Random interleavings of the real code, the same in each run."""
    _run(stage, THE_PRODUCT)


@pytest.mark.slow
def test_the_weather_finds_out_who_has_no_ledger(stage: Stage) -> None:
    """So the machine can fail."""
    with pytest.raises(AssertionError, match="I1"):
        _run(stage, NO_LEDGER, phases=(Phase.generate,))  # nobody needs its shortest failure
