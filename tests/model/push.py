"""The exactly-once protocol as a model: every interleaving of workers, AWS and faults in a small world.

What is promised of each state:
    I1  no cell is counted twice; a settled object is counted, but for cells that CloudWatch refuses as invalid
    I2  a message is deleted only when all its objects are in the ledger
    I3  of one slot at most one request can still take effect
    I4  an object is settled, and a request answered, only after its alert was published
and of the end (L): from each state a way without further faults leads to all counted, published and deleted.

What is assumed: a write of the ledger is atomic; its answer may be lost, and it may arrive at any later time. A
PutMetricData is on its way for any time, then takes effect whole, is refused, or lost; so is its answer. No clock of a
worker is trusted: a slot may look abandoned at any moment, and whoever lost it does not know. AWS's clock passes the
fence of a request at any moment; after it that request cannot take effect.
"""

from collections.abc import Iterator

from tests.model.asking import Move
from tests.model.cloud import cloud_steps
from tests.model.explore import Step
from tests.model.ledger import is_settled
from tests.model.states import State, Worker, put
from tests.model.symmetry import canonical
from tests.model.worker import moves
from tests.model.world import FAULTS, World


class Push:
    """The model of one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def start(self) -> State:
        """Answer the state in which nothing has happened."""
        return self.world.start()

    def steps(self, state: State) -> Iterator[Step[State]]:
        """Yield what can happen, as far as the faults that are left allow."""
        for step in cloud_steps(self.world, state):
            if _may_happen(state, step.fault):
                yield self._canonical(step)
        for index, worker in enumerate(state.workers):
            if worker in state.workers[:index]:
                continue  # nobody can tell them apart
            others = state.workers[:index] + state.workers[index + 1 :]
            for move in moves(self.world, state, worker):
                if _may_happen(state, move.fault):
                    yield self._canonical(self._step(state, worker, others, move))

    def violation(self, state: State) -> str | None:
        """Answer which promise is broken."""
        return _miscounted(self.world, state) or _forgotten(self.world, state) or _two_in_flight(state)

    def is_end(self, state: State) -> bool:
        """Answer whether all is counted, published and deleted, and nothing outstanding."""
        world = self.world

        def is_due(number: int) -> bool:
            if state.objects[number].state == "empty":
                return False
            return bool(number) or world.story[-1] == "+" or state.objects[0].state == "pushed"

        return (
            all(where == "deleted" for where in state.messages)
            and not any(slot.push for slot in state.slots)
            and state.uploads + 1 == len(world.story)
            and not any(0 in cells and is_due(number) for number, cells in enumerate(state.counted))
            and (state.published or not is_due(0))
        )

    def _canonical(self, step: Step[State]) -> Step[State]:
        after = step.after if step.fault is None else _one_less(step.after, step.fault)
        return Step(step.label, step.fault, canonical(self.world, after))

    def _step(self, state: State, worker: Worker, others: tuple[Worker, ...], move: Move) -> Step[State]:
        workers = self._others_after(others, worker, state, move.state) + move.ghosts
        if move.worker is not None:
            workers = (*workers, move.worker)
        return Step(f"worker {move.label}", move.fault, move.state._replace(workers=workers))

    def _others_after(
        self, others: tuple[Worker, ...], worker: Worker, state: State, after: State
    ) -> tuple[Worker, ...]:
        """A write of a slot puts its own nonce there: the slot shows nobody else's any more."""
        if after.slots is state.slots:
            return others
        keeps_nonce = not self.world.rules.commit_sets_nonce
        if keeps_nonce and after.slots[worker.slot].seq == state.slots[worker.slot].seq:
            return others
        return tuple(other._replace(is_mine=False) if other.slot == worker.slot else other for other in others)


def _may_happen(state: State, fault: str | None) -> bool:
    return fault is None or (state.faults[-1] > 0 and state.faults[FAULTS.index(fault)] > 0)


def _one_less(state: State, fault: str) -> State:
    at = FAULTS.index(fault)
    *kinds, total = put(state.faults, at, state.faults[at] - 1)
    return state._replace(faults=(*kinds, total - 1))


def _miscounted(world: World, state: State) -> str | None:
    for number, cells in enumerate(state.counted):
        if max(cells) > 1:
            return f"I1: a cell of object {number} is counted twice"
        if any(count < 0 and (number, cell) not in world.invalid for cell, count in enumerate(cells)):
            return f"I1: a good cell of object {number} is taken out"
        if 0 in cells and is_settled(state, number):
            return f"I1: object {number} is settled in the ledger, and not counted"
        if any(cells) and state.objects[number].state == "empty":
            return f"I1: object {number} is counted, and the ledger says that it had nothing to send"
    return None


def _forgotten(world: World, state: State) -> str | None:
    for message, numbers in enumerate(world.messages):
        if state.messages[message] == "deleted" and any(state.objects[n].state == "absent" for n in numbers):
            return f"I2: message {message} is deleted, and its objects are not in the ledger"
    if world.asked and "deleted" in state.messages and not state.published:
        return "I4: a request is answered, and its alert was not published"
    if is_settled(state, 0) and not state.published:
        return "I4: object 0 is settled, and its alert was not published"
    return None


def _two_in_flight(state: State) -> str | None:
    slots = [flight.slot for flight in state.network if flight.kind == "push" and flight.fate == "flying"]
    if len(slots) > len(set(slots)):
        return "I3: two requests of one slot can still take effect"
    return None
