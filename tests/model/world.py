"""A small world: what is in it, which faults may happen, and by which rules its workers go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from tests.model.rules import Rules
from tests.model.states import NO_SLOT, Cell, Item, Knowledge, Slot, State, Worker

FAULTS: Final = (
    "crash",  # a worker dies, with everything it knows
    "steal",  # somebody takes the slot of a living worker
    "loss",  # of a PutMetricData, of its answer, or of an alert
    "refuse",  # a PutMetricData, for nothing the data say
    "slow",  # a fence passes while its owner is about to send
    "redeliver",  # a message becomes visible while somebody still has it
    "lost answer",  # of a write of the ledger: it took effect, will, or never does
    "late signature",  # the hook refuses by the worker's clock, though AWS would not yet
    "give up",  # a worker leaves a write of the ledger that nobody answers
    "no alert",  # the topic takes nothing, for longer than the worker waits
)
NOT_IN_HAND: Final[Knowledge] = "-"
ABSENT: Final = Item("absent", 0, 0, 0)

Order = Literal["in order", "any order", "within the hold"]


@dataclass(frozen=True, kw_only=True)
class World:
    """The size of a world, its faults and its rules."""

    cells: tuple[int, ...]  # of each object: how many
    messages: tuple[tuple[int, ...], ...]  # the objects of each
    faults: Mapping[str, int]  # how many of each kind
    faults_total: int
    workers: int = 2
    slots: int = 1
    per_request: int = 9  # cells
    invalid: tuple[Cell, ...] = ()  # CloudWatch refuses these
    story: str = "+"  # of object 0: "+" uploaded (again), "-" deleted or overwritten
    sent_at: tuple[int, ...] = ()  # the step of the story at which each message is sent; none: all at the first
    orders: tuple[Order, ...] = ("in order",)  # of each series of marks: in which order they become readable
    has_cell_items: bool = False  # cells stand in items of their own
    maybe_empty: tuple[int, ...] = ()  # objects whose cells may leave CloudWatch's window before they are read
    asked: bool = False  # object 0 is a notice, and the messages are requests with its key: a client repeats them
    in_doubt_max: int | None = None  # pushes per worker; None: not looked at
    rules: Rules = field(default_factory=Rules)

    @cached_property
    def fresh(self) -> Worker:
        """Answer a worker that has just started."""
        return Worker(
            phase="idle",
            call="",
            slot=NO_SLOT,
            seq=0,
            is_mine=False,
            in_air=False,
            hand=(),
            knows=(NOT_IN_HAND,) * len(self.cells),
            requests=(),
            i=0,
            rung=False,
            cells=0,
            left=(),
        )

    def start(self) -> State:
        """Answer the state in which nothing has happened."""
        sent_at = self.sent_at or (0,) * len(self.messages)
        return State(
            objects=(ABSENT,) * len(self.cells),
            cell_items=(0,) * len(self.cells),
            slots=(Slot(0, 0, (), 0, False),) * self.slots,
            open_fences=(),
            workers=(self.fresh,) * self.workers,
            messages=tuple("." if step else "available" for step in sent_at),
            network=(),
            marks=((),) * self.slots * len(self.orders),
            counted=tuple((0,) * count for count in self.cells),
            published=False,
            uploads=0,
            faults=(*(self.faults.get(fault, 0) for fault in FAULTS), self.faults_total),
        )

    def is_there(self, number: int, state: State) -> bool:
        """Answer whether an object is in the bucket now."""
        return bool(number) or self.story[state.uploads] == "+"
