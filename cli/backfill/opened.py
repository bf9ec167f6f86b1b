"""The settings → what a backfill asks of AWS: a worker's own parts, in a worker that receives nothing."""

import os
import threading

from msgspec import Struct

from cli.opened import opened
from core.aws.points import Points
from core.cpus import cpus
from core.opening import Surroundings, fence_of, real_surroundings
from core.settings import Settings
from worker.loop import BESIDE_READERS
from worker.pace import readers_for
from worker.parts import Parts, assemble


class ToBackfill(Struct, frozen=True, kw_only=True):
    """What a backfill needs."""

    settings: Settings
    parts: Parts
    points: Points
    readers: int
    surroundings: Surroundings


def to_backfill(*, concurrency: int | None, stop: threading.Event) -> ToBackfill:
    """Answer what a backfill needs, to read so many files at once; None: as many as a worker.

    Raises Usage if a setting is missing or wrong, or the table can't be a ledger.
    """
    readers = concurrency or readers_for(cpus(of_machine=os.cpu_count() or 1))
    asked = opened(threads=readers + BESIDE_READERS)
    surroundings = real_surroundings()
    fence = fence_of(asked.aws, os.environ)
    parts = assemble(asked.settings, asked.aws, surroundings=surroundings, fence=fence, readers=readers, stop=stop)
    return ToBackfill(
        settings=asked.settings,
        parts=parts,
        points=Points(asked.table(recent=False)),
        readers=readers,
        surroundings=surroundings,
    )
