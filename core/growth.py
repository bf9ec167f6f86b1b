"""A version of a key → what it adds to what was counted, in one pass over its bytes. Pure."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from msgspec import Struct

from core.analysis import Analysis, analyse
from core.cells import beyond
from core.entries import is_entry
from core.heads import Compared, begun, extent_of, is_covered, moved
from core.model import Cell, Extent, Head, ObjectCreated, Rule, Tally
from core.part import tally_of


class Growth(Struct, frozen=True, kw_only=True):
    """A version of a key, counted."""

    tally: Tally  # of all of it
    new: tuple[Cell, ...]  # of these, what no version before it had; in order
    head: Head | None  # as it will be, if this version does not ring; None: it stays as it is


def count_growth(
    chunks: Iterable[bytes],
    created: ObjectCreated,
    *,
    head: Head | None,
    is_current: bool,
    rule: Rule,
    written_at: datetime,
) -> Growth | None:
    """Count the errors in plain bytes as `analyse` does, and tell apart those that are counted already.

    None: a later version of its file is counted, and all that this one has with it. If the bytes do not begin with
    those that were counted of any file, it is another file: all is new. `is_current`: it was the current version after
    the head was read. Raises Permanent as `analyse` does.
    """
    entry = partial(is_entry, shape=rule.shape)
    start, again = begun(chunks, is_entry=entry)
    if start is None:
        return Growth(tally=analyse(again, rule=rule, written_at=written_at), new=(), head=None)
    extent = extent_of(start, head)
    if is_covered(created, extent, is_current=is_current):
        return None
    compared = Compared(again, extent)
    analysis = Analysis(rule=rule, written_at=written_at)
    analysis.read(compared.covered())
    covered = analysis.cells()
    analysis.read(compared.rest())
    tally = tally_of(analysis.part())
    before = extent if compared.continues else None
    new = tally.cells if before is None else beyond(tally.cells, covered)
    reached = compared.reached(is_entry=entry)
    after = Extent(
        start=start,
        length_b=reached.length_b,
        digest=reached.digest,
        total=(0 if before is None else before.total) + sum(cell.errors for cell in new),
        rang=before is not None and before.rang,
        sequencer=created.sequencer,
    )
    return Growth(tally=tally, new=new, head=moved(head, after, is_current=is_current))
