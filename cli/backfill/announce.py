"""Handing files to the workers: as events in the queue, as S3 would have sent them."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from cli.backfill.feed import Fed, Feed
from cli.backfill.sums import Adding
from cli.backfill.wanted import effect_of
from core.aws.queue import Queue
from core.errors import Transient
from core.limits import BATCH_MAX
from core.model import Effect, ObjectCreated


def announce(
    feed: Feed,
    *,
    queue: Queue,
    effect: Effect | None,
    sums: Adding,
    pace: Callable[[], None],
    wait: Callable[[int, Transient], bool],
    stop: threading.Event,
    clock: Callable[[], float],
) -> None:
    """Announce what a feed brings, until it is over or `stop` is set. Raises what the queue and the feed raise."""
    batch: list[Fed] = []
    for fed in feed:
        pace()
        if stop.is_set():
            break
        batch.append(fed)
        if len(batch) == BATCH_MAX:
            _send(batch, feed, queue=queue, effect=effect, sums=sums, wait=wait, now=clock())
            batch = []
    if batch:
        _send(batch, feed, queue=queue, effect=effect, sums=sums, wait=wait, now=clock())


def _send(
    batch: list[Fed],
    feed: Feed,
    *,
    queue: Queue,
    effect: Effect | None,
    sums: Adding,
    wait: Callable[[int, Transient], bool],
    now: float,
) -> None:
    at = datetime.fromtimestamp(now, UTC)
    created = [
        ObjectCreated(
            ref=fed.listed.ref,
            size_b=fed.listed.size_b,
            at=fed.listed.last_modified,
            effect=effect_of(fed.listed, asked=effect, now=at),
        )
        for fed in batch
    ]
    failures = 0
    while True:
        try:
            queue.announce(created)
            break
        except Transient as exc:
            failures += 1
            if not wait(failures, exc):
                return
    for fed in batch:
        feed.done(fed)
    sums.add(announced=len(batch), bytes=sum(fed.listed.size_b for fed in batch))
