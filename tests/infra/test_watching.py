"""The dashboard and the alarms, held against the pages that say what each metric means and what to do."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.infra.conftest import Rehearsal
from tests.infra.terraform import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rehearsal")]

METRICS = ROOT / "docs" / "metrics.md"
OPERATIONS = ROOT / "docs" / "operations.md"
# Of the errors themselves. Services are found when somebody looks, and nobody needs to look at the marks.
SEARCHED = {"logErrors"}
UNSEEN = {"pushMark"}


def _documented(page: Path) -> tuple[set[str], set[str]]:
    """Answer the metrics of a worker's own work, and those of the errors: the page has a table for each."""
    own, errors = page.read_text(encoding="utf-8").split("## What `LogAnalytics` holds")
    row = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
    return set(row.findall(own)), set(row.findall(errors))


def _lines(watched: Any) -> list[Any]:
    """Answer the lines of all graphs, as the dashboard has them."""
    return [line for widget in watched["dashboard"]["widgets"] for line in widget["properties"].get("metrics", [])]


def _shown(watched: Any, namespace: str) -> set[str]:
    """Answer the metrics of a namespace that a graph has a line of."""
    return {line[1] for line in _lines(watched) if line[0] == namespace}


def test_the_dashboard_shows_each_metric_that_is_documented(rehearsal: Rehearsal) -> None:
    """And none that there is not: whoever adds a metric, or takes one away, comes past here."""
    watched = rehearsal.told("watched")
    own, errors = _documented(METRICS)

    assert _shown(watched, "Logtally") == own
    assert _shown(watched, "LogAnalytics") == errors - SEARCHED - UNSEEN


@pytest.mark.parametrize("metric", sorted(SEARCHED))
def test_the_errors_of_every_service_are_searched_for(rehearsal: Rehearsal, metric: str) -> None:
    """Which services there are nobody knows before."""
    searches = [line[0]["expression"] for line in _lines(rehearsal.told("watched")) if isinstance(line[0], dict)]

    assert any(f'MetricName="{metric}"' in search for search in searches)


def test_each_alarm_is_about_a_metric_that_there_is(rehearsal: Rehearsal) -> None:
    """One with a wrong name would be quiet for ever."""
    own, errors = _documented(METRICS)
    alarms = rehearsal.told("watched")["alarms"]

    ours = {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms if not alarm["Namespace"].startswith("AWS/")}

    assert ours <= {("Logtally", name) for name in own} | {("LogAnalytics", name) for name in errors} | {
        ("ECS/ContainerInsights", "RunningTaskCount")
    }


def test_each_alarm_leads_to_what_to_do(rehearsal: Rehearsal) -> None:
    """Its description names a heading of the page, and it tells the topic of those who operate."""
    titles = re.findall(r"^#+ (.*)$", OPERATIONS.read_text(encoding="utf-8"), flags=re.MULTILINE)
    headings = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    topic = rehearsal.told("app.outputs")["operations_topic_arn"]
    alarms = rehearsal.told("watched")["alarms"]

    assert alarms
    for alarm in alarms:
        (heading,) = re.findall(r"docs/operations\.md#([\w-]+)$", alarm["AlarmDescription"])
        assert heading in headings
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic]
