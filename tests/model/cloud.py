"""What AWS does by itself: S3's story of object 0, SQS's redelivery, CloudWatch, and the passing of fences."""

from collections.abc import Iterator

from tests.model.explore import Step
from tests.model.ledger import holds_slot
from tests.model.states import SETTLING, Flight, Mark, SlotNumber, State, Worker, put
from tests.model.world import World

JUDGING = SETTLING - {"settling: ring", "settling: probe", "settling: absent"}  # looking at AWS's clock


def cloud_steps(world: World, state: State) -> Iterator[Step[State]]:
    """Yield what can happen without any worker."""
    yield from _story(world, state)
    yield from _redeliveries(state)
    for flight in state.network:
        if flight.fate == "flying":
            yield from _arrivals(world, state, flight)
    if world.rules.fence:
        for fence in state.open_fences:
            yield from _fence_passes(world, state, fence)
    yield from _marks_become_readable(world, state)


def is_flying(state: State, fence: SlotNumber) -> bool:
    """Answer whether a request under this number is on its way."""
    return any(f.kind == "push" and f.fate == "flying" and (f.slot, f.number) == fence for f in state.network)


def _alive(state: State) -> Iterator[Worker]:
    return (worker for worker in state.workers if worker.phase != "ghost")


def _story(world: World, state: State) -> Iterator[Step[State]]:
    step = state.uploads + 1
    if step == len(world.story):
        return
    messages = state.messages
    for message, sent_at in enumerate(world.sent_at):
        if sent_at == step:
            messages = put(messages, message, "available")
    what = "uploaded again" if world.story[step] == "+" else "gone"
    yield Step(f"S3: object 0 is {what}", None, state._replace(uploads=step, messages=messages))


def _redeliveries(state: State) -> Iterator[Step[State]]:
    for message, where in enumerate(state.messages):
        if where == "in flight":
            held = any(message in worker.hand for worker in _alive(state))
            after = state._replace(messages=put(state.messages, message, "available"))
            yield Step(f"SQS: message {message} is visible again", "redeliver" if held else None, after)


def _arrivals(world: World, state: State, flight: Flight) -> Iterator[Step[State]]:
    others = tuple(other for other in state.network if other is not flight)
    what = f"{flight.kind} {flight.number} of slot {flight.slot}"
    if flight.cells:
        what += f", (object, cell) {flight.cells},"
    yield Step(f"network: {what} is lost before it takes effect", "loss", state._replace(network=others))
    if any(cell in world.invalid for cell in flight.cells):
        answered = (*others, flight._replace(fate="invalid"))
        yield Step(f"CloudWatch: {what} is refused as invalid", None, state._replace(network=answered))
        return
    counted = state.counted
    for number, cell in flight.cells:
        counted = put(counted, number, put(counted[number], cell, 2 if counted[number][cell] else 1))
    series = len(world.orders)
    marks = tuple(
        (*points, Mark(flight.number, readable=False)) if at // series == flight.slot else points
        for at, points in enumerate(state.marks)
    )
    answered = (*others, flight._replace(fate="effect"))
    yield Step(f"CloudWatch: {what} takes effect", None, state._replace(counted=counted, marks=marks, network=answered))
    if flight.kind == "push":
        answered = (*others, flight._replace(fate="refused"))
        yield Step(f"CloudWatch: {what} is refused", "refuse", state._replace(network=answered))


def _fence_passes(world: World, state: State, fence: SlotNumber) -> Iterator[Step[State]]:
    """AWS's clock passes a fence, where somebody can notice it; from then on its request is refused."""
    slot, number = fence
    if "within the hold" in world.orders and Mark(number, readable=False) in state.marks[slot]:
        return  # when the fence and the hold are over, all that was accepted is readable
    owners = [worker for worker in state.workers if (worker.slot, worker.seq) == fence]
    flying = is_flying(state, fence)
    if not flying and not any(worker.phase == "ready" or worker.phase in JUDGING for worker in owners):
        return
    network = tuple(
        flight._replace(fate="refused")
        if flight.kind == "push" and flight.fate == "flying" and (flight.slot, flight.number) == fence
        else flight
        for flight in state.network
    )
    slow = any(holds_slot(state, worker) and worker.phase in {"ready", "sent"} for worker in owners)
    still_open = tuple(other for other in state.open_fences if other != fence)
    yield Step(
        f"AWS's clock: the fence of push {number} of slot {slot} passes",
        "slow" if slow else None,
        state._replace(network=network, open_fences=still_open),
    )


def _marks_become_readable(world: World, state: State) -> Iterator[Step[State]]:
    for at, points in enumerate(state.marks):
        slot, series = divmod(at, len(world.orders))
        if not any(worker.slot == slot and worker.phase in SETTLING for worker in _alive(state)):
            continue
        hidden = [n for n, point in enumerate(points) if not point.readable]
        for n in hidden[:1] if world.orders[series] == "in order" else hidden:
            kind = "mark" if points[n].number > 0 else "probe"
            after = put(state.marks, at, put(points, n, points[n]._replace(readable=True)))
            label = f"CloudWatch: {kind} {points[n].number} of slot {slot} becomes readable"
            yield Step(label, None, state._replace(marks=after))
