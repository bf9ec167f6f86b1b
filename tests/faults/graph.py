"""What CloudWatch has accepted, added up, and held against the order in which it may take effect."""

from collections import Counter

from core.aws.metrics import ALERT_TRIGGERED, LOG_ERRORS, PUSH_MARK
from local.cloud import Cloud
from local.metric_data import MetricDatum


class Broken(AssertionError):
    """A promise is broken; its name is the first word."""


class Graph:
    """The sums so far, of one run."""

    def __init__(self, cloud: Cloud) -> None:
        self.counted: Counter[tuple[str, int]] = Counter()  # errors, by service and minute
        self.rung = 0  # alertTriggered, of files
        self.asked = 0  # alertTriggered, of requests
        self._cloud = cloud
        self._seen = 0  # of what CloudWatch accepted
        self._numbers: dict[str, float] = {}  # the last mark, by slot

    def look(self) -> None:
        """Add what was accepted since. Raises Broken if a number took effect twice, or after a higher one (I3)."""
        accepted = self._cloud.accepted
        for datum in accepted[self._seen :]:
            self._add(datum)
        self._seen = len(accepted)

    def _add(self, datum: MetricDatum) -> None:
        if datum.metric == LOG_ERRORS:
            self.counted[datum.dimensions["Service"], int(datum.timestamp)] += int(datum.sum)
        elif datum.metric == ALERT_TRIGGERED:
            by = {name: value for name, value in datum.dimensions.items() if name != "Environment"}
            if by not in ({}, {"Source": "notify"}):
                raise Broken(f"I1: alertTriggered of {by}")
            self.rung += 0 if by else int(datum.sum)
            self.asked += int(datum.sum) if by else 0
        elif datum.metric == PUSH_MARK and datum.sum > 0:
            slot, number = datum.dimensions["Writer"].split("-")[0], datum.sum
            if number <= self._numbers.get(slot, 0):
                raise Broken(f"I3: in slot {slot} number {number:.0f} took effect after {self._numbers[slot]:.0f}")
            self._numbers[slot] = number
