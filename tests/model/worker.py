"""A worker, step by step: its messages, and core/push/pusher.py and carry.py."""

from collections.abc import Iterator

from tests.model.asking import Move, ask, find_out, ghost_of, in_doubt
from tests.model.ledger import holds_slot, is_settled, without_slot, write
from tests.model.settler import settling
from tests.model.states import NO_SLOT, SETTLING, Flight, Knowledge, Slot, State, Worker, put
from tests.model.world import World

HAND_MAX = 2  # messages
REREAD: frozenset[Knowledge] = frozenset({"-", "away", "empty", "done"})


def moves(world: World, state: State, worker: Worker) -> Iterator[Move]:
    """Yield everything that a worker can do or meet."""
    if worker.phase == "ghost":
        after = write(world, state, worker, worker.call).state
        assert after is not None, "a ghost whose write is refused for ever is dropped"
        yield Move(f"(ghost) late {worker.call} takes effect", None, None, after)
        return
    if worker != world.fresh:
        yield Move(f"crashes while {worker.phase}", "crash", world.fresh, state, ghost_of(worker))
    if worker.phase == "idle" or _is_over(worker):
        yield from _receive(world, state, worker)
        yield from _read(world, state, worker)
        if world.asked:
            yield from _look(world, state, worker)
    if worker.phase in {"idle", "intended", "ready", "landed"}:
        yield from _delete(world, state, worker)
    if worker.phase in SETTLING:
        yield from settling(world, state, worker)
    else:
        yield from _push(world, state, worker)


def _push(world: World, state: State, worker: Worker) -> Iterator[Move]:
    match worker.phase:
        case "idle":
            yield from _idle(world, state, worker)
        case "asked":
            yield from find_out(world, state, worker)
        case "intended":
            yield from _intended(world, state, worker)
        case "ready":
            yield from _ready(world, state, worker)
        case "sent":
            yield from _sent(world, state, worker)
        case "too late":
            yield from ask(world, state, worker, "renew", "renews what was not sent, as {after.seq}")
        case "invalid":
            yield from ask(world, state, worker, "halve", "puts {after.requests} in its place, under {after.seq}")
        case _:
            yield from _landed(world, state, worker)


def _is_over(worker: Worker) -> bool:
    """Answer whether its push only waits for a commit, that of its own or one that the next Intend carries."""
    return worker.phase == "landed" and worker.i + 1 >= len(worker.requests) and worker.rung


def _wants(worker: Worker) -> bool:
    return "wanted" in worker.knows


# --- messages -------------------------------------------------------------------------------------------------------


def _receive(world: World, state: State, worker: Worker) -> Iterator[Move]:
    if world.in_doubt_max is not None and len(worker.left) >= world.in_doubt_max:
        return
    for message, where in enumerate(state.messages):
        if where != "available" or message in worker.hand or len(worker.hand) == HAND_MAX:
            continue
        knows = tuple(
            _on_receive(world, number, known) if number in world.messages[message] else known
            for number, known in enumerate(worker.knows)
        )
        received = worker._replace(hand=tuple(sorted((*worker.hand, message))), knows=knows)
        in_flight = state._replace(messages=put(state.messages, message, "in flight"))
        yield Move(f"receives message {message}", None, received, in_flight)


def _on_receive(world: World, number: int, known: Knowledge) -> Knowledge:
    may_change = world.story != "+" or number in world.maybe_empty
    asks_again = REREAD if may_change and world.rules.ends_are_reread else frozenset({"-"})
    if known not in asks_again:
        return known
    return "new" if may_change else "wanted"  # what never changes is read at once


def _read(world: World, state: State, worker: Worker) -> Iterator[Move]:
    known_states = {"pushed", "empty"} | ({"end"} if world.rules.ends_are_known else set())
    for number, known in enumerate(worker.knows):
        if known != "new":
            continue

        def knowing(found: Knowledge, number: int = number) -> Worker:
            return worker._replace(knows=put(worker.knows, number, found))

        if state.objects[number].state in known_states:
            yield Move(f"object {number} is in the ledger", None, knowing("done"), state)
        elif world.is_there(number, state):
            yield Move(f"object {number} is read", None, knowing("wanted"), state)
            if number in world.maybe_empty:
                yield Move(f"object {number} is read, all outside the window", None, knowing("empty"), state)
        else:
            yield Move(f"object {number} is not there (404, 412)", None, knowing("away"), state)


