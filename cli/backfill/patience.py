"""Waiting for AWS to be better: longer each time, and not for ever."""

import threading
from typing import Final

import structlog

from core.errors import Denied, Transient
from core.push import again_s

log = structlog.get_logger()

FAILURES_MAX: Final = 40  # in a row, of a listing, a look-up or a message: ten minutes


class Patience:
    """Waits after failures, until `stop` is set. Several threads may wait."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self.why: str | None = None  # somebody waits right now

    def wait(self, failures: int, why: Transient) -> bool:
        """Wait after so many failures in a row, and answer whether to try again.

        Raises the last of them if nothing but somebody's hand can help, or when that was tried for long enough.
        """
        if isinstance(why, Denied) or failures > FAILURES_MAX:
            raise why
        log.warning("backfill.waits", why=str(why))
        self.why = str(why)
        try:
            return not self._stop.wait(again_s(failures))
        finally:
            self.why = None
