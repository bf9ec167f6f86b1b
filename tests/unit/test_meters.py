"""What a worker says of its own work."""

from pathlib import Path
from random import Random

from core.meters import MEANINGS, SAMPLE_MAX, Meters, Metric, document

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_what_was_counted_is_told_once() -> None:
    """And how things stand is told until it changes."""
    meters = Meters(random=Random(1))
    meters.add(Metric.PUSHES)
    meters.add(Metric.PUSHES, 2)
    meters.gauge(Metric.OLDEST_UNSETTLED, 7.0)
    meters.observe(Metric.OBJECT_AGE, 0.5)

    first, second = meters.take(), meters.take()

    assert (first.counts, first.gauges, first.samples) == (
        {Metric.PUSHES: 3},
        {Metric.OLDEST_UNSETTLED: 7.0},
        {Metric.OBJECT_AGE: (0.5,)},
    )
    assert (second.counts, second.gauges, second.samples) == ({}, {Metric.OLDEST_UNSETTLED: 7.0}, {})


def test_of_many_values_each_has_the_same_chance() -> None:
    """CloudWatch takes a hundred in one document; their mean is about that of all."""
    meters = Meters(random=Random(1))
    for value in range(10_000):
        meters.observe(Metric.OBJECT_AGE, float(value))

    (sample,) = meters.take().samples.values()

    assert len(sample) == SAMPLE_MAX
    assert 4000 < sum(sample) / len(sample) < 6000


def test_a_document_is_one_that_cloudwatch_makes_metrics_of() -> None:
    """Each metric that is named has its value beside it; what did not happen is 0, so that an alarm has data."""
    meters = Meters(random=Random(1))
    meters.add(Metric.LOST)
    meters.observe(Metric.OBJECT_AGE, 0.5)

    told = document(meters.take(), namespace="Logtally", environment="prod", at=1_800_000_000.5)

    assert told["_aws"] == {
        "Timestamp": 1_800_000_000_500,
        "CloudWatchMetrics": [
            {
                "Namespace": "Logtally",
                "Dimensions": [["Environment"]],
                "Metrics": [
                    {"Name": metric.value, "Unit": MEANINGS[metric].unit}
                    for metric in Metric
                    if metric != Metric.OLDEST_UNSETTLED
                ],
            }
        ],
    }
    assert (told["Environment"], told["SettledAsLost"], told["Pushes"], told["ObjectAge"]) == ("prod", 1, 0, (0.5,))


def test_the_page_says_what_each_metric_means_and_what_to_do() -> None:
    """In the words of the code."""
    rows = [f"| `{metric}` | {of.unit} | {of.says} | {of.act} |" for metric, of in MEANINGS.items()]

    own, _, _ = PAGE.read_text().partition("## What `LogAnalytics` holds")

    assert [line for line in own.splitlines() if line.startswith("| `")] == rows
