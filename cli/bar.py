"""A bar on stderr for reads that take long: files, bytes, and the time that is left when it is known."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE_S: Final = 0.5  # short work shows none
FRAME_S: Final = 0.1


class Bar:
    """How far the files are read. It needs no thread: whoever reads moves it.

    Nothing is shown where stderr is no terminal.
    """

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._shown = sys.stderr is not None and sys.stderr.isatty()
        self._due = monotonic() + PATIENCE_S
        self._files = self._files_done = self._size_b = self._read_b = self._open_ends = 0
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.away()

    def expect(self, size_b: int | None) -> None:
        """Expect one more file. None: nobody knows how large it is."""
        self._files += 1
        self._size_b += size_b or 0
        self._open_ends += size_b is None

    def expect_more(self) -> None:
        """Expect files that nobody has counted yet."""
        self._open_ends += 1

    def expect_no_more(self) -> None:
        """Know how many they were."""
        self._open_ends -= 1

    def read(self, size_b: int) -> None:
        """Move on by so many bytes. None at all: time has passed."""
        self._read_b += size_b
        if self._shown and (now := self._monotonic()) >= self._due:
            self._due = now + FRAME_S
            self._draw()

    def done(self) -> None:
        """Move on by a file."""
        self._files_done += 1

    def away(self) -> None:
        """Leave the terminal to others, until the next move."""
        if self._progress is not None and self._progress.live.is_started:
            self._progress.stop()

    def _draw(self) -> None:
        if self._progress is None:
            self._progress = _progress()
        total_b = None if self._open_ends else max(self._size_b, self._read_b)
        files = f"{self._files_done} of {self._files} files" if self._files > 1 else ""
        if not self._progress.live.is_started:
            self._progress.start()
        task, *_ = self._progress.task_ids or [self._progress.add_task("")]
        self._progress.update(task, description=files, completed=self._read_b, total=total_b, refresh=True)


def _progress() -> "Progress":
    # A quarter of a second, which short work does not have.
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
