"""What a worker process takes of its machine, over time. Linux only."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from typing import Final

from msgspec import Struct

from core.limits import MIB

EVERY_S: Final = 1.0
PAGE_B: Final = os.sysconf("SC_PAGE_SIZE")
TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
PARTS: Final = 10
WARM: Final = 2  # the part in which a worker has met everything once
GROWTH_B_MAX: Final = 16 * MIB
GROWTH_S_MIN: Final = 60  # of a worker that ran for less, nothing can be said


class Held(Struct, frozen=True, kw_only=True):
    """What one worker held in memory, in bytes, in each tenth of its life."""

    seconds: int
    parts: Sequence[int]

    @property
    def grew(self) -> bool:
        """Whether it holds more and more. Of a short life nothing can be said: False."""
        return self.seconds >= GROWTH_S_MIN and self.parts[-1] - self.parts[WARM] > GROWTH_B_MAX

    def __str__(self) -> str:
        """Say it in a line."""
        return f"MiB held in each tenth of {self.seconds} s: " + " ".join(f"{held / MIB:.0f}" for held in self.parts)


def held(looks: Sequence[int]) -> Held:
    """Answer what a worker held, of a look in each second."""
    assert len(looks) >= PARTS
    edges = [len(looks) * part // PARTS for part in range(PARTS + 1)]
    parts = [median_low(looks[start:end]) for start, end in pairwise(edges)]
    return Held(seconds=round(len(looks) * EVERY_S), parts=parts)


def cpu_s(pid: int) -> float:
    """Answer the seconds that a process had on a core so far."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS_A_SECOND


class Memory:
    """What some processes hold, looked at each second."""

    def __init__(self) -> None:
        self._looks: dict[int, list[int]] = {}  # bytes by process, from its start on
        self._gone: set[int] = set()
        self._stop = threading.Event()

    def watch(self, pid: int) -> None:
        """Look at this process from now on, until it is gone."""
        self._looks[pid] = []

    def held(self) -> list[Held]:
        """Answer for each process that lived long enough for a word, the oldest first."""
        return sorted(
            (held(looks) for looks in self._looks.values() if len(looks) >= PARTS), key=lambda one: -one.seconds
        )

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
            for pid, looks in list(self._looks.items()):
                now = None if pid in self._gone else _resident_b(pid)
                if now:  # a process that has ended holds nothing, and its number may be another's soon
                    looks.append(now)
                else:
                    self._gone.add(pid)


def _resident_b(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_B
    except (OSError, IndexError):
        return None
