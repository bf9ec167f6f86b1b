"""What a storm and a soak say of the graph and the alerts."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from core.balance import Line
from local.truth import Difference
from tests.kills.kept import ALL_KEPT

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ALERTS = ALL_KEPT.alerts


def test_alerts_may_come_twice() -> None:
    """At least once is what is promised of them."""
    assert ALL_KEPT.broken == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"differing": [Difference(service="a", minute=NOW, expected=1, found=2)]},
            "1 minutes differ from the files",
        ),
        (
            {"ledger_differs": [Line(minute=NOW, service=None, due=1, outstanding=0, fresh=0, graph=2.0, samples=2.0)]},
            "1 minutes differ from the ledger",
        ),
        ({"alerts": replace(ALERTS, missing=["a"])}, "1 alerts are missing"),
        ({"alerts": replace(ALERTS, not_due=["a"])}, "1 alerts were not due"),
        ({"alerts": replace(ALERTS, counted=2)}, "alertTriggered is 2 in 1 samples, and 1 files ring"),
        ({"alerts": replace(ALERTS, samples=2)}, "alertTriggered is 1 in 2 samples, and 1 files ring"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_whatever_is_not_kept_is_said(change: dict[str, object], words: str) -> None:
    """In words, each by itself."""
    assert replace(ALL_KEPT, **change).broken == [words]
