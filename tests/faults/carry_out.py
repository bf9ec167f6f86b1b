"""Carries schedules out, and enumerates them."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from tests.faults.graph import Broken
from tests.faults.kinds import distinct_kinds_of, kinds_of
from tests.faults.scenarios import SCENARIOS
from tests.faults.schedule import Fault, Schedule
from tests.faults.stage import Stage
from tests.faults.variants import THE_PRODUCT, Variant
from tests.faults.world import World


class Ran(NamedTuple):
    """What came of a schedule."""

    schedule: Schedule
    broken: str | None  # which promise, and how; None: all kept
    called: tuple[tuple[str, str], ...]  # (worker, operation), by number
    met: int  # how many of the faults came to pass


def carry_out(schedule: Schedule, stage: Stage, *, variant: Variant = THE_PRODUCT) -> Ran:
    """Play a scenario with its faults, let it recover, and hold it against the truth."""
    world = World(stage, dict(schedule.faults), variant=variant)
    broken = None
    try:
        SCENARIOS[schedule.scenario](world)
        world.recover()
    except Broken as exc:
        broken = str(exc)
    finally:
        world.meddler.leave()
    return Ran(schedule, broken, tuple(world.meddler.called), world.meddler.met)


def singles(fair: Ran) -> Iterator[Schedule]:
    """Yield every single fault at every call of a run in fair weather."""
    for number, (_, operation) in enumerate(fair.called, 1):
        for kind in kinds_of(operation):
            yield Schedule(fair.schedule.scenario, (Fault(number, kind),))


def pairs(single: Ran) -> Iterator[Schedule]:
    """Yield every second fault after the one of `single`. Of kinds with the same consequence, one stands for all."""
    (first,) = single.schedule.faults
    operations = [operation for _, operation in single.called]
    if first.kind not in distinct_kinds_of(operations[first.call - 1]):
        return
    for number, operation in enumerate(operations[first.call :], first.call + 1):
        for kind in distinct_kinds_of(operation):
            yield Schedule(single.schedule.scenario, (first, Fault(number, kind)))


def a_pair(fair: Ran, stage: Stage, random: Random) -> Schedule:
    """Answer one of all pairs, drawn by chance."""
    while True:
        number = random.randint(1, len(fair.called))
        first = Fault(number, random.choice(distinct_kinds_of(fair.called[number - 1][1])))
        found = list(pairs(carry_out(Schedule(fair.schedule.scenario, (first,)), stage)))
        if found:
            return random.choice(found)
