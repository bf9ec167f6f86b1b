"""How a backfill is told while it goes on: a bar for a person, lines for a log, events for a program."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from cli import exits
from cli.backfill.every import every
from cli.backfill.scout import Scout
from cli.backfill.sums import Adding, Sums
from cli.sizes import sized
from core.printable import printable
from core.reports import counted

BAR_EVERY_S: Final = 0.2
LINE_EVERY_S: Final = 10.0


class Events:
    """A stream of events on stdout, one JSON object a line. Several threads may tell.

    Once they can't be told, `stop` is set: what is in hand is finished first, and `finish` says why.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._lock = threading.Lock()
        self._failure: OSError | None = None

    def tell(self, event: str, **facts: Any) -> None:
        """Tell an event. Whoever reads has it at once."""
        with self._lock:
            if self._failure is not None:
                return
            try:
                sys.stdout.buffer.write(msgspec.json.encode({"event": event, **facts}) + b"\n")
                sys.stdout.buffer.flush()
            except OSError as exc:
                self._failure = exc
                self._stop.set()

    def finish(self, **facts: Any) -> None:
        """Tell the last event, the sum. Raises OSError if any event could not be told."""
        self.tell("finished", **facts)
        if self._failure is not None:
            raise self._failure


@contextmanager
def shown(
    sums: Adding,
    *,
    scout: Scout,
    why_it_waits: Callable[[], str | None],
    events: Events | None,
    clock: Callable[[], float],
) -> Iterator[None]:
    """Tell how far it is, as long as the block runs. `events`: tell it there, whatever stderr is."""
    if events is None and sys.stderr.isatty():
        with _bar(sums, scout, why_it_waits):
            yield
    else:
        began = clock()

        def line() -> None:
            now = sums.now()
            if events is not None:
                events.tell("progress", **msgspec.to_builtins(now), ofFiles=scout.files, waitsFor=why_it_waits())
            else:
                exits.say(words(now, files=scout.files, seconds=clock() - began, waits_for=why_it_waits()))

        with every(LINE_EVERY_S, line, name="progress"):
            yield


@contextmanager
def listing(sums: Adding, *, why_it_waits: Callable[[], str | None]) -> Iterator[None]:
    """Tell how many files are listed, in lines, as long as the block runs."""

    def line() -> None:
        waits = why_it_waits()
        exits.say(f"{sums.now().listed} files listed" + (f"; waits: {waits}" if waits else ""))

    with every(LINE_EVERY_S, line, name="progress"):
        yield


def words(sums: Sums, *, files: int | None, seconds: float, waits_for: str | None) -> str:
    """Answer one line about how far it is. `files`: how many there are; None: not known yet."""
    rate = sums.done / seconds if seconds > 0 else 0.0
    of = f" of {files}" if files is not None else ""
    left = f", {_span((files - sums.done) / rate)} left" if files is not None and rate and files > sums.done else ""
    waits = f"; waits: {waits_for}" if waits_for else ""
    return f"{sums.done}{of} files, {sized(sums.bytes)}, {rate:.0f} files/s{left}; {found(sums)}{waits}"


def found(sums: Sums) -> str:
    """Answer what has been found so far, in words."""
    parts = [f"{sums.errors} errors", f"{sums.alerts} alerts"]
    parts += [f"{counted(sums.malformed, 'malformed line')}"] * bool(sums.malformed)
    parts += [f"{sums.unreadable} unreadable"] * bool(sums.unreadable)
    parts += [f"{sums.left} left"] * bool(sums.left)
    return ", ".join(parts)


@contextmanager
def _bar(sums: Adding, scout: Scout, why_it_waits: Callable[[], str | None]) -> Iterator[None]:
    progress = Progress(
        BarColumn(),
        TextColumn("{task.completed:.0f}{task.fields[of]} files"),
        TextColumn("{task.fields[size]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[found]}", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
    task = progress.add_task("", total=None, of="", size="", rate="", found="")

    def draw() -> None:
        now, files = sums.now(), scout.files
        speed = progress.tasks[0].speed
        waits = why_it_waits()
        progress.update(
            task,
            completed=now.done,
            total=files,
            of="" if files is None else f"/{files}",
            size=sized(now.bytes),
            rate="" if speed is None else f"{speed:.0f}/s",
            found=found(now) if waits is None else f"{found(now)}; waits: {printable(waits)}",
        )

    with progress, every(BAR_EVERY_S, draw, name="progress"):
        yield


def _span(seconds: float) -> str:
    minutes, left_s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left_s:02}" if hours else f"{minutes}:{left_s:02}"
