"""What must hold after anything that was put: each error once on the graph, and each alert at least once."""

from typing import Final

from msgspec import Struct

from core.balance import Line
from local.truth import Difference


class Alerts(Struct, frozen=True, kw_only=True):
    """What came, against what was due: by deduplication id, of which each file over its threshold has one."""

    due: int
    came: int  # repeats too
    missing: list[str]
    not_due: list[str]
    counted: int  # the Sum of `alertTriggered`
    samples: int  # its SampleCount


class Kept(Struct, frozen=True, kw_only=True):
    """The graph and the alerts against the files and the ledger."""

    differing: list[Difference]
    ledger_differs: list[Line]
    alerts: Alerts

    @property
    def broken(self) -> list[str]:
        """Say which promises are."""
        alerts = self.alerts
        wrong = {
            f"{len(self.differing)} minutes differ from the files": self.differing,
            f"{len(self.ledger_differs)} minutes differ from the ledger": self.ledger_differs,
            f"{len(alerts.missing)} alerts are missing": alerts.missing,
            f"{len(alerts.not_due)} alerts were not due": alerts.not_due,
            f"alertTriggered is {alerts.counted} in {alerts.samples} samples, and {alerts.due} files ring": (
                not alerts.counted == alerts.samples == alerts.due
            ),
        }
        return [words for words, found in wrong.items() if found]

    def __str__(self) -> str:
        """Say it in some lines."""
        alerts = self.alerts
        return (
            f"{len(self.differing)} minutes differ from the files, {len(self.ledger_differs)} from the ledger\n"
            f"{alerts.due} files ring: {alerts.counted} counted, {alerts.came} alerts came\n"
            f"{len(alerts.missing)} alerts are missing, {len(alerts.not_due)} were not due"
        )


# Of one file, which rings: its alert may come twice.
ALL_KEPT: Final = Kept(
    differing=[],
    ledger_differs=[],
    alerts=Alerts(due=1, came=2, missing=[], not_due=[], counted=1, samples=1),
)
