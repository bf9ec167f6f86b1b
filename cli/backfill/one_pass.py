"""One pass over a prefix: from where the last one was stopped, to the end or to where this one is."""

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog
from msgspec import Struct

from cli.backfill.announce import announce
from cli.backfill.count import Count, Tell
from cli.backfill.estimate import Estimate, estimate
from cli.backfill.feed import Feed, Heads, no_heads
from cli.backfill.keeper import Keeper
from cli.backfill.opened import ToBackfill
from cli.backfill.patience import Patience
from cli.backfill.progress import Events, listing, shown
from cli.backfill.reader import Reader
from cli.backfill.scout import Scout
from cli.backfill.sources import Source, of_inventory, of_listing
from cli.backfill.sums import Adding, Sums
from cli.backfill.wanted import Wanted, name_of_pass
from cli.names import bucket_and_key
from core import inventory
from core.aws.ledger import Ledger
from core.aws.points import Point
from core.errors import LogtallyError, NotFound, Usage
from core.model import Bucket, Effect, Head, KeyName, ObjectRef
from core.rules import growing
from core.writers import Seq, Slot
from worker.parts import check_topics

log = structlog.get_logger()

LOOKS_MAX: Final = 5  # whether pushes are over
LOOK_EVERY_S: Final = 1.0


class Asked(Struct, frozen=True, kw_only=True):
    """What somebody wants a pass to do."""

    bucket: Bucket
    prefix: str
    wanted: Wanted
    effect: Effect | None  # None: by the age of each file
    limit: int | None
    rate: float | None  # files a second
    enqueue: bool
    inventory: str | None
    from_start: bool


class Outcome(Struct, frozen=True, kw_only=True):
    """How a pass ended."""

    sums: Sums
    resumed: Point | None  # where it went on; None: it began at the beginning
    complete: bool  # nothing is left of the source
    outstanding: int  # pushes that are not over, whoever left them
    failure: LogtallyError | None  # what ended it early
    seconds: float


def estimated(asked: Asked, tools: ToBackfill, *, stop: threading.Event) -> Estimate:
    """Answer what a pass from the beginning would come to. Raises what the listing and the ledger raise."""
    source, _ = _source(asked, tools, stop=stop)
    sums, patience = Adding(), Patience(stop)
    feed = _feed(asked, tools, source, after=None, limit=asked.limit, sums=sums, patience=patience, stop=stop)
    with listing(sums, why_it_waits=lambda: patience.why):
        made = estimate(
            feed,
            sums=sums,
            effect=asked.effect,
            enqueue=asked.enqueue,
            lists=asked.inventory is None,
            prices=tools.settings.prices(),
            now=datetime.fromtimestamp(tools.surroundings.clock(), UTC),
        )
    if not stop.is_set():
        _must_have_listed(asked, sums.now())
    return made


def carried_out(
    asked: Asked, tools: ToBackfill, *, stop: threading.Event, tell: Tell, events: Events | None
) -> Outcome:
    """Carry a pass out. Raises what keeps it from beginning; what ends it later is in the outcome."""
    clock, monotonic = tools.surroundings.clock, tools.surroundings.monotonic
    source, listed_by = _source(asked, tools, stop=stop)
    _check(asked, tools, now=clock())
    name = name_of_pass(asked.wanted, effect=asked.effect, enqueue=asked.enqueue, inventory=listed_by)
    resumed = None if asked.from_start else tools.points.find(asked.bucket, asked.prefix, name)
    after = None if resumed is None else resumed.place
    sums, patience = Adding(), Patience(stop)
    # What can't be read is not charged to the limit, and only whoever reads finds that out.
    feed_max = asked.limit if asked.enqueue else None
    feed = _feed(
        asked,
        tools,
        source,
        after=after,
        limit=feed_max,
        sums=sums,
        patience=patience,
        stop=stop,
        heads=no_heads if asked.enqueue else partial(_heads, tools),
    )
    counting = None if asked.enqueue else _count(asked, tools, feed, sums=sums, tell=tell, stop=stop)
    scout = Scout(source, after=after, wanted=asked.wanted)
    began_at = resumed.began_at if resumed is not None else datetime.fromtimestamp(clock(), UTC)
    keeper = Keeper(lambda point: tools.points.keep(asked.bucket, asked.prefix, name, point, at=clock()), began_at)
    began = monotonic()
    if asked.limit is None:
        scout.start()

    def why_it_waits() -> str | None:
        return patience.why or (None if counting is None else counting.why_it_waits)

    with shown(sums, scout=scout, why_it_waits=why_it_waits, events=events, clock=monotonic), keeper.keeping(feed):
        if counting is None:
            failure = _announced(asked, tools, feed, sums=sums, patience=patience, stop=stop)
        else:
            failure = counting.run(drain_timeout_s=tools.settings.drain_timeout_s)
    scout.stop()
    if isinstance(failure, Usage) and not sums.now().listed:
        raise failure  # nothing was begun
    if failure is None and resumed is None and not stop.is_set():
        _must_have_listed(asked, sums.now())
    return Outcome(
        sums=sums.now(),
        resumed=resumed,
        complete=feed.is_done,
        outstanding=0 if asked.enqueue else _outstanding(tools),
        failure=failure,
        seconds=monotonic() - began,
    )


