"""The nouns of the push model. All are tuples: hundreds of thousands of states are hashed and compared.

What no code can tell apart has one state here. So workers have no names and stand in order, a nonce is only "the
slot shows mine" or not, and a clock only matters where it passes a fence.
"""

from typing import Final, Literal, NamedTuple, TypeVar

T = TypeVar("T")

NO_SLOT: Final = -1

Cell = tuple[int, int]  # an object, and the number of one of its cells
Request = tuple[Cell, ...]
SlotNumber = tuple[int, int]  # a slot, and a number of it

Call = Literal["", "intend", "end", "next", "renew", "halve", "commit"]  # a conditional write of the ledger
Phase = Literal[
    "idle",
    "asked",  # a write of the ledger had no answer
    "ghost",  # nobody any more: only a write that is still on its way
    "intended",
    "ready",  # may send
    "too late",  # the hook on the signed request said so
    "sent",
    "invalid",  # refused for what the data say
    "landed",
    "settling: ring",
    "settling: read",
    "settling: probe",
    "settling: wait",
    "settling: wait, mark seen to be absent",
    "settling: absent",
]
SETTLING: Final[frozenset[Phase]] = frozenset(
    {
        "settling: ring",
        "settling: read",
        "settling: probe",
        "settling: wait",
        "settling: wait, mark seen to be absent",
        "settling: absent",
    }
)

Knowledge = Literal[
    "-",  # not in hand
    "new",  # to be read
    "away",  # not there: overwritten or deleted
    "empty",  # read, nothing to send
    "wanted",  # read, to be counted
    "done",  # at its place in the ledger
    "published",  # a notice: that, and its alert is published
]


class Worker(NamedTuple):
    """A worker, and its own copy of the push that it is busy with."""

    phase: Phase
    call: Call  # what it asked
    slot: int
    seq: int
    is_mine: bool  # the slot shows the nonce of the write that it asked
    in_air: bool  # that write may still arrive
    hand: tuple[int, ...]  # messages that it received
    knows: tuple[Knowledge, ...]  # of each object
    requests: tuple[Request, ...]
    i: int
    rung: bool  # the alert is published, or there is none
    cells: int  # the version of its cell items that it has put for the next Intend; 0: none
    left: tuple[SlotNumber, ...]  # the pushes that it left in doubt


class Slot(NamedTuple):
    """A slot as the ledger holds it."""

    seq: int
    push: int  # outstanding; 0: none
    requests: tuple[Request, ...]
    i: int
    rings: bool


class Item(NamedTuple):
    """An object's item in the ledger."""

    state: Literal["absent", "end", "empty", "pushed"]  # end: superseded, gone or failed
    slot: int
    push: int
    digest: int  # the version of its cells that it names


class Flight(NamedTuple):
    """A PutMetricData on its way, or its answer on the way back."""

    kind: Literal["push", "probe"]
    slot: int
    number: int
    cells: Request
    fate: Literal["flying", "effect", "refused", "invalid"]


class Mark(NamedTuple):
    """A point of a slot's mark metric, accepted by CloudWatch."""

    number: int  # negative: a probe
    readable: bool


class State(NamedTuple):
    """Everything, at one moment."""

    objects: tuple[Item, ...]
    cell_items: tuple[int, ...]  # of each object, the version that the ledger holds where its item looks; 0: none
    slots: tuple[Slot, ...]
    open_fences: tuple[SlotNumber, ...]  # numbers under which a sent request can still take effect
    workers: tuple[Worker, ...]
    # ".": not sent yet. Of a request: not made, made, being answered, answered.
    messages: tuple[Literal[".", "available", "in flight", "deleted"], ...]
    network: tuple[Flight, ...]
    marks: tuple[tuple[Mark, ...], ...]  # of each slot and series, in the order in which they were accepted
    counted: tuple[tuple[int, ...], ...]  # how often CloudWatch has each cell, 2 at most; -1: taken out as invalid
    published: bool  # the alert of object 0
    uploads: int  # how far the story of object 0 went
    faults: tuple[int, ...]  # how many of each kind may still happen; the last: of all together


def put(values: tuple[T, ...], index: int, value: T) -> tuple[T, ...]:
    """Answer `values` with another value at `index`."""
    return (*values[:index], value, *values[index + 1 :])
