"""One state for all that nobody can tell apart: what nobody can observe any more is dropped, workers are sorted."""

from tests.model.ledger import write
from tests.model.states import Flight, Mark, SlotNumber, State, Worker
from tests.model.world import World


def canonical(world: World, state: State) -> State:
    """Answer the one state that stands for all those like `state`."""
    workers = _workers(world, state)
    network = _network(state, workers)
    return state._replace(
        workers=workers,
        network=network,
        marks=_marks(world, state),
        open_fences=_fences(state, workers, network),
    )


def _workers(world: World, state: State) -> tuple[Worker, ...]:
    kept = []
    for worker in state.workers:
        if worker.phase == "ghost":
            if _is_possible(world, state, worker):
                kept.append(worker)
        elif worker.in_air and not _is_possible(world, state, worker):
            kept.append(worker._replace(in_air=False))
        else:
            kept.append(worker)
    if world.in_doubt_max is not None:
        kept = [_without_moved_on(state, worker) for worker in kept]
    return tuple(sorted(kept))


def _is_possible(world: World, state: State, worker: Worker) -> bool:
    """Answer whether a write on its way would be done now: once refused, it is refused for ever."""
    return write(world, state, worker, worker.call).state is not None


def _without_moved_on(state: State, worker: Worker) -> Worker:
    left = tuple((slot, push) for slot, push in worker.left if state.slots[slot].push == push)
    return worker if left == worker.left else worker._replace(left=left)


def _network(state: State, workers: tuple[Worker, ...]) -> tuple[Flight, ...]:
    waiting: set[SlotNumber] = {(worker.slot, worker.seq) for worker in workers if worker.phase == "sent"}

    def matters(flight: Flight) -> bool:
        if flight.kind == "probe":
            return flight.fate == "flying" and _tells(state, flight.slot, flight.number)
        return flight.fate == "flying" or (flight.slot, flight.number) in waiting

    return tuple(sorted(filter(matters, state.network)))


def _marks(world: World, state: State) -> tuple[tuple[Mark, ...], ...]:
    return tuple(
        tuple(
            mark
            for n, mark in enumerate(points)
            if _tells(state, at // len(world.orders), mark.number) and (mark.number > 0 or _is_first(points, n))
        )
        for at, points in enumerate(state.marks)
    )


def _is_first(points: tuple[Mark, ...], n: int) -> bool:
    return all(points[n].number != before.number for before in points[:n])


def _tells(state: State, slot: int, number: int) -> bool:
    """Answer whether a mark or a probe says anything of the push that is outstanding. One without a number does."""
    return not number or (abs(number) >= state.slots[slot].seq and state.slots[slot].push > 0)


def _fences(state: State, workers: tuple[Worker, ...], network: tuple[Flight, ...]) -> tuple[SlotNumber, ...]:
    noticed = {(number, slot.seq) for number, slot in enumerate(state.slots) if slot.push}
    noticed |= {(flight.slot, flight.number) for flight in network if flight.kind == "push"}
    noticed |= {(worker.slot, worker.seq) for worker in workers if worker.phase in {"intended", "ready"}}
    return tuple(sorted(noticed.intersection(state.open_fences)))
