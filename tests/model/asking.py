"""Asking the ledger for a write: its answer may be lost.

A write that had no answer may have taken effect, may do so at any later time, or never does. The SDK repeats it by
itself, and the repeat may be refused because the first copy has changed the slot: so the worker reads it (is it mine?),
or gives up and leaves the slot.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tests.model.ledger import ENDS, done, with_knowledge, without_slot, write
from tests.model.states import NO_SLOT, Call, State, Worker
from tests.model.world import World


class Move(NamedTuple):
    """Something that a worker does or meets."""

    label: str
    fault: str | None
    worker: Worker | None  # afterwards; None: it was a ghost, and is gone
    state: State  # afterwards, but for the workers
    ghosts: tuple[Worker, ...] = ()  # writes that outlive whoever asked for them


def in_doubt(world: World, worker: Worker, *, push: int) -> Worker:
    """Answer the worker once it has left a push in doubt."""
    left = without_slot(worker)
    if world.in_doubt_max is None:
        return left
    return left._replace(left=tuple(sorted({*worker.left, (worker.slot, push)})))


def ask(world: World, state: State, worker: Worker, call: Call, label: str) -> Iterator[Move]:
    """Yield what can come of a write: done, refused, or no answer. `label` may name the worker `after`."""
    after, knowing = write(world, state, worker, call)
    one_nonce = world.rules.mine_if == "nonce of the worker"
    if after is None:
        yield Move(f"{call} refused", None, knowing, state)
        return
    yield Move(label.format(after=knowing), None, knowing._replace(is_mine=one_nonce), after)
    is_mine = one_nonce and worker.slot != NO_SLOT and worker.is_mine
    asked = worker._replace(phase="asked", call=call, is_mine=is_mine, in_air=True)
    yield Move(f"{call}: no answer", "lost answer", asked, state)


def find_out(world: World, state: State, worker: Worker) -> Iterator[Move]:
    """Yield what can come of a write that had no answer: it is sent again; refused, the slot is read."""
    call = worker.call
    after, knowing = write(world, state, worker, call)
    if after is not None and worker.in_air:
        yield Move(f"(late) {call} takes effect", None, worker._replace(is_mine=True, in_air=False), after)
    if after is not None:
        yield Move(f"{call} is sent again", None, knowing, after)
    if worker.slot != NO_SLOT and _seems_mine(world, state, worker):
        one_nonce = world.rules.mine_if == "nonce of the worker"
        mine = done(world, worker, call)._replace(is_mine=one_nonce)
        yield Move(f"{call}: reads the slot, it is mine", None, mine, state)
    elif after is None:
        yield Move(f"{call}: not mine", None, knowing, state)
    yield _give_up(world, state, worker)


def ghost_of(worker: Worker) -> tuple[Worker, ...]:
    """Answer what stays on the way when the worker is gone."""
    ghost = worker._replace(phase="ghost", is_mine=False, in_air=False, hand=(), rung=False, left=())
    return (ghost,) * worker.in_air


def _seems_mine(world: World, state: State, worker: Worker) -> bool:
    if world.rules.mine_if == "never":
        return False
    if worker.is_mine:
        return True
    slot, commits = state.slots[worker.slot], worker.call == "commit"
    fits = slot.seq == worker.seq + (not commits) and bool(slot.push) is not commits
    return world.rules.mine_if == "number fits" and fits


def _give_up(world: World, state: State, worker: Worker) -> Move:
    push = worker.seq + 1 if worker.call == "intend" else state.slots[worker.slot].push
    left = without_slot(worker) if worker.call == "end" else in_doubt(world, worker, push=push)
    if world.rules.unknown_is_done and worker.call == "intend":
        left = with_knowledge(left, ENDS | {"wanted"})
    return Move(f"{worker.call}: gives up, nobody can say", "give up", left, state, ghost_of(worker))
