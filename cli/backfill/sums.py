"""What a backfill has done so far, added up by many threads."""

import threading

import msgspec
from msgspec import Struct


class Sums(Struct, kw_only=True, rename="camel"):
    """Numbers of files, unless they say otherwise."""

    listed: int = 0
    unwanted: int = 0  # by the options
    known: int = 0  # counted before, or meanwhile by somebody else
    counted: int = 0
    announced: int = 0
    bytes: int = 0  # of what was counted or announced, as stored
    errors: int = 0
    alerts: int = 0  # that rang
    outside_window: int = 0  # errors that CloudWatch does not take
    malformed: int = 0  # lines
    noted: int = 0  # whose report has a note that somebody should know, not to be misled
    unreadable: int = 0  # for good, each with its reason in the ledger
    gone: int = 0  # deleted before they were read
    left: int = 0  # could not be counted now

    @property
    def done(self) -> int:
        """Files that nothing is left to do about now."""
        return self.known + self.counted + self.announced + self.unreadable + self.gone + self.left


class Adding:
    """Sums that several threads add to."""

    def __init__(self) -> None:
        self._sums = Sums()
        self._lock = threading.Lock()

    def add(self, **more: int) -> None:
        """Add to some of the sums."""
        with self._lock:
            for name, count in more.items():
                setattr(self._sums, name, getattr(self._sums, name) + count)

    def now(self) -> Sums:
        """Answer the sums as they are now."""
        with self._lock:
            return msgspec.structs.replace(self._sums)
