"""Files that several read at once → what they come to, one after the other, in the order in which they were named."""

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, Generic, Protocol, TypeVar

from msgspec import Struct

from core.errors import LogtallyError
from core.model import Report

# Read before one that takes long is done, and waiting for it: their reports are held.
AHEAD_MAX: Final = 1000

Outcome = Report | LogtallyError
Task = TypeVar("Task")
Found = TypeVar("Found")
Task_co = TypeVar("Task_co", covariant=True)
Task_contra = TypeVar("Task_contra", contravariant=True)
Found_co = TypeVar("Found_co", covariant=True)
Found_contra = TypeVar("Found_contra", contravariant=True)


class Heard(Struct, Generic[Found], frozen=True):
    """What became of a task: it was done, or whoever had it died."""

    number: int
    found: Found | LogtallyError


class Crew(Protocol[Task_contra, Found]):
    """Those who read."""

    @property
    def idle(self) -> bool:
        """Whether one of them has nothing to do."""
        ...

    def give(self, number: int, task: Task_contra) -> None:
        """Let an idle one do a task of the file with this number."""
        ...

    def hear(self) -> Iterable[Heard[Found]]:
        """Wait a moment, and answer what has been done. What was read meanwhile has been told."""
        ...


class File(Protocol[Task_co, Found_contra]):
    """A file on its way to its report."""

    def tasks(self) -> Iterator[Task_co]:
        """Answer what is to be done, at least one thing; each only when somebody can do it."""
        ...

    def take(self, found: Found_contra | LogtallyError) -> Outcome | None:
        """Answer what the file comes to, once what was found says it. None: not yet."""
        ...


class One(Struct, Generic[Task], frozen=True):
    """A file that is one task, and whose outcome is what that finds."""

    task: Task

    def tasks(self) -> Iterator[Task]:
        """Answer the one."""
        yield self.task

    def take(self, found: object) -> Outcome:
        """Answer what was found."""
        assert isinstance(found, Report | LogtallyError)
        return found


def in_order(files: Iterable[File[Task, Found]], crew: Crew[Task, Found]) -> Iterator[Outcome]:
    """Let the crew read the files, and answer what each comes to, in order, as soon as it is known."""
    upcoming = _Upcoming(files)
    reading: dict[int, File[Task, Found]] = {}
    known: dict[int, Outcome] = {}
    shown = 0
    while reading or not upcoming.ended:
        while crew.idle and upcoming.begins_before(shown + AHEAD_MAX):
            number, file, task = upcoming.take()
            if number not in known and number >= shown:
                reading[number] = file
                crew.give(number, task)
        for heard in crew.hear():
            # A file whose outcome is known already has tasks that were under way.
            if heard.number in reading and (outcome := reading[heard.number].take(heard.found)) is not None:
                del reading[heard.number]
                known[heard.number] = outcome
        while shown in known:
            yield known.pop(shown)
            shown += 1


class _Upcoming(Generic[Task, Found]):
    """The tasks that nobody has yet, in order."""

    def __init__(self, files: Iterable[File[Task, Found]]) -> None:
        self._all = ((number, file, task) for number, file in enumerate(files) for task in file.tasks())
        self._next: deque[tuple[int, File[Task, Found], Task]] = deque()

    @property
    def ended(self) -> bool:
        self._look()
        return not self._next

    def begins_before(self, number: int) -> bool:
        self._look()
        return bool(self._next) and self._next[0][0] < number

    def take(self) -> tuple[int, File[Task, Found], Task]:
        return self._next.popleft()

    def _look(self) -> None:
        if not self._next:
            self._next.extend(itertools.islice(self._all, 1))