def _announced(
    asked: Asked, tools: ToBackfill, feed: Feed, *, sums: Adding, patience: Patience, stop: threading.Event
) -> LogtallyError | None:
    """Announce what the feed brings. Answer what ended it early."""
    try:
        announce(
            feed,
            queue=tools.parts.queue,
            effect=asked.effect,
            sums=sums,
            pace=_pace(asked.rate, stop=stop, monotonic=tools.surroundings.monotonic),
            wait=patience.wait,
            stop=stop,
            clock=tools.surroundings.clock,
        )
    except LogtallyError as exc:
        return exc
    return None


def _outstanding(tools: ToBackfill) -> int:
    """Answer how many pushes are not over. Those of workers that are just at it are, some seconds later."""
    try:
        left = _pushes(tools.parts.ledger)
        for _ in range(LOOKS_MAX):
            if not left:
                break
            tools.surroundings.sleep(LOOK_EVERY_S)
            left &= _pushes(tools.parts.ledger)
    except LogtallyError as exc:
        log.warning("backfill.not_known_whether_over", why=str(exc))
        return tools.parts.pusher.outstanding
    return len(left)


def _pushes(ledger: Ledger) -> set[tuple[Slot, Seq]]:
    return {(writer.slot, writer.outstanding.push) for writer in ledger.writers() if writer.outstanding is not None}


def _count(asked: Asked, tools: ToBackfill, feed: Feed, *, sums: Adding, tell: Tell, stop: threading.Event) -> Count:
    chosen, monotonic = tools.settings, tools.surroundings.monotonic
    reader = Reader(
        tools.parts.objects,
        rules=chosen.all_rules(),
        topic_arn=chosen.topic_arn,
        effect=asked.effect,
        stop=stop,
        clock=tools.surroundings.clock,
    )
    return Count(
        feed,
        parts=tools.parts,
        reader=reader,
        readers=tools.readers,
        limit=asked.limit,
        linger_s=chosen.linger_s,
        settle_every_s=chosen.settle_every_s,
        sums=sums,
        tell=tell,
        pace=_pace(asked.rate, stop=stop, monotonic=monotonic),
        stop=stop,
        monotonic=monotonic,
    )


def _source(asked: Asked, tools: ToBackfill, *, stop: threading.Event) -> tuple[Source, str | None]:
    """Answer where the objects come from, and the name of the inventory, if that is it."""
    objects = tools.parts.objects
    if asked.inventory is None:
        return of_listing(objects, asked.bucket, asked.prefix), None
    where, key = bucket_and_key(asked.inventory)
    manifest, etag = inventory.manifest(where, key, objects=objects)
    if manifest.of != asked.bucket:
        raise Usage(f"{asked.inventory}: lists bucket {manifest.of}, not {asked.bucket}")
    return of_inventory(objects, manifest, asked.bucket, asked.prefix, stop=stop), f"{asked.inventory}#{etag}"


def _feed(
    asked: Asked,
    tools: ToBackfill,
    source: Source,
    *,
    after: str | None,
    limit: int | None,
    sums: Adding,
    patience: Patience,
    stop: threading.Event,
    heads: Heads = no_heads,
) -> Feed:
    return Feed(
        source,
        after=after,
        wanted=asked.wanted,
        known=tools.parts.ledger.known,
        heads=heads,
        limit=limit,
        sums=sums,
        wait=patience.wait,
        stop=stop,
    )


def _heads(tools: ToBackfill, refs: Iterable[ObjectRef]) -> Mapping[KeyName, Head]:
    return tools.parts.ledger.heads(growing(tools.settings.all_rules(), refs))


def _check(asked: Asked, tools: ToBackfill, *, now: float) -> None:
    """Ask the parts that are needed once: what is missing or refused is told before anything is done."""
    if asked.enqueue:
        tools.parts.queue.check()
        return
    tools.parts.ledger.check()
    if asked.effect is not Effect.NONE:
        tools.parts.metrics.check(now=now)
    if asked.effect in {None, Effect.ALL}:
        check_topics(tools.parts.alerts, tools.settings)


def _must_have_listed(asked: Asked, sums: Sums) -> None:
    if not sums.listed:
        raise NotFound(f"nothing under s3://{asked.bucket}/{asked.prefix}")


def _pace(rate: float | None, *, stop: threading.Event, monotonic: Callable[[], float]) -> Callable[[], None]:
    """Answer what waits until the next file may begin."""
    next_at = monotonic()

    def wait() -> None:
        nonlocal next_at
        if rate is not None:
            stop.wait(max(0.0, next_at - monotonic()))
            next_at = max(next_at, monotonic()) + 1 / rate

    return wait
