"""What a worker counts of its own work: a closed list. Nothing here can fail the work, and nothing names an object."""

import random
import threading
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

SAMPLE_MAX: Final = 100  # values of one metric in one document (CloudWatch's embedded metric format)


class Metric(StrEnum):
    """The name of each, as CloudWatch shows it."""

    OBJECTS = "ObjectsCounted"
    PUSHES = "Pushes"
    IN_DOUBT = "PushesInDoubt"
    LANDED = "SettledAsLanded"
    LOST = "SettledAsLost"
    SLOTS_LOST = "SlotsLost"
    DUPLICATES = "Duplicates"
    IGNORED = "ObjectsIgnored"
    SUPERSEDED = "ObjectsSuperseded"
    GONE = "ObjectsGone"
    FAILED = "ObjectsFailed"
    MALFORMED = "MalformedLines"
    OLDEST_UNSETTLED = "OldestUnsettledAge"
    OBJECT_AGE = "ObjectAge"


class Meaning(Struct, frozen=True):
    """What a metric says, and what to do when it moves. `docs/metrics.md` is made of these."""

    unit: str
    says: str
    act: str


MEANINGS: Final[Mapping[Metric, Meaning]] = {
    Metric.OBJECTS: Meaning(
        "Count",
        "Objects that got into the ledger with a report.",
        "None for long, while files arrive: look at the worker's log for `worker.not_ready`.",
    ),
    Metric.PUSHES: Meaning(
        "Count",
        "Pushes intended. Far fewer than objects when busy: they share pushes.",
        "As many as objects when busy: raise `LOGTALLY_LINGER_S` (1 s unless set, 60 at most).",
    ),
    Metric.IN_DOUBT: Meaning(
        "Count",
        "Pushes whose answer was lost, or whose slot could not be written.",
        "Now and then is weather. Many: look at the network, at CloudWatch's health, and at the topic.",
    ),
    Metric.LANDED: Meaning(
        "Count", "Requests in doubt that turned out to be counted, by their mark.", "Nothing: they were not sent again."
    ),
    Metric.LOST: Meaning(
        "Count",
        "Requests in doubt that turned out not to be counted, and were sent again.",
        "Nothing, but that their minutes were about 35 minutes late on the graph.",
    ),
    Metric.SLOTS_LOST: Meaning(
        "Count",
        "Somebody else went on with this worker's slot.",
        "Look for pauses of the process first: too little CPU, too little memory, a frozen host.",
    ),
    Metric.DUPLICATES: Meaning(
        "Count",
        "Announced objects that the ledger had already.",
        "Many without a backfill: visibility runs out before the work is done, or events are sent twice.",
    ),
    Metric.IGNORED: Meaning(
        "Count", "Announced objects that a rule ignores.", "Many: let the bucket's notification leave them out."
    ),
    Metric.SUPERSEDED: Meaning(
        "Count",
        "Objects that were overwritten before they were read, or of whose file a later version was counted.",
        "Many: the worker is behind, or the bucket unversioned.",
    ),
    Metric.GONE: Meaning(
        "Count", "Objects deleted before they were read.", "Many: a lifecycle rule is quicker than the worker."
    ),
    Metric.FAILED: Meaning(
        "Count",
        "Objects that can never be read: truncated, damaged, over the limits.",
        "The ledger and the dead-letter queue hold the reason of each.",
    ),
    Metric.MALFORMED: Meaning(
        "Count",
        "Lines of counted objects that can't be read: no JSON objects of the expected kind, or too long.",
        "Some are everyday life. Many: somebody writes another format; the log's `object.counted` names the objects,"
        " and `logtally ledger list` those of which not one line can be read.",
    ),
    Metric.OLDEST_UNSETTLED: Meaning(
        "Seconds",
        "How long the oldest push has been outstanding, of all workers.",
        "Over an hour: marks can't be read back, or alerts can't be published; the log says which.",
    ),
    Metric.OBJECT_AGE: Meaning(
        "Seconds",
        "From a message's sending until all that it announces is in the ledger, and it is deleted.",
        "Rising: add tasks. It is what users wait for, but for CloudWatch's own delay.",
    ),
}
assert set(MEANINGS) == set(Metric)


class Reading(Struct, frozen=True):
    """What was counted since the last reading."""

    counts: Mapping[Metric, int]
    samples: Mapping[Metric, tuple[float, ...]]  # up to SAMPLE_MAX values of each, drawn by chance
    gauges: Mapping[Metric, float]


class Meters:
    """Counts of one process. Safe to use from several threads; raises nothing."""

    def __init__(self, *, random: random.Random) -> None:
        self._random = random
        self._lock = threading.Lock()
        self._counts: Counter[Metric] = Counter()
        self._samples: dict[Metric, list[float]] = {}
        self._seen: Counter[Metric] = Counter()  # of the samples
        self._gauges: dict[Metric, float] = {}

    def add(self, metric: Metric, count: int = 1) -> None:
        """Count something that happened."""
        with self._lock:
            self._counts[metric] += count

    def observe(self, metric: Metric, value: float) -> None:
        """Note one of many values: each of them has the same chance to be kept (algorithm R)."""
        with self._lock:
            sample = self._samples.setdefault(metric, [])
            self._seen[metric] += 1
            if len(sample) < SAMPLE_MAX:
                sample.append(value)
            elif (place := self._random.randrange(self._seen[metric])) < SAMPLE_MAX:
                sample[place] = value

    def gauge(self, metric: Metric, value: float) -> None:
        """Note how things stand; the last value is the one that counts."""
        with self._lock:
            self._gauges[metric] = value

    def take(self) -> Reading:
        """Answer what was counted since the last time. Gauges stay."""
        with self._lock:
            samples = {metric: tuple(values) for metric, values in self._samples.items()}
            taken = Reading(dict(self._counts), samples, dict(self._gauges))
            self._counts.clear()
            self._samples.clear()
            self._seen.clear()
            return taken


def document(reading: Reading, *, namespace: str, environment: str, at: float) -> dict[str, object]:
    """Answer a reading in CloudWatch's embedded metric format: a line of the log that CloudWatch makes metrics of.

    So it costs no call, can't fail the work, and needs no permission. `at` is in seconds since the epoch. Format:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    values: dict[Metric, object] = {
        **dict.fromkeys((metric for metric in Metric if _is_count(metric)), 0),
        **reading.counts,
        **reading.samples,
        **reading.gauges,
    }
    told = [{"Name": metric.value, "Unit": MEANINGS[metric].unit} for metric in values]
    directive = {"Namespace": namespace, "Dimensions": [["Environment"]], "Metrics": told}
    return {
        "_aws": {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]},
        "Environment": environment,
        **{metric.value: value for metric, value in values.items()},
    }


def _is_count(metric: Metric) -> bool:
    return MEANINGS[metric].unit == "Count"
