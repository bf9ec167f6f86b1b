"""Which slot a worker takes."""

import pytest

from core.errors import Transient
from core.limits import SLOT_UNUSED_S, SLOTS_MAX
from core.push.slots import choose
from core.writers import Nonce, Outstanding, Seq, Series, Slot, Writer

NOW = 1_800_000_000.0
PUSH = Outstanding(push=Seq(7), members=(), requests=(), i=0, bells=(), sent_at=NOW)


def _writer(slot: int, *, used_at: float, outstanding: Outstanding | None = None) -> Writer:
    return Writer(
        slot=Slot(slot), series=Series("0" * 8), seq=Seq(7), by=Nonce("n"), used_at=used_at, outstanding=outstanding
    )


def _choose(*writers: Writer) -> Writer:
    return choose(writers, now=NOW, draw=lambda n: n - 1, series=lambda: Series("feedbeef"))


def test_the_first_worker_makes_the_first_slot() -> None:
    """Under a series of its own, and with no number used yet."""
    assert _choose() == Writer(slot=Slot(0), series=Series("feedbeef"), seq=Seq(0), by=Nonce(""), used_at=0.0)


def test_a_released_slot_is_taken_again() -> None:
    """So that deployments do not make more and more slots."""
    released = _writer(0, used_at=0.0)

    assert _choose(released) == released


def test_a_slot_that_nobody_used_for_ten_minutes_is_taken() -> None:
    """Its worker died without releasing it."""
    stale = _writer(1, used_at=NOW - SLOT_UNUSED_S)

    assert _choose(_writer(0, used_at=NOW), stale) == stale


def test_a_slot_in_use_or_with_a_push_is_left_alone() -> None:
    """Another worker is in one; the other is somebody's to settle."""
    busy, outstanding = _writer(0, used_at=NOW - 1), _writer(2, used_at=0.0, outstanding=PUSH)

    assert _choose(busy, outstanding).slot == 1


def test_slots_have_a_limit() -> None:
    """Beyond it something is wrong, and a worker waits loudly."""
    with pytest.raises(Transient, match="settle them first"):
        _choose(*(_writer(slot, used_at=NOW) for slot in range(SLOTS_MAX)))
