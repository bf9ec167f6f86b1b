"""Doing something now and then, in a thread of its own, while something else goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def every(seconds: float, do: Callable[[], None], *, name: str) -> Iterator[None]:
    """Do it each time so many seconds have passed, as long as the block runs, and not once after it."""
    over = threading.Event()

    def doing() -> None:
        while not over.wait(seconds):
            do()

    thread = threading.Thread(target=doing, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
