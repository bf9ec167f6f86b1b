"""Those who read within this process: itself, or threads, which wait for S3 side by side."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Generic, TypeVar

from cli.reading.files import Tell
from cli.reading.order import Heard
from core.errors import LogtallyError

Task = TypeVar("Task")
Found = TypeVar("Found")

MOMENT_S: Final = 0.1  # that a bar stands still, at most


class Alone(Generic[Task, Found]):
    """One task at a time, done when it is given."""

    def __init__(self, perform: Callable[[Task, Tell], Found], tell: Tell) -> None:
        self._perform = perform
        self._tell = tell
        self._done: list[Heard[Found]] = []

    @property
    def idle(self) -> bool:
        """Whether what was done has been heard of."""
        return not self._done

    def give(self, number: int, task: Task) -> None:
        """Do it."""
        self._done.append(Heard(number, _found(self._perform, task, self._tell)))

    def hear(self) -> list[Heard[Found]]:
        """Answer what was found."""
        done, self._done = self._done, []
        return done


class Threads(Generic[Task, Found]):
    """Some threads of this process. They end with it, whatever they wait for."""

    def __init__(self, perform: Callable[[Task, Tell], Found], tell: Tell, *, size: int) -> None:
        self._perform = perform
        self._tell = tell
        self._busy = 0
        self._given: queue.SimpleQueue[tuple[int, Task] | None] = queue.SimpleQueue()
        self._heard: queue.SimpleQueue[int | Heard[Found] | BaseException] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    @property
    def idle(self) -> bool:
        """Whether a thread has nothing to do."""
        return self._busy < len(self._threads)

    def give(self, number: int, task: Task) -> None:
        """Hand it to a thread."""
        self._busy += 1
        self._given.put((number, task))

    def hear(self) -> Iterator[Heard[Found]]:
        """Wait a moment for what the threads have read and found."""
        try:
            heard = self._heard.get(timeout=MOMENT_S)
        except queue.Empty:
            heard = 0
        match heard:
            case int():
                self._tell(heard)
            case Heard():
                self._busy -= 1
                yield heard
            case BaseException():
                raise heard

    def end(self) -> None:
        """Send them home: nobody will give them anything more."""
        for _ in self._threads:
            self._given.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            while (given := self._given.get()) is not None:
                number, task = given
                self._heard.put(Heard(number, _found(self._perform, task, self._heard.put)))
        except BaseException as exc:  # noqa: BLE001 - a bug of ours: raised where somebody sees it
            self._heard.put(exc)


@contextmanager
def threads(perform: Callable[[Task, Tell], Found], tell: Tell, *, size: int) -> Iterator[Threads[Task, Found]]:
    """Start them, and see them end. They are left alone where this process ends by an exception."""
    crew = Threads(perform, tell, size=size)
    yield crew
    crew.end()


def _found(perform: Callable[[Task, Tell], Found], task: Task, tell: Tell) -> Found | LogtallyError:
    try:
        return perform(task, tell)
    except LogtallyError as exc:
        return exc
