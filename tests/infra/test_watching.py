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

LINK = re.compile(r"docs/operations\.md#([\w-]+)")

Metric = tuple[str, frozenset[str]]  # its name, and the names of its dimensions


def _documented(page: Path) -> tuple[set[str], set[Metric]]:
    """Answer the metrics of a worker's own work, and those of the errors: the page has a table for each."""
    own, errors = page.read_text(encoding="utf-8").split("## What `LogAnalytics` holds")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", errors, flags=re.MULTILINE)
    return set(re.findall(r"^\| `(\w+)` \|", own, flags=re.MULTILINE)), {
        (name, frozenset(re.findall(r"`(\w+)`", dimensions))) for name, dimensions in rows
    }


def _lines(watched: Any) -> list[Any]:
    """Answer the lines of all graphs, as the dashboard has them."""
    return [line for widget in watched["dashboard"]["widgets"] for line in widget["properties"].get("metrics", [])]


def _shown(watched: Any, namespace: str) -> set[Metric]:
    """Answer the metrics of a namespace that a graph has a line of."""
    lines = [line for line in _lines(watched) if line[0] == namespace]
    return {(line[1], frozenset(word for word in line[2:-1:2] if isinstance(word, str))) for line in lines}


def test_the_dashboard_shows_each_metric_that_is_documented(rehearsal: Rehearsal) -> None:
    """And none that there is not: whoever adds a metric, or takes one away, comes past here."""
    watched = rehearsal.told("watched")
    own, errors = _documented(METRICS)

    assert {name for name, _ in _shown(watched, "Logtally")} == own
    assert _shown(watched, "LogAnalytics") == {metric for metric in errors if metric[0] not in SEARCHED | UNSEEN}


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

    assert ours <= {("Logtally", name) for name in own} | {("LogAnalytics", name) for name, _ in errors} | {
        ("ECS/ContainerInsights", "RunningTaskCount")
    }


def test_each_alarm_leads_to_what_to_do(rehearsal: Rehearsal) -> None:
    """Its description names a heading of the page, each of which has an alarm; it tells those who operate."""
    headings = _headings("## What each alarm means")
    topic = rehearsal.told("app.outputs")["operations_topic_arn"]
    alarms = rehearsal.told("watched")["alarms"]

    assert {_page(alarm["AlarmDescription"]) for alarm in alarms} == headings
    assert all(alarm["AlarmActions"] == alarm["OKActions"] == [topic] for alarm in alarms)


def test_each_message_of_ecs_leads_to_what_to_do() -> None:
    """As an alarm does; and no heading is about what nobody tells."""
    told = (ROOT / "infra" / "app" / "events.tf").read_text(encoding="utf-8")

    assert set(LINK.findall(told)) == _headings("## What ECS tells")


def _page(description: str) -> str:
    (heading,) = LINK.findall(description)
    return str(heading)


def _headings(section: str) -> set[str]:
    """Answer the headings below one of the page on operations."""
    _, found, rest = OPERATIONS.read_text(encoding="utf-8").partition(f"{section}\n")
    assert found
    return set(re.findall(r"^### ([\w-]+)$", rest.split("\n## ")[0], flags=re.MULTILINE))