def _look(world: World, state: State, worker: Worker) -> Iterator[Move]:
    """Yield what comes of a request whose notice the ledger has already."""
    known = worker.knows[0]
    published = worker._replace(knows=put(worker.knows, 0, "published"))
    if known == "wanted" and state.objects[0].state == "pushed":
        yield Move("finds the notice in the ledger", None, worker._replace(knows=put(worker.knows, 0, "done")), state)
    if known == "done" and is_settled(state, 0):
        yield Move("finds the notice settled", None, published, state)
    elif known == "done" and world.rules.repeats_publish:
        yield Move("publishes the alert once more", None, published, state._replace(published=True))
    elif known == "done":
        yield Move("takes the alert for published", None, published, state)


def _enough(world: World) -> frozenset[Knowledge]:
    """Answer what must be known of the objects of a message that is deleted, or of a request that is answered."""
    if world.asked and world.rules.answers_wait_for_alert:
        return frozenset({"published"})
    return frozenset({"done", "published"}) if world.rules.delete_needs_ledger else frozenset({"done", "wanted"})


def _delete(world: World, state: State, worker: Worker) -> Iterator[Move]:
    enough = _enough(world)
    for message in worker.hand:
        if any(worker.knows[number] not in enough for number in world.messages[message]):
            continue
        hand = tuple(other for other in worker.hand if other != message)
        still_in_hand = {number for other in hand for number in world.messages[other]}
        knows: tuple[Knowledge, ...] = tuple(
            known if number in still_in_hand else "-" for number, known in enumerate(worker.knows)
        )
        deleted = state._replace(messages=put(state.messages, message, "deleted"))
        verb = "answers request" if world.asked else "deletes message"
        yield Move(f"{verb} {message}", None, worker._replace(hand=hand, knows=knows), deleted)


# --- the push -------------------------------------------------------------------------------------------------------


def _idle(world: World, state: State, worker: Worker) -> Iterator[Move]:
    if worker.slot == NO_SLOT:
        if "away" in worker.knows or "empty" in worker.knows:
            yield from ask(world, state, worker, "end", "writes the end alone")
        yield from _take_slot(world, state, worker)
    elif _wants(worker):
        yield from _intend(world, state, worker, f"intends push {{after.seq}} of slot {worker.slot} {{after.requests}}")
    else:
        yield Move(f"releases slot {worker.slot}", None, without_slot(worker), state)


def _take_slot(world: World, state: State, worker: Worker) -> Iterator[Move]:
    owned = {
        other.slot
        for other in state.workers
        if other.slot != NO_SLOT and other.phase != "ghost" and (other.is_mine or holds_slot(state, other))
    }
    for number, slot in enumerate(state.slots):
        is_next = number == 0 or slot.seq or state.slots[number - 1].seq or number - 1 in owned  # new ones in order
        if not is_next or not _may_take(world, worker, slot):
            continue
        rung = bool(slot.push) and not (slot.rings and world.rules.settlers_ring)
        taken = worker._replace(
            slot=number,
            seq=slot.seq,
            phase="settling: ring" if slot.push else "idle",
            requests=slot.requests,
            i=slot.i,
            rung=rung,
        )
        from_owner = number in owned
        label = f"takes slot {number}" + " from a living owner" * from_owner
        yield Move(label, "steal" if from_owner else None, taken, state)


def _may_take(world: World, worker: Worker, slot: Slot) -> bool:
    """Answer whether a slot is there to be settled, or to be used."""
    if not slot.push:
        return _wants(worker)
    at_limit = world.in_doubt_max is not None and len(worker.left) >= world.in_doubt_max
    return not at_limit or world.rules.limit_stops == "receiving"


def _intend(world: World, state: State, worker: Worker, label: str) -> Iterator[Move]:
    rule = world.rules.cell_items
    if not world.has_cell_items or worker.cells or rule == "nonce, after Intend":
        yield from ask(world, state, worker, "intend", label)
    elif rule == "nonce, before Intend":
        yield Move("puts the cell items under the nonce", None, worker._replace(cells=1), state)
    else:
        for version in (1, 2):  # of two who read an object, one may find fewer minutes in the window
            cell_items = tuple(
                version if known == "wanted" else before
                for known, before in zip(worker.knows, state.cell_items, strict=True)
            )
            label = f"puts the cell items under their objects, version {version}"
            yield Move(label, None, worker._replace(cells=version), state._replace(cell_items=cell_items))


