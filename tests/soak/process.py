"""What a worker process takes of its machine, over time. Linux only."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

EVERY_S: Final = 1.0
PAGE_B: Final = os.sysconf("SC_PAGE_SIZE")
TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


def resident_b(pid: int) -> int | None:
    """Answer what a process holds in memory; None if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_B
    except (OSError, IndexError):
        return None


def cpu_s(pid: int) -> float:
    """Answer the seconds that a process had on a core so far."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS_A_SECOND


class Memory:
    """What some processes hold, looked at each second."""

    def __init__(self) -> None:
        self.held: dict[int, list[int]] = {}  # bytes by process, from its start on
        self._gone: set[int] = set()
        self._stop = threading.Event()

    def watch(self, pid: int) -> None:
        """Look at this process from now on, until it is gone."""
        self.held[pid] = []

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look while the block runs."""
        thread = threading.Thread(target=self._look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _look(self) -> None:
        while not self._stop.wait(EVERY_S):
            for pid, held in list(self.held.items()):
                now = resident_b(pid) if pid not in self._gone else None
                if now:  # a process that has ended holds nothing, and its number may be another's soon
                    held.append(now)
                else:
                    self._gone.add(pid)
