"""Which slot a worker takes. No lease: Intend's condition decides, so a wrong guess costs a call and nothing else."""

from collections.abc import Callable, Sequence

from core.errors import Transient
from core.limits import SLOT_UNUSED_S, SLOTS_MAX
from core.writers import Nonce, Seq, Series, Slot, Writer


def choose(
    writers: Sequence[Writer], *, now: float, draw: Callable[[int], int], series: Callable[[], Series]
) -> Writer:
    """Answer a slot that nobody seems to use: one of the free ones at random, else a new one.

    `draw(n)` is a random number below n. Raises Transient if every slot has a push outstanding or is in use.
    """
    free = [writer for writer in writers if is_free(writer, now=now)]
    if free:
        return free[draw(len(free))]
    taken = {writer.slot for writer in writers}
    new = [Slot(slot) for slot in range(len(taken) + 1) if slot not in taken]
    if len(taken) >= SLOTS_MAX:
        raise Transient(f"all {SLOTS_MAX} slots are in use or have a push outstanding: settle them first")
    return Writer(slot=new[0], series=series(), seq=Seq(0), by=Nonce(""), used_at=0.0)


def is_free(writer: Writer, *, now: float) -> bool:
    """Answer whether a slot has nothing outstanding, and was released or unused for ten minutes."""
    return writer.outstanding is None and now - writer.used_at >= SLOT_UNUSED_S
