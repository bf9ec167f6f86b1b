"""Which dead letters are meant, and what the ledger can't know of them."""

import pytest

from core.letters import is_for, reason_sent, without_reason
from core.limits import REASON_LENGTH_MAX


@pytest.mark.parametrize(
    ("reason", "text", "meant"),
    [
        ("not permitted", "permitted", True),
        ("not permitted", "Permitted", False),
        ("not permitted", None, True),
        (None, None, True),
        (None, "permitted", False),
        ("x" * REASON_LENGTH_MAX + "permitted", "permitted", False),
        ("", "unknown", True),
    ],
)
def test_a_reason_is_compared_as_it_was_sent(reason: str | None, text: str | None, meant: bool) -> None:
    """So that the ledger's list and the queue mean the same; what has no reason is meant by no text."""
    assert is_for(reason, text) is meant


def test_a_reason_fits_an_attribute() -> None:
    """Without what SQS refuses."""
    assert reason_sent("a\x00b" * REASON_LENGTH_MAX) == ("a\N{REPLACEMENT CHARACTER}b" * REASON_LENGTH_MAX)[:256]


@pytest.mark.parametrize(
    ("there", "remembered", "days", "unknown"), [(3, 1, 30, 2), (3, 1, 14, 2), (3, 1, 13, 0), (1, 3, 30, 0)]
)
def test_what_the_ledger_has_no_reason_for(there: int, remembered: int, days: int, unknown: int) -> None:
    """At least; and only if it was asked for as long as a queue keeps messages."""
    assert without_reason(there, remembered=remembered, days=days) == unknown
