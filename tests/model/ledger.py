"""The ledger as the model sees it: atomic conditional writes, and what a worker knows once they are answered.

The words are those of core/aws/ledger.py: Intend, ends alone, and the moves of a slot whose push is outstanding.
"""

from typing import Final, Literal, NamedTuple

from tests.model.states import NO_SLOT, Call, Item, Knowledge, Phase, Request, Slot, State, Worker, put
from tests.model.world import World

ENDS: Final[frozenset[Knowledge]] = frozenset({"away", "empty"})
RENEWING: Final[frozenset[Call]] = frozenset({"next", "renew", "halve"})  # they write a fresh number and `sent_at`
ONLY_ABSENT: Final = frozenset({"absent"})
ABSENT_OR_END: Final = ONLY_ABSENT | {"end"}
EVERYTHING: Final = ABSENT_OR_END | {"empty", "pushed"}


class Written(NamedTuple):
    """What became of a conditional write."""

    state: State | None  # None: refused, nothing is written
    worker: Worker  # as it is once it knows


def holds_slot(state: State, worker: Worker) -> bool:
    """Answer whether the slot is still as the worker knows it."""
    return state.slots[worker.slot].seq == worker.seq


def is_settled(state: State, number: int) -> bool:
    """Answer whether an object's push is over. Derived from its writer's item, never written."""
    item = state.objects[number]
    return item.state == "pushed" and state.slots[item.slot].push != item.push


def without_slot(worker: Worker) -> Worker:
    """Answer the worker once it has left its slot."""
    return worker._replace(
        phase="idle",
        call="",
        slot=NO_SLOT,
        seq=0,
        is_mine=False,
        in_air=False,
        requests=(),
        i=0,
        rung=False,
        cells=0,
    )


def done(world: World, worker: Worker, call: Call) -> Worker:
    """Answer the worker when it knows that its write was done: it goes by what it wrote."""
    worker = worker._replace(phase="idle", call="", is_mine=False, in_air=False)
    match call:
        case "end":
            return with_knowledge(worker, ENDS)
        case "intend":
            requests = _plan(world, worker)
            known = with_knowledge(worker, ENDS | {"wanted"})
            return known._replace(phase="intended", seq=worker.seq + 1, requests=requests, i=0, rung=False, cells=0)
        case "commit":
            return worker._replace(requests=(), i=0, rung=False)
        case "halve":
            return _moved(world, worker._replace(requests=_halved(worker)), call)
        case _:
            return _moved(world, worker, call)


def write(world: World, state: State, worker: Worker, call: Call) -> Written:
    """Answer what a conditional write does now."""
    if call == "end":
        return _write_ends(world, state, worker)
    slot = state.slots[worker.slot]
    if world.rules.slot_condition and slot.seq != worker.seq:
        return Written(None, without_slot(worker))
    if world.rules.outstanding_condition and call != "intend" and not slot.push:
        return Written(None, without_slot(worker))
    if call == "intend":
        return _write_intend(world, state, worker)
    return _write_move(world, state, worker, call)


def _moved(world: World, worker: Worker, call: Call) -> Worker:
    i = worker.i + (call == "next")
    sends = i < len(worker.requests) or not world.rules.over_without_requests
    seq = worker.seq + (call != world.rules.keeps_number)
    return worker._replace(phase="ready" if sends else "landed", seq=seq, i=i)


def with_knowledge(worker: Worker, brought: frozenset[Knowledge]) -> Worker:
    return worker._replace(knows=tuple("done" if known in brought else known for known in worker.knows))


def _plan(world: World, worker: Worker) -> tuple[Request, ...]:
    wanted = [number for number, known in enumerate(worker.knows) if known == "wanted"]
    cells = [(number, cell) for number in wanted for cell in range(world.cells[number])]
    return tuple(tuple(cells[start : start + world.per_request]) for start in range(0, len(cells), world.per_request))


def _halved(worker: Worker) -> tuple[Request, ...]:
    refused = worker.requests[worker.i]
    middle = len(refused) // 2
    halves = (refused[:middle], refused[middle:]) if len(refused) > 1 else ()
    return (*worker.requests[: worker.i], *halves, *worker.requests[worker.i + 1 :])


