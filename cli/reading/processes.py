"""Processes that read beside this one. None outlives it, however it ends."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from msgspec import Struct

from cli.reading.crews import MOMENT_S
from cli.reading.files import Tell
from cli.reading.order import Heard
from core.errors import LogtallyError, Transient
from core.limits import MIB

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess


class Named(Protocol):
    """What has the name of its file."""

    @property
    def name(self) -> str:
        """As the user named it."""
        ...


Task = TypeVar("Task", bound=Named)
Found = TypeVar("Found")

FORKS: Final = sys.platform == "linux"
TOLD_B: Final = 4 * MIB  # read by a process between two words of it


class _Member(Struct, Generic[Task, Found]):
    process: "BaseProcess"
    line: "Connection[Task, int | Found | LogtallyError]"
    given: tuple[int, Task] | None = None  # what it is at


class Processes(Generic[Task, Found]):
    """Some processes, each at one task. One that dies fails its file, and another takes its place."""

    def __init__(self, perform: Callable[[Task, Tell], Found], tell: Tell, *, size: int) -> None:
        # A fork has all that is imported. It is safe where no thread runs, as here; elsewhere Python knows better.
        self._context = get_context("fork") if FORKS else get_context()
        self._perform = perform
        self._tell = tell
        self._members: list[_Member[Task, Found]] = []
        for _ in range(size):
            self._members.append(self._started())

    @property
    def idle(self) -> bool:
        """Whether a process has nothing to do."""
        return any(member.given is None for member in self._members)

    def give(self, number: int, task: Task) -> None:
        """Hand it to a process."""
        member = next(member for member in self._members if member.given is None)
        member.given = number, task
        with suppress(OSError):  # it has died: `hear` will find that out
            member.line.send(task)

    def hear(self) -> Iterator[Heard[Found]]:
        """Wait a moment for what the processes have read and found."""
        ready = connection.wait([member.line for member in self._members], timeout=MOMENT_S)
        for member in [member for member in self._members if member.line in ready]:
            try:
                heard = member.line.recv()
            except (EOFError, OSError):
                yield from self._replace(member)
                continue
            if isinstance(heard, int):
                self._tell(heard)
            else:
                assert member.given is not None
                (number, _), member.given = member.given, None
                yield Heard(number, heard)
        if not ready:
            self._tell(0)

    def kill(self) -> None:
        """End all of them at once: they hold nothing that anybody would miss."""
        for member in self._members:
            member.process.kill()
        for member in self._members:
            member.process.join()
            member.line.close()

    def _started(self) -> _Member[Task, Found]:
        ours, theirs = self._context.Pipe()
        # A fork holds our ends, too, and no line breaks while anybody holds one.
        inherited = [ours, *(member.line for member in self._members)] if FORKS else []
        process = self._context.Process(target=_work, args=(theirs, self._perform, inherited), daemon=True)
        # Before it ignores Ctrl-C, it must not hear it.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        theirs.close()  # so that the line breaks when the process does
        return _Member(process, ours)

    def _replace(self, member: _Member[Task, Found]) -> Iterator[Heard[Found]]:
        member.process.join()
        member.line.close()
        self._members[self._members.index(member)] = self._started()
        if member.given is not None:
            number, task = member.given
            yield Heard(number, Transient(f"{task.name}: {_death(member.process.exitcode)}"))


@contextmanager
def processes(perform: Callable[[Task, Tell], Found], tell: Tell, *, size: int) -> Iterator[Processes[Task, Found]]:
    """Start them, and end them with the block."""
    crew = Processes(perform, tell, size=size)
    try:
        yield crew
    finally:
        crew.kill()


def _death(exitcode: int | None) -> str:
    how = f"was killed by signal {-exitcode}" if exitcode is not None and exitcode < 0 else f"ended with {exitcode}"
    return f"the process that read it {how}; if memory is short, say --jobs 1"


def _work(
    line: "Connection[object, Task]",
    perform: Callable[[Task, Tell], Found],
    inherited: "Sequence[Connection[Task, object]]",
) -> None:
    # Ctrl-C goes to all of a terminal's processes; the one that was started by the user ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    for theirs in inherited:
        theirs.close()
    told = _Told(line.send)
    try:
        while True:
            task = line.recv()
            found: Found | LogtallyError
            try:
                found = perform(task, told)
            except LogtallyError as exc:
                found = exc
            told.rest()
            line.send(found)
    except (EOFError, OSError):
        return  # nobody is there any more


class _Told:
    """Tells of what was read, but not of every chunk."""

    def __init__(self, send: Callable[[int], None]) -> None:
        self._send = send
        self._read_b = 0

    def __call__(self, size_b: int) -> None:
        self._read_b += size_b
        if self._read_b >= TOLD_B:
            self.rest()

    def rest(self) -> None:
        if self._read_b:
            read_b, self._read_b = self._read_b, 0
            self._send(read_b)
