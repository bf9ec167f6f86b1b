"""Workers in any order of turns, deaths, faults and jumps of the clock: CloudWatch never holds more than the files."""

import json
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from core.limits import HOUR_S, MINUTE_S
from tests.faults.kinds import Kind
from tests.faults.naive import Naive
from tests.faults.stage import Stage
from tests.faults.variants import Variant
from tests.faults.worker import Worker
from tests.faults.world import File, World

WORKERS: Final = ("first", "second", "third")
WEATHER: Final = (
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

a_worker = st.sampled_from(WORKERS)


class Weather(RuleBasedStateMachine):
    """A world of three workers. I1 is looked at after each of their turns, all promises at the end."""

    def __init__(self, stage: Stage, variant: Variant) -> None:
        super().__init__()
        self.world = World(stage, {}, variant=variant)
        self.workers: dict[str, Worker | Naive] = {}
        self.files: list[File] = []

    @initialize()
    def no_message_is_taken_for_poison(self) -> None:
        """A worker that dies with a message counts as a receive; here they die all the time."""
        wired = self.world.wired
        policy = json.dumps({"deadLetterTargetArn": wired.dead_queue_arn, "maxReceiveCount": 1000})
        self.world.aws.sqs.set_queue_attributes(QueueUrl=wired.queue_url, Attributes={"RedrivePolicy": policy})

    @rule(errors=st.integers(1, 12))
    def a_file_arrives(self, errors: int) -> None:
        self.files.append(self.world.file(errors=errors))
        self.world.put(self.files[-1])

    @precondition(lambda self: self.files)
    @rule(data=st.data(), times=st.integers(1, 3))
    def a_file_is_announced_again(self, data: st.DataObject, times: int) -> None:
        self.world.announce(data.draw(st.sampled_from(self.files)), times=times)

    @rule(seconds=st.integers(0, 600))
    def a_message_is_late(self, seconds: int) -> None:
        """And another one comes before it."""
        url = self.world.wired.queue_url
        self.world.aws.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=seconds, WaitTimeSeconds=0
        )

    @rule(name=a_worker)
    def receives(self, name: str) -> None:
        worker = self._worker(name)
        self.world.act(worker, worker.receive)

    @rule(name=a_worker)
    def pushes(self, name: str) -> None:
        worker = self._worker(name)
        self.world.act(worker, worker.push)

    @rule(name=a_worker)
    def settles(self, name: str) -> None:
        worker = self._worker(name)
        self.world.act(worker, worker.settle)

    @rule(name=a_worker)
    def dies(self, name: str) -> None:
        self.world.dies(self._worker(name))

    @rule(kind=st.sampled_from(WEATHER))
    def something_goes_wrong_with_the_next_call(self, kind: Kind) -> None:
        self.world.meddler.strike_next(kind)

    @rule(seconds=st.sampled_from(JUMPS_S))
    def time_passes(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    @rule(seconds=st.integers(0, 14 * MINUTE_S))
    def metrics_become_readable_later(self, seconds: int) -> None:
        """Never later than the hold."""
        self.world.cloud.delay_metrics(seconds)

    def teardown(self) -> None:
        """Good weather at last: everything comes true."""
        self.world.meddler.leave()
        self.world.recover()

    def _worker(self, name: str) -> Worker | Naive:
        if name not in self.workers or not self.workers[name].lives:
            self.workers[name] = self.world.worker(name)
        return self.workers[name]


def weather(stage: Stage, variant: Variant) -> type[Weather]:
    """Answer the machine over this cloud."""

    class OverThisCloud(Weather):
        def __init__(self) -> None:
            super().__init__(stage, variant)

    return OverThisCloud


def _settings(*, phases: tuple[Phase, ...] = tuple(Phase)) -> settings:
    return settings(
        max_examples=40,
        phases=phases,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


@pytest.mark.slow
def test_every_promise_is_kept_in_any_weather(stage: Stage) -> None:
    """Random interleavings of the real code, the same in each run."""
    run_state_machine_as_test(weather(stage, Variant()), settings=_settings())


@pytest.mark.slow
def test_the_weather_finds_out_who_has_no_ledger(stage: Stage) -> None:
    """So the machine can fail."""
    with pytest.raises(AssertionError, match="I1"):
        run_state_machine_as_test(
            weather(stage, Variant(naive=True)),
            settings=_settings(phases=(Phase.generate,)),  # nobody needs its shortest failure
        )
