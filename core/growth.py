"""Another version of a key → what it adds to what was counted, in one pass over its bytes. Pure."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from msgspec import Struct

from core.analysis import Analysis
from core.cells import beyond
from core.entries import is_entry
from core.heads import Compared
from core.model import Cell, Head, Rule, Sequencer, Tally
from core.part import tally_of


class Growth(Struct, frozen=True, kw_only=True):
    """A version of a key, counted."""

    tally: Tally  # of all of it
    new: tuple[Cell, ...]  # of these, what no version before it had; in order
    head: Head | None  # as it will be, if this version does not ring; None: its next version is another file


def count_growth(
    chunks: Iterable[bytes], *, head: Head | None, sequencer: Sequencer | None, rule: Rule, undated: datetime
) -> Growth:
    """Count the errors in plain bytes as `analyse` does, and tell apart those that `head` does not cover.

    If the bytes do not begin with those that are covered, it is another file: all is new. Raises Permanent as `analyse`
    does.
    """
    compared = Compared(chunks, head)
    analysis = Analysis(rule=rule, undated=undated)
    analysis.read(compared.covered())
    covered = analysis.cells()
    analysis.read(compared.rest())
    tally = tally_of(analysis.part())
    before = head if compared.continues else None
    new = tally.cells if before is None else beyond(tally.cells, covered)
    reached = compared.reached(is_entry=partial(is_entry, rule=rule))
    after = Head(
        rev=1 if head is None else head.rev + 1,
        length_b=reached.length_b,
        digest=reached.digest,
        total=(0 if before is None else before.total) + sum(cell.errors for cell in new),
        rang=before is not None and before.rang,
        sequencer=sequencer,
    )
    return Growth(tally=tally, new=new, head=after)