def _intended(world: World, state: State, worker: Worker) -> Iterator[Move]:
    late_cells = world.has_cell_items and world.rules.cell_items == "nonce, after Intend" and not worker.cells
    if late_cells:
        cell_items = tuple(
            item.digest if item.state == "pushed" and (item.slot, item.push) == (worker.slot, worker.seq) else before
            for item, before in zip(state.objects, state.cell_items, strict=True)
        )
        yield Move("puts the cell items", None, worker._replace(cells=1), state._replace(cell_items=cell_items))
    elif worker.rung:
        yield Move("has no alert to publish", None, worker._replace(phase="ready"), state)
    else:
        rung = _rung(world, worker)
        yield Move("publishes the alert", None, rung._replace(phase="ready"), state._replace(published=True))
        yield Move("could not publish the alert", "loss", worker._replace(phase="ready"), state)


def _rung(world: World, worker: Worker) -> Worker:
    """Answer the worker once it has published the alert of its push."""
    told = world.asked and worker.knows[0] == "done"
    return worker._replace(rung=True, knows=put(worker.knows, 0, "published") if told else worker.knows)


def _ready(world: World, state: State, worker: Worker) -> Iterator[Move]:
    if _wants(worker) and not world.rules.intend_needs_over:
        yield from _intend(world, state, worker, "intends push {after.seq} over one that is not over")
    if worker.i == len(worker.requests):
        return  # only without `over_without_requests`: there is nothing to send
    fence_is_open = (worker.slot, worker.seq) in state.open_fences
    if world.rules.fence and not fence_is_open:
        yield from ask(world, state, worker, "renew", "signs too late, and does not send: renewed as {after.seq}")
        return
    flight = Flight("push", worker.slot, worker.seq, worker.requests[worker.i], "flying")
    yield Move(
        f"sends push {worker.seq} of slot {worker.slot}",
        None,
        worker._replace(phase="sent"),
        state._replace(network=(*state.network, flight)),
    )
    yield Move(
        "signs too late by its own clock, and does not send", "late signature", worker._replace(phase="too late"), state
    )


def _sent(world: World, state: State, worker: Worker) -> Iterator[Move]:
    own = [
        flight
        for flight in state.network
        if flight.kind == "push" and (flight.slot, flight.number) == (worker.slot, worker.seq)
    ]
    for flight in own:
        others = state._replace(network=tuple(other for other in state.network if other != flight))
        match flight.fate:
            case "effect":
                yield Move("is accepted", None, worker._replace(phase="landed"), others)
            case "refused":
                yield Move("is refused", None, worker._replace(phase="ready"), others)
            case "invalid":
                yield Move("is refused as invalid", None, worker._replace(phase="invalid"), others)
            case "flying":
                pass
    fault = "loss" if own else None
    if world.rules.sdk_retries:
        yield Move("gets no answer: the SDK sends it again", fault, worker._replace(phase="ready"), state)
    else:
        yield _leave(world, state, worker, "is in doubt: leaves the slot", fault)


def _leave(world: World, state: State, worker: Worker, label: str, fault: str | None) -> Move:
    return Move(label, fault, in_doubt(world, worker, push=state.slots[worker.slot].push), state)


def _landed(world: World, state: State, worker: Worker) -> Iterator[Move]:
    if worker.i + 1 < len(worker.requests):
        yield from ask(world, state, worker, "next", "goes on with the next request, under {after.seq}")
        return
    if not worker.rung:
        yield Move("publishes the alert", None, _rung(world, worker), state._replace(published=True))
        yield _leave(world, state, worker, "cannot publish the alert: leaves the slot", "no alert")
        if world.rules.commit_needs_alert:
            return
    yield from ask(world, state, worker, "commit", f"commits push {worker.seq} of slot {worker.slot}")
    if _wants(worker):
        label = f"commits push {worker.seq} and intends {{after.seq}} of slot {worker.slot} {{after.requests}}"
        yield from _intend(world, state, worker, label)
