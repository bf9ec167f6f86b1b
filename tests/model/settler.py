"""Settling, step by step: core/push/settle.py."""

from collections.abc import Iterator

from tests.model.asking import Move, ask
from tests.model.ledger import holds_slot, without_slot
from tests.model.states import Flight, Mark, Phase, State, Worker
from tests.model.world import World


def settling(world: World, state: State, worker: Worker) -> Iterator[Move]:
    """Yield what somebody who settles a slot can do next."""
    if not holds_slot(state, worker) or not state.slots[worker.slot].push:  # it reads the slot before every round
        yield Move("finds that the slot has moved on", None, without_slot(worker), state)
    match worker.phase:
        case "settling: ring":
            yield from _ring(world, state, worker)
        case "settling: read":
            yield from _read(world, state, worker)
        case "settling: probe":
            probe = Flight("probe", worker.slot, _probe_of(world, worker), (), "flying")
            yield Move(
                f"sends probe {probe.number}",
                None,
                worker._replace(phase="settling: wait"),
                state._replace(network=(*state.network, probe)),
            )
        case "settling: wait":
            yield from _wait(world, state, worker)
        case "settling: wait, mark seen to be absent":
            if _probe_is_readable(world, state, worker):
                yield from _absent(world, state, worker)
            else:
                yield _go(state, worker, "the probe is not readable yet", "settling: wait")
        case _:
            yield from ask(world, state, worker, "renew", f"renews {worker.seq} as {{after.seq}}")


def _go(state: State, worker: Worker, label: str, phase: Phase) -> Move:
    return Move(label, None, worker._replace(phase=phase), state)


def _ring(world: World, state: State, worker: Worker) -> Iterator[Move]:
    if not _content_is_whole(state, worker):
        return  # the ledger has lost what the push sends: nobody can finish it
    is_over = world.rules.over_without_requests and worker.i == len(worker.requests)
    after: Phase = "landed" if is_over else "settling: read"
    if worker.rung:
        yield _go(state, worker, "has no alert to publish", after)
        return
    rung = worker._replace(phase=after, rung=True)
    yield Move("publishes the alert again", None, rung, state._replace(published=True))
    yield Move("cannot publish the alert", "no alert", worker._replace(phase=after), state)


def _content_is_whole(state: State, worker: Worker) -> bool:
    push = (worker.slot, state.slots[worker.slot].push)
    return all(
        item.digest == cells
        for item, cells in zip(state.objects, state.cell_items, strict=True)
        if item.state == "pushed" and (item.slot, item.push) == push
    )


def _read(world: World, state: State, worker: Worker) -> Iterator[Move]:
    has_passed = _fence_has_passed(world, state, worker)
    if _mark_is_readable(world, state, worker):
        yield _landed(state, worker)
    elif has_passed or not world.rules.probe_after_fence:
        after: Phase = "settling: absent" if world.rules.probe == "none" else "settling: probe"
        yield _go(state, worker, "reads no mark" + ", and a Date past the fence" * has_passed, after)


def _wait(world: World, state: State, worker: Worker) -> Iterator[Move]:
    if _mark_is_readable(world, state, worker):
        yield _landed(state, worker)
    elif not world.rules.one_reading:
        yield _go(state, worker, "reads no mark; the probe comes next", "settling: wait, mark seen to be absent")
    elif _probe_is_readable(world, state, worker):
        yield from _absent(world, state, worker)
    elif _probe_is_lost(world, state, worker):
        yield _go(state, worker, "the probe was lost", "settling: probe")


def _landed(state: State, worker: Worker) -> Move:
    return _go(state, worker, f"reads a mark >= {worker.seq}: it landed", "landed")


def _absent(world: World, state: State, worker: Worker) -> Iterator[Move]:
    if _fence_has_passed(world, state, worker):
        yield _go(state, worker, "reads the probe and no mark: it did not land", "settling: absent")


def _probe_of(world: World, worker: Worker) -> int:
    return 0 if world.rules.probe == "all alike" else -worker.seq


def _mark_is_readable(world: World, state: State, worker: Worker) -> bool:
    return any(
        point.readable and point.number >= worker.seq for marks in _marks(world, state, worker) for point in marks
    )


def _probe_is_readable(world: World, state: State, worker: Worker) -> bool:
    number = _probe_of(world, worker)
    return all(
        any(point.readable and point.number <= number for point in marks) for marks in _marks(world, state, worker)
    )


def _probe_is_lost(world: World, state: State, worker: Worker) -> bool:
    number = _probe_of(world, worker)
    was_accepted = any(point.number == number for marks in _marks(world, state, worker) for point in marks)
    return not was_accepted and Flight("probe", worker.slot, number, (), "flying") not in state.network


def _marks(world: World, state: State, worker: Worker) -> tuple[tuple[Mark, ...], ...]:
    """Answer the points of the slot that the worker settles: one row for each series."""
    count = len(world.orders)
    return state.marks[worker.slot * count : (worker.slot + 1) * count]


def _fence_has_passed(world: World, state: State, worker: Worker) -> bool:
    """Answer by the Date of the answer that is being read."""
    return not world.rules.fence or (worker.slot, worker.seq) not in state.open_fences
