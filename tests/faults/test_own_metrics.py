"""What a worker says of itself, when two of them do the same."""

import pytest

from core.meters import Metric
from tests.faults.stage import Stage
from tests.faults.worker import Worker
from tests.faults.world import World

pytestmark = pytest.mark.slow


def test_an_object_is_said_to_be_counted_by_the_worker_that_counted_it(stage: Stage) -> None:
    """The other one read it for nothing: to it, it is a duplicate."""
    world = World(stage, {})
    world.put(world.file())
    slow, quick = world.worker("first"), world.worker("second")
    assert isinstance(slow, Worker)
    assert isinstance(quick, Worker)
    world.act(slow, slow.receive)
    world.clock.advance(6 * 60)
    world.act(quick, quick.turn)

    world.act(slow, slow.push)

    counted, dropped = quick.parts.meters.take().counts, slow.parts.meters.take().counts
    assert (counted.get(Metric.OBJECTS), counted.get(Metric.DUPLICATES, 0)) == (1, 0)
    assert (dropped.get(Metric.OBJECTS), dropped.get(Metric.DUPLICATES, 0)) == (None, 1)
