"""A worker process in the thread of a test: the real turns of its loops, one after the other."""

from core.errors import LogtallyError
from worker.parts import Parts


class Worker:
    """A worker process, in our thread: the turns of its loops, one after the other."""

    def __init__(self, name: str, parts: Parts) -> None:
        self.name = name
        self.parts = parts
        self.lives = True

    def turn(self) -> None:
        """Receive, read, push, and commit; and the same with what is to be read again."""
        self.receive()
        self.push()
        while not self.parts.turns.to_read.empty():
            self._read()
            self.push()

    def receive(self) -> None:
        """Take messages in hand, and read their objects."""
        self.parts.turns.receive(wait_s=0)
        self._read()

    def _read(self) -> None:
        turns = self.parts.turns
        while not turns.to_read.empty():
            turns.read(turns.to_read.get_nowait())

    def push(self) -> None:
        """Push what was found, and commit."""
        for _ in range(2):
            self.parts.turns.pushing.push(wait_s=0)

    def record(self) -> None:
        """Intend what was found, and send nothing: where a process spends its time between the two."""
        parts = self.parts
        if parts.pusher.unfinished:
            return
        found = parts.gather.take(wait_s=0)
        try:
            parts.steps.record(found, parts.pusher)
        except LogtallyError:
            for one in found:
                parts.gather.put(one.entry, one.read_for)

    def intend(self) -> None:
        """Receive, read, and intend what was found, and send nothing."""
        self.receive()
        self.record()

    def settle(self) -> None:
        """Settle what is due."""
        while self.parts.turns.settle():
            pass

    def give_back(self) -> None:
        """Give back what is in hand."""
        self.parts.leaving.give_all_back()
