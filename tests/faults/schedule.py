"""A schedule: a scenario, and what goes wrong at which of its calls. One line of text, and back."""

from typing import NamedTuple, Self

from tests.faults.kinds import Kind


class Fault(NamedTuple):
    """What goes wrong with the call of this number, from 1, counted over all workers."""

    call: int
    kind: Kind


class Schedule(NamedTuple):
    """One run: `python -m tests.faults` with its text repeats it."""

    scenario: str
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        """Answer the line that repeats it."""
        return " ".join((self.scenario, *(f"{fault.call}:{fault.kind}" for fault in self.faults)))

    @classmethod
    def of(cls, line: str) -> Self:
        """Read such a line."""
        scenario, *faults = line.split()
        pairs = (fault.split(":", 1) for fault in faults)
        return cls(scenario, tuple(Fault(int(call), Kind(kind)) for call, kind in pairs))
