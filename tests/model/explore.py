"""Explores every state that a model can reach, and looks for one that breaks a promise.

Breadth first, so the trace of a violation is the shortest there is. Afterwards liveness: from each state a path
without further faults must lead to the end. No clock and no chance: the same model gives the same answer.
"""

import sys
from array import array
from collections.abc import Hashable, Iterator
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

StateT = TypeVar("StateT", bound=Hashable)

OK: Final = "ok"
STUCK: Final = "L: no way without faults leads to the end"


class Step(NamedTuple, Generic[StateT]):
    """Something that can happen in a state."""

    label: str
    fault: str | None  # its kind; None: it happens without anybody's failure
    after: StateT


class Model(Protocol[StateT]):
    """What can happen in a small world, and what must never."""

    def start(self) -> StateT:
        """Answer the first state."""
        ...

    def steps(self, state: StateT) -> Iterator[Step[StateT]]:
        """Yield everything that can happen in `state`."""
        ...

    def violation(self, state: StateT) -> str | None:
        """Answer which promise `state` breaks; None: all hold."""
        ...

    def is_end(self, state: StateT) -> bool:
        """Answer whether all that is promised has come true."""
        ...


class Exploration(NamedTuple):
    """What exploring a model found."""

    verdict: str  # `OK`, or which promise is broken, and how
    states: int
    steps: int
    trace: tuple[str, ...]  # the labels of the shortest way to what is wrong


def explore(model: Model[StateT], *, until: str = "") -> Exploration:
    """Explore all of `model`, or until a violation that begins with `until` (any, if empty)."""
    start = model.start()
    number_of = {start: 0}
    states = [start]
    came_from = array("i", [-1])
    labels = [""]
    reached_without_fault_from: list[list[int]] = [[]]
    ends: list[int] = []
    steps = 0
    for number, state in enumerate(states):  # grows while it is read
        violation = model.violation(state)
        if violation is not None and violation.startswith(until):
            return Exploration(violation, len(states), steps, _trace(number, came_from, labels))
        if model.is_end(state):
            ends.append(number)
        for step in model.steps(state):
            steps += 1
            known = number_of.setdefault(step.after, len(states))
            if known == len(states):
                states.append(step.after)
                came_from.append(number)
                labels.append(sys.intern(step.label))
                reached_without_fault_from.append([])
            if step.fault is None:
                reached_without_fault_from[known].append(number)
    stuck = _first_stuck(ends, reached_without_fault_from)
    if stuck is None:
        return Exploration(OK, len(states), steps, ())
    return Exploration(STUCK, len(states), steps, _trace(stuck, came_from, labels))


def _first_stuck(ends: list[int], reached_from: list[list[int]]) -> int | None:
    """Answer the first state from which no way leads to an end: backwards from the ends, what is not met."""
    met = bytearray(len(reached_from))
    to_visit = list(ends)
    while to_visit:
        number = to_visit.pop()
        if not met[number]:
            met[number] = True
            to_visit += reached_from[number]
    stuck = met.find(0)
    return None if stuck < 0 else stuck


def _trace(number: int, came_from: "array[int]", labels: list[str]) -> tuple[str, ...]:
    trace = []
    while number > 0:
        trace.append(labels[number])
        number = came_from[number]
    return tuple(reversed(trace))
