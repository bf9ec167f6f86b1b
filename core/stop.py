"""Stopping: the first signal drains, the second ends the process."""

import signal
import threading
from types import FrameType


def on_signals() -> threading.Event:
    """Answer an event that SIGTERM or SIGINT sets. A second one of them ends the process at once."""
    stop = threading.Event()

    def handle(signum: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise SystemExit(128 + signum)
        stop.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, handle)
    return stop
