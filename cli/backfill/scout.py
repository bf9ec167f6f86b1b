"""How many files there are in all: a listing that runs ahead, and holds nothing but numbers."""

import threading
from typing import Final

import structlog

from cli.backfill.sources import Source
from cli.backfill.wanted import Wanted
from core.errors import LogtallyError

log = structlog.get_logger()

AFTER_S: Final = 5.0  # what is over sooner needs no second listing


class Scout:
    """Counts what a source has behind a place. What it can't find out, nobody needs: it is for the bar alone."""

    def __init__(self, source: Source, *, after: str | None, wanted: Wanted, wait_s: float = AFTER_S) -> None:
        self._source = source
        self._after = after
        self._wanted = wanted
        self._wait_s = wait_s
        self._over = threading.Event()
        self.files: int | None = None  # not known yet

    def start(self) -> None:
        """Begin, after a while."""
        threading.Thread(target=self._count, name="scout", daemon=True).start()

    def stop(self) -> None:
        """End it, wherever it is."""
        self._over.set()

    def _count(self) -> None:
        if self._over.wait(self._wait_s):
            return
        files = 0
        try:
            for listed, _ in self._source(self._after):
                if self._over.is_set():
                    return
                files += self._wanted.takes(listed)
        except LogtallyError as exc:
            log.info("scout.failed", why=str(exc))
            return
        self.files = files
