"""Keeping the place up to which a pass is done, so that the next one goes on there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import structlog

from cli.backfill.every import every
from cli.backfill.feed import Feed
from core.aws.points import Point
from core.errors import LogtallyError

log = structlog.get_logger()

KEEP_EVERY_S: Final = 5.0


class Keeper:
    """Keeps the place up to which a feed is done, now and then and at the end."""

    def __init__(self, keep: Callable[[Point | None], None], began_at: datetime) -> None:
        self._keep = keep
        self._began_at = began_at
        self._kept: str | None = None

    @contextmanager
    def keeping(self, feed: Feed) -> Iterator[None]:
        """Keep it as long as the block runs."""
        try:
            with every(KEEP_EVERY_S, lambda: self._now(feed), name="keep"):
                yield
        finally:
            if feed.is_done:
                self._tried(None)
            else:
                self._now(feed)

    def _now(self, feed: Feed) -> None:
        place = feed.place
        if place is not None and place != self._kept and self._tried(Point(place=place, began_at=self._began_at)):
            self._kept = place

    def _tried(self, point: Point | None) -> bool:
        """Answer whether it is kept. If not, that costs the next pass some looks into the ledger, and nothing else."""
        try:
            self._keep(point)
        except LogtallyError as exc:
            log.warning("backfill.place_not_kept", why=str(exc))
            return False
        return True
