"""What one reading of the marks says of a push in doubt."""

import pytest

from core.aws.metrics import Reading
from core.push.settle import Verdict, verdict
from core.writers import Fence, Nonce, Outstanding, Seq, Series, Slot, Writer

SENT = 1_800_000_000.0
FENCE = Fence(margin_s=60, signature_age_s=900, hold_s=900)
BEFORE, AFTER = SENT + 60 + 900 + 900 - 1, SENT + 60 + 900 + 900
WRITER = Writer(
    slot=Slot(0),
    series=Series("feedbeef"),
    seq=Seq(7),
    by=Nonce("n"),
    used_at=SENT,
    outstanding=Outstanding(push=Seq(6), members=(), requests=(), i=0, bells=(), sent_at=SENT),
)


@pytest.mark.parametrize(
    ("lowest", "highest", "date", "expected"),
    [
        (7, 7, SENT, Verdict.LANDED),
        (3, 9, SENT, Verdict.LANDED),
        (-7, 7, AFTER, Verdict.LANDED),
        (3, 6, BEFORE, Verdict.WAIT),
        (None, None, BEFORE, Verdict.WAIT),
        (-7, 6, BEFORE, Verdict.WAIT),
        (None, None, AFTER, Verdict.PROBE),
        (3, 6, AFTER, Verdict.PROBE),
        (-6, 6, AFTER, Verdict.PROBE),
        (-7, 6, AFTER, Verdict.LOST),
        (-7, -7, AFTER, Verdict.LOST),
    ],
)
def test_a_push_is_lost_only_when_its_probe_shows_and_its_mark_does_not(
    lowest: float | None, highest: float | None, date: float, expected: Verdict
) -> None:
    """And never before AWS's own clock has passed the fence and the hold."""
    reading = Reading(lowest=lowest, highest=highest, date=date)

    assert verdict(WRITER, reading, fence=FENCE) is expected
