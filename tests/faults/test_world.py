"""The judge of all schedules: what it has seen once can't be lost."""

from collections.abc import Sequence

import pytest

from core.model import Delivery
from tests.faults.graph import Broken
from tests.faults.kinds import Kind
from tests.faults.stage import Stage
from tests.faults.variants import Variant
from tests.faults.world import World
from worker.handle import Steps, Work

pytestmark = pytest.mark.slow


class BreaksAPromise(Steps):
    """Whoever receives the second file breaks a promise; at once, it is kept again."""

    def accept(self, deliveries: Sequence[Delivery]) -> list[Work]:
        if any("f1.jsonl" in delivery.body for delivery in deliveries):
            raise Broken("I0: seen once")
        return super().accept(deliveries)


class HasABug(Steps):
    """Whoever receives the second file fails."""

    def accept(self, deliveries: Sequence[Delivery]) -> list[Work]:
        if any("f1.jsonl" in delivery.body for delivery in deliveries):
            raise ZeroDivisionError
        return super().accept(deliveries)


@pytest.mark.parametrize(("steps", "failure"), [(BreaksAPromise, Broken), (HasABug, ZeroDivisionError)])
def test_what_fails_in_the_middle_of_anothers_call_is_not_lost(
    steps: type[Steps], failure: type[Exception], stage: Stage
) -> None:
    """That call is a push: whoever makes it takes any exception in it for an answer that was lost, and goes on."""
    world = World(stage, {}, variant=Variant(steps=steps))
    world.put(world.file())
    pusher, other = world.worker("first"), world.worker("second")
    world.act(pusher, pusher.receive)
    world.put(world.file())
    world.meddler.strike_next(Kind.MEANWHILE, of="PutMetricData")

    with pytest.raises(failure):
        world.act(pusher, pusher.push)

    with pytest.raises(failure):
        world.act(other, other.settle)
