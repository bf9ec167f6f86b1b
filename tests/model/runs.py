"""The table of runs: which world, by which rules, and what must come of it.

A run that expects a violation leaves one rule out, and shows what that rule is for. `QUICK` are those of `make test`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from tests.model.explore import OK, Exploration, Model, explore
from tests.model.grown import Grown
from tests.model.push import Push
from tests.model.rules import Rules
from tests.model.world import World


class Run(NamedTuple):
    """One world to explore."""

    expects: str  # `OK`, or the promise that must be broken
    model: Push | Grown


# Messages, each the tuple of its objects.
ONE: Final = ((0,),)
DUPLICATE: Final = ((0,), (0,))
TWO: Final = ((0,), (1,))
SHARED: Final = ((0,), (0, 1))

FAULTS: Final[Mapping[str, int]] = {
    "crash": 2,
    "steal": 2,
    "loss": 2,
    "refuse": 1,
    "slow": 1,
    "redeliver": 1,
    "lost answer": 2,
}
# What the code does when it does not get on: each can only follow another fault, or takes the place of one.
IMPATIENT: Final[Mapping[str, int]] = {**FAULTS, "late signature": 1, "give up": 2, "no alert": 1}
GIVES_UP: Final[Mapping[str, int]] = {"crash": 1, "steal": 1, "loss": 1, "slow": 1, "lost answer": 2, "give up": 2}


def world(
    messages: tuple[tuple[int, ...], ...], faults_total: int, *, cells: tuple[int, ...] = (1,), **more: Any
) -> World:
    """Answer a world of two workers and one slot, if nothing else is said."""
    return World(messages=messages, faults_total=faults_total, cells=cells, **{"faults": FAULTS, **more})


def holds(world: World) -> Run:
    """Answer the run that must keep all promises."""
    return Run(OK, Push(world))


def breaks(promise: str, world: World, **rules: Any) -> Run:
    """Answer the run that must break a promise, because of other `rules`."""
    return Run(promise, Push(replace(world, rules=Rules(**rules))))


def keeps(world: World, **rules: Any) -> Run:
    """Answer the run that keeps all promises although its `rules` are others."""
    return Run(OK, Push(replace(world, rules=Rules(**rules))))


# Object 0 is uploaded, gone before it is read, and the same bytes are uploaded once more: message 1 is that event.
AGAIN: Final[Mapping[str, Any]] = {"slots": 2, "story": "+-+", "sent_at": (0, 2)}
TWO_DATA: Final[Mapping[str, Any]] = {"cells": (2,), "invalid": ((0, 1),)}  # the second is refused
TWO_REQUESTS: Final[Mapping[str, Any]] = {"cells": (2,), "per_request": 1}
# Three workers and five faults, of the few kinds that this takes.
THREE_SLOW: Final[Mapping[str, Any]] = {"workers": 3, "faults": {"steal": 2, "loss": 2, "slow": 2}}

SAFE: Final = {
    "safe: one object, 2 workers, 4 faults": holds(world(ONE, 4)),
    "safe: one object, 3 workers, 3 faults": holds(world(ONE, 3, workers=3)),
    "safe: duplicate, 2 slots, 2 faults": holds(world(DUPLICATE, 2, slots=2)),
    "safe: two objects, one of them shared, 2 faults": holds(world(SHARED, 2, cells=(1, 1))),
    "safe: two pushes, the second carries the commit, 2 faults": holds(world(TWO, 2, cells=(1, 1))),
    "safe: two requests, 3 faults": holds(world(ONE, 3, **TWO_REQUESTS)),
    "safe: two requests, duplicate, 2 slots, 2 faults": holds(world(DUPLICATE, 2, slots=2, **TWO_REQUESTS)),
}

IMPATIENCE: Final = {
    "impatient: one object, 2 workers, 3 faults": holds(world(ONE, 3, faults=IMPATIENT)),
    "impatient: one object, 3 workers, 2 faults": holds(world(ONE, 2, workers=3, faults=IMPATIENT)),
    "impatient: gives up an Intend, 2 slots, 3 faults": holds(world(ONE, 3, slots=2, faults=GIVES_UP)),
    "impatient: gives up an Intend that carries a commit, 3 faults": holds(
        world(TWO, 3, cells=(1, 1), slots=2, workers=1, faults=GIVES_UP)
    ),
    "impatient: two requests, 3 faults": holds(world(ONE, 3, faults=IMPATIENT, **TWO_REQUESTS)),
    "impatient: refused as invalid, 2 faults": holds(world(ONE, 2, faults=IMPATIENT, **TWO_DATA)),
    "impatient: an Intend that nobody answers counts as done": breaks(
        "I2", world(ONE, 2, workers=1, faults=GIVES_UP), unknown_is_done=True
    ),
}

ENDS_AGAIN: Final = {
    "again: two workers, 2 faults": holds(world(DUPLICATE, 2, **AGAIN)),
    "again: its event twice, 1 fault": holds(world(((0,),) * 3, 1, slots=2, story="+-+", sent_at=(0, 2, 2))),
    "again: gone once more, 2 faults": holds(world(DUPLICATE, 2, slots=2, story="+-+-", sent_at=(0, 2))),
    "again: twice, 1 fault": holds(world(((0,),) * 3, 1, slots=2, story="+-+-+", sent_at=(0, 2, 4))),
    "again: the end rides in an Intend, 1 fault": holds(world(((0, 1), (0,)), 1, cells=(1, 1), **AGAIN)),
    "again: ends are plain puts": breaks("I1", world(DUPLICATE, 1, **AGAIN), ends_replace="everything"),
    "again: an end is never replaced": breaks("L", world(DUPLICATE, 0, **AGAIN), members_replace="nothing"),
    "again: an end is known, and saves the GET": breaks("L", world(DUPLICATE, 0, **AGAIN), ends_are_known=True),
    "again: an end in hand answers a later message": breaks("L", world(DUPLICATE, 0, **AGAIN), ends_are_reread=False),
}

EMPTIES: Final = {
    "empty: read inside and outside the window, 2 faults": holds(world(DUPLICATE, 2, slots=2, maybe_empty=(0,))),
    "empty: one of two in a push, 2 faults": holds(world(((0, 1),), 2, cells=(1, 1), maybe_empty=(1,))),
    "empty: uploaded again, 1 fault": holds(world(DUPLICATE, 1, maybe_empty=(0,), **AGAIN)),
    "empty: empties are plain puts": breaks(
        "I1", world(DUPLICATE, 1, slots=2, maybe_empty=(0,)), empties_replace="everything"
    ),
}

ALERTS: Final = {
    "alert: only who intended publishes it": breaks("I4", world(ONE, 2), settlers_ring=False),
    "alert: a commit does not wait for it": breaks("I4", world(ONE, 1), commit_needs_alert=False),
    "alert: the topic is down for a while, 3 faults": holds(
        world(ONE, 3, faults={**FAULTS, "no alert": 2}),
    ),
    "alert: the topic is down, and an Intend follows, 2 faults": holds(
        world(TWO, 2, cells=(1, 1), slots=2, faults={**FAULTS, "no alert": 2}),
    ),
}

ASKED: Final = {
    "asked: one request, 2 workers, 3 faults": holds(world(ONE, 3, asked=True)),
    "asked: one request, 2 slots, 2 faults": holds(world(ONE, 2, slots=2, asked=True)),
    "asked: the client does not wait, 2 slots, 1 fault": holds(world(DUPLICATE, 1, slots=2, asked=True)),
    "asked: the topic is down for a while, 2 faults": holds(
        world(ONE, 2, asked=True, faults={**FAULTS, "no alert": 2}),
    ),
    "asked: gives up an Intend, 2 slots, 2 faults": holds(world(ONE, 2, slots=2, asked=True, faults=GIVES_UP)),
    "asked: put whatever is there": breaks("I1", world(ONE, 1, slots=2, asked=True), members_replace="everything"),
    "asked: answered when it is in the ledger": breaks("I4", world(ONE, 0, asked=True), answers_wait_for_alert=False),
    "asked: a repeat takes it for published": breaks("I4", world(ONE, 1, asked=True), repeats_publish=False),
    "asked: only who intended publishes it": breaks("I4", world(ONE, 2, asked=True), settlers_ring=False),
}

LOST_ANSWERS: Final = {
    "nonce: mine if the number fits": breaks("I1", world(ONE, 2), mine_if="number fits"),
    "nonce: one for all writes of a worker": breaks("I2", world(TWO, 1, cells=(1, 1)), mine_if="nonce of the worker"),
    "nonce: never mine, 3 faults": keeps(world(ONE, 3), mine_if="never"),
    "nonce: never mine, two pushes, 2 faults": keeps(world(TWO, 2, cells=(1, 1)), mine_if="never"),
    "nonce: Commit leaves it alone, 3 faults": keeps(world(ONE, 3), commit_sets_nonce=False),
    "slot: written whatever its number": breaks("I1", world(ONE, 2), slot_condition=False),
    "slot: moved even when nothing is outstanding, 3 faults": keeps(world(ONE, 3), outstanding_condition=False),
    "slot: moved even when nothing is outstanding, two requests, 3 faults": keeps(
        world(ONE, 3, **TWO_REQUESTS), outstanding_condition=False
    ),
    "slot: the next request under the same number": breaks("I1", world(ONE, 2, **TWO_REQUESTS), keeps_number="next"),
    "slot: halves under the same number": breaks("I1", world(ONE, 3, **TWO_DATA), keeps_number="halve"),
    "slot: renewed under the same number": breaks("I1", world(ONE, 3), keeps_number="renew"),
}

INVALID: Final = {
    "invalid: one of two data, 3 faults": holds(world(ONE, 3, **TWO_DATA)),
    "invalid: the only one, 3 faults": holds(world(ONE, 3, invalid=((0, 0),))),
    "invalid: one of three, 2 faults": holds(world(ONE, 2, cells=(3,), invalid=((0, 1),))),
    "invalid: all, 2 faults": holds(world(ONE, 2, cells=(2,), invalid=((0, 0), (0, 1)))),
    "invalid: the second request, 2 faults": holds(world(ONE, 2, invalid=((0, 1),), **TWO_REQUESTS)),
    "invalid: another object's datum, 2 faults": holds(world(((0, 1),), 2, cells=(1, 1), invalid=((1, 0),))),
    "invalid: the next Intend carries the commit, 2 faults": holds(world(TWO, 2, cells=(1, 1), invalid=((0, 0),))),
    "invalid: mine if the number fits": breaks("I1", world(ONE, 3, **TWO_DATA), mine_if="number fits"),
    "invalid: halves are known to the sender only": breaks("I1", world(ONE, 2, **TWO_DATA), halves_in_ledger=False),
    "invalid: none left, renewed and sent": breaks("L", world(ONE, 1, **TWO_DATA), over_without_requests=False),
}

CELL_ITEMS: Final = {
    "cells: in items of their own, 3 faults": holds(world(ONE, 3, has_cell_items=True)),
    "cells: in items of their own, duplicate, 2 slots, 2 faults": holds(
        world(DUPLICATE, 2, slots=2, has_cell_items=True)
    ),
    "cells: put after the Intend": breaks("L", world(ONE, 1, has_cell_items=True), cell_items="nonce, after Intend"),
    "cells: under the object": breaks(
        "L", world(DUPLICATE, 1, slots=2, has_cell_items=True), cell_items="object, before Intend"
    ),
}

LIMITS: Final = {
    "limit: one push in doubt, one worker, 2 faults": holds(
        world(TWO, 2, cells=(1, 1), workers=1, slots=2, in_doubt_max=1)
    ),
    "limit: one push in doubt, two workers, 1 slot, 2 faults": holds(world(TWO, 2, cells=(1, 1), in_doubt_max=1)),
    "limit: settling stops too": breaks(
        "L", world(ONE, 1, workers=1, in_doubt_max=1), limit_stops="receiving and settling"
    ),
}

FENCE: Final = {
    "fence: none": breaks("I1", world(ONE, 3), fence=False),
    "fence: judged after the probe was sent": breaks("I1", world(ONE, 3), probe_after_fence=False),
    "probe: all alike": breaks("I1", world(ONE, 5, **THREE_SLOW), probe="all alike"),
    "probe: none": breaks("I1", world(ONE, 3), probe="none"),
    "probe: looked for after the mark": breaks("I1", world(ONE, 3), one_reading=False),
    "order: none": breaks("I1", world(ONE, 3, orders=("any order",))),
    "order: none, delay within the hold, 3 faults": holds(world(ONE, 3, orders=("within the hold",))),
    "order: none, delay within the hold, no probe, 3 faults": keeps(
        world(ONE, 3, orders=("within the hold",)), probe="none"
    ),
    "order: two series, one in order, 2 faults": holds(world(ONE, 2, orders=("in order", "any order"))),
}

NAIVE: Final = {
    "naive: no items of objects": breaks("I1", world(DUPLICATE, 0, slots=2), members_replace="everything"),
    "naive: retries of the SDK": breaks("I1", world(ONE, 1), sdk_retries=True),
    "naive: deletes what it has read": breaks("I2", world(ONE, 0), delete_needs_ledger=False),
    "naive: intends while a push is not over": breaks("I1", world(TWO, 1, cells=(1, 1)), intend_needs_over=False),
}

BACKWARDS: Final = (1, 0, 1)
REWRITTEN: Final = ("a", "x", "xy")
ROTATED: Final = ("a", "ab", "x", "xy")
BACK_AGAIN: Final = ("a", "y", "a", "ab")
HALF: Final = ("aB", "ab", "abc")
BY_S3: Final[Mapping[str, Any]] = {"made_up": 0, "lists_last": False, "every_version": True}
HEADS: Final = {
    "grown: events and a backfill": Run(OK, Grown()),
    "grown: LastModified runs backwards": Run(OK, Grown(modified=BACKWARDS)),
    "grown: backfill only": Run(OK, Grown(has_events=False, made_up=2)),
    "grown: no versions in the bucket": Run(OK, Grown(is_versioned=False)),
    "grown: the ledger does not say what it knows": Run(OK, Grown(unasked=2, crashes=0)),
    "grown: half a line": Run(OK, Grown(contents=HALF)),
    "grown: rewritten": Run(OK, Grown(contents=REWRITTEN)),
    "grown: rewritten, backfill only": Run(OK, Grown(contents=("ab", "x", "xy"), has_events=False, made_up=2)),
    "grown: every version, in any order": Run(OK, Grown(**BY_S3)),
    "grown: rotated, every version, in any order": Run(
        OK, Grown(contents=ROTATED, modified=(0,) * 4, redeliveries=0, **BY_S3)
    ),
    "grown: back to counted bytes, and grown from there": Run(
        OK, Grown(contents=BACK_AGAIN, modified=(0,) * 4, redeliveries=0, **BY_S3)
    ),
    "grown: three files, two are remembered": Run(
        OK, Grown(contents=("a", "ab", "x", "y"), modified=(0,) * 4, redeliveries=0, made_up=0)
    ),
    "grown: three files, two are remembered, beside a backfill": Run(
        OK, Grown(contents=("a", "ab", "x", "y"), modified=(0,) * 4, redeliveries=0, crashes=0, made_up=2)
    ),
    "grown: three files, and what is older than the forgotten one is not read": Run(
        "I1",
        Grown(contents=("a", "ab", "x", "y"), modified=(0,) * 4, made_up=0, redeliveries=0, floor="its own"),
    ),
    "grown: three files, and the forgotten one leaves no floor": Run(
        "I1",
        Grown(contents=("a", "ab", "x", "y"), modified=(0,) * 4, made_up=0, redeliveries=0, floor="none"),
    ),
    "grown: by LastModified": Run(OK, Grown(compares="LastModified")),
    "grown: by LastModified, which runs backwards": Run("I1", Grown(compares="LastModified", modified=BACKWARDS)),
    "grown: by LastModified, rewritten shorter, backfill only": Run(
        "L", Grown(compares="LastModified", contents=("ab", "ax"), modified=(1, 0), has_events=False, made_up=2)
    ),
    "grown: without a sequencer always newer": Run("I1", Grown(compares="always newer")),
    "grown: head read after the object": Run("I1", Grown(head_first=False)),
    "grown: a counted tail outside the head": Run("I1", Grown(head_covers_tail=False)),
    "grown: the head covers half a line": Run("L", Grown(contents=HALF, head_covers_half=True)),
    "grown: the head is moved wherever it is": Run("I1", Grown(head_has_condition=False)),
    "grown: one file for a key": Run(
        "L", Grown(contents=ROTATED, modified=(0,) * 4, redeliveries=0, tells_files_apart=False, **BY_S3)
    ),
    "grown: one file for a key, back to counted bytes": Run(
        "I1", Grown(contents=BACK_AGAIN, modified=(0,) * 4, made_up=0, tells_files_apart=False)
    ),
    "grown: rotated beside a backfill, every version of another file": Run(
        OK,
        Grown(contents=("a", "x", "xy"), **{**BY_S3, "made_up": 1}),
    ),
    "grown: an overwritten version counts by a head of unknown age": Run("I1", Grown(asks_again=False)),
    "grown: each version rings": Run("A", Grown(rings_once=False)),
}

RUNS: Final[Mapping[str, Run]] = {
    **SAFE,
    **IMPATIENCE,
    **ENDS_AGAIN,
    **EMPTIES,
    **ALERTS,
    **ASKED,
    **LOST_ANSWERS,
    **INVALID,
    **CELL_ITEMS,
    **LIMITS,
    **FENCE,
    **NAIVE,
    **HEADS,
}


# They break a promise too, but take more than a few seconds to get there.
LONG: Final = frozenset(
    {
        "probe: all alike",
        "invalid: mine if the number fits",
        "cells: under the object",
        "grown: the head covers half a line",
    }
)


def short_form() -> dict[str, Run]:
    """Answer the table for `make test`: what must hold with fewer faults, and what breaks soon, as it is."""
    return {
        name: _with_fewer_faults(run) if run.expects == OK else run for name, run in RUNS.items() if name not in LONG
    }


def _with_fewer_faults(run: Run) -> Run:
    match run.model:
        case Push(world=world):
            return run._replace(model=Push(replace(world, faults_total=min(world.faults_total - 1, 1))))
        case Grown() as grown:
            return run._replace(model=replace(grown, crashes=0, redeliveries=0))


def carry_out(run: Run) -> Exploration:
    """Answer what exploring the run's model finds. What must break stops there; what must hold goes through all."""
    model: Model[Any] = run.model
    return explore(model, until="" if run.expects == OK else run.expects)


def is_as_expected(run: Run, found: Exploration) -> bool:
    """Answer whether the run came out as the table says."""
    return found.verdict == OK if run.expects == OK else found.verdict.startswith(run.expects)