def _write_ends(world: World, state: State, worker: Worker) -> Written:
    mine = [number for number, known in enumerate(worker.knows) if known in ENDS]
    refused = _in_the_way(world, state, worker, mine)
    if refused:
        return Written(None, _without_known(worker, refused))
    objects = state.objects
    for number in mine:
        objects = put(objects, number, _end(worker, number))
    return Written(state._replace(objects=objects), done(world, worker, "end"))


def _write_intend(world: World, state: State, worker: Worker) -> Written:
    mine = [number for number, known in enumerate(worker.knows) if known in ENDS or known == "wanted"]
    refused = _in_the_way(world, state, worker, mine)
    if refused:
        return Written(None, _without_known(worker, refused))
    after = done(world, worker, "intend")
    objects, cell_items = state.objects, state.cell_items
    for number in mine:
        if worker.knows[number] != "wanted":
            objects = put(objects, number, _end(worker, number))
            continue
        digest = worker.cells or int(world.has_cell_items)
        item = objects[number]._replace(state="pushed", slot=worker.slot, push=after.seq, digest=digest)
        objects = put(objects, number, item)
        if world.rules.cell_items != "object, before Intend":
            cell_items = put(cell_items, number, worker.cells)
    rings = any(number == 0 for request in after.requests for number, _ in request)
    slot = Slot(after.seq, after.seq, after.requests, 0, rings)
    return Written(
        state._replace(
            objects=objects,
            cell_items=cell_items,
            slots=put(state.slots, worker.slot, slot),
            open_fences=(*state.open_fences, (worker.slot, after.seq)),
        ),
        after._replace(rung=not rings),
    )


def _write_move(world: World, state: State, worker: Worker, call: Call) -> Written:
    slot, after = state.slots[worker.slot], done(world, worker, call)
    rung = after.rung or not slot.rings
    if call == "commit":
        slots = put(state.slots, worker.slot, Slot(slot.seq, 0, (), 0, False))
        return Written(state._replace(slots=slots), after)
    counted = state.counted
    if call == "halve" and len(worker.requests[worker.i]) == 1:  # taken out, and recorded with CloudWatch's reason
        ((number, cell),) = worker.requests[worker.i]
        counted = put(counted, number, put(counted[number], cell, 2 if counted[number][cell] else -1))
    in_memory = call == "halve" and not world.rules.halves_in_ledger
    requests = slot.requests if in_memory else after.requests
    written = Slot(after.seq, slot.push or worker.seq, requests, after.i, slot.rings)
    return Written(
        state._replace(
            counted=counted,
            slots=put(state.slots, worker.slot, written),
            open_fences=(*state.open_fences, (worker.slot, after.seq)),
        ),
        after._replace(rung=rung),
    )


def _end(worker: Worker, number: int) -> Item:
    kind: Literal["end", "empty"] = "end" if worker.knows[number] == "away" else "empty"
    return Item(kind, 0, 0, 0)


def _in_the_way(world: World, state: State, worker: Worker, mine: list[int]) -> list[int]:
    """Answer those objects whose items refuse to be written."""
    return [number for number in mine if state.objects[number].state not in _replaces(world, worker.knows[number])]


def _replaces(world: World, known: Knowledge) -> frozenset[str]:
    rules = world.rules
    rule = {"away": rules.ends_replace, "empty": rules.empties_replace, "wanted": rules.members_replace}[known]
    return {"nothing": ONLY_ABSENT, "ends": ABSENT_OR_END, "everything": EVERYTHING}[rule]


def _without_known(worker: Worker, known: list[int]) -> Worker:
    """Answer the worker once it has dropped what is in the ledger already: it goes again, with a new nonce."""
    knows = tuple("done" if number in known else knowledge for number, knowledge in enumerate(worker.knows))
    phase: Phase = "landed" if worker.rung else "idle"
    return worker._replace(phase=phase, call="", is_mine=False, in_air=False, knows=knows, cells=0)
