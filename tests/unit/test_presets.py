"""What common loggers write, line by line as they write it, is counted by one word."""

import itertools
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from core.analysis import analyse
from core.model import Rule, Tally
from core.presets import Preset
from core.rule_settings import RuleSettings

NOON = datetime(2025, 9, 15, 12, tzinfo=UTC)
STAMP = "2025-09-15T12:00:00.123"
# By each preset a line that is an error, and one that is none.
LINES: dict[Preset, tuple[dict[str, Any], dict[str, Any]]] = {
    Preset.STRUCTLOG: (
        {"event": "payment declined", "service": "api", "level": "error", "timestamp": f"{STAMP}456Z"},
        {"event": "ok", "service": "api", "level": "info", "timestamp": f"{STAMP}456Z"},
    ),
    Preset.PYTHON_JSON_LOGGER: (
        {"asctime": "2025-09-15 12:00:00,123", "levelname": "ERROR", "message": "no", "service": "api"},
        {"asctime": "2025-09-15 12:00:00,123", "levelname": "WARNING", "message": "hm", "service": "api"},
    ),
    Preset.PINO: (
        {"level": 50, "time": 1757937600123, "pid": 7, "hostname": "h", "name": "api", "msg": "no"},
        {"level": 30, "time": 1757937600123, "pid": 7, "hostname": "h", "name": "api", "msg": "yes"},
    ),
    Preset.ZAP: (
        {"level": "error", "ts": 1757937600.1234567, "caller": "x.go:9", "msg": "no", "service": "api"},
        {"level": "info", "ts": 1757937600.1234567, "caller": "x.go:9", "msg": "yes", "service": "api"},
    ),
    Preset.LOGBACK: (
        {"@timestamp": f"{STAMP}+00:00", "@version": "1", "message": "no", "level": "ERROR", "service": "api"},
        {"@timestamp": f"{STAMP}+00:00", "@version": "1", "message": "no", "level": "WARN", "service": "api"},
    ),
    Preset.ECS: (
        {"@timestamp": f"{STAMP}Z", "log.level": "error", "message": "no", "service.name": "api"},
        {"@timestamp": f"{STAMP}Z", "log.level": "info", "message": "yes", "service.name": "api"},
    ),
}
NESTED = (
    {"@timestamp": f"{STAMP}Z", "log": {"level": "error", "logger": "x"}, "service": {"name": "api"}, "message": "no"},
    {"@timestamp": f"{STAMP}Z", "log": {"level": "info", "logger": "x"}, "service": {"name": "api"}, "message": "yes"},
)


def _rule(preset: Preset, **more: Any) -> Rule:
    return RuleSettings(name="all", preset=preset, **more).rule(threshold=1, levels=frozenset({"ERROR"}))


def _tally(rule: Rule, lines: Iterable[object]) -> Tally:
    return analyse([b"".join(json.dumps(line).encode() + b"\n" for line in lines)], rule=rule, written_at=NOON)


@pytest.mark.parametrize("count", [1, 5000], ids=["a line", "more than are looked at"])
@pytest.mark.parametrize(
    ("preset", "lines"), [*LINES.items(), pytest.param(Preset.ECS, NESTED, id="ecs, nested")], ids=str
)
def test_a_preset_reads_what_its_logger_writes(
    preset: Preset, lines: tuple[dict[str, Any], dict[str, Any]], count: int
) -> None:
    """Every error is counted under its service and in its minute, and nothing else is."""
    tally = _tally(_rule(preset), lines * count)

    assert (tally.by_service, tally.lines, tally.malformed, tally.undated) == ({"api": count}, 2 * count, 0, 0)
    assert [cell.minute for cell in tally.cells] == [int(NOON.timestamp())]
    assert tally.first_error == tally.last_error
    assert str(tally.first_error).startswith("2025-09-15 12:00:00.123")


def test_a_field_in_an_object_and_one_with_a_dot_are_the_same() -> None:
    """In one file, line by line, in any order; what stands in neither way is not there."""
    flat, _ = LINES[Preset.ECS]
    neither = {"@timestamp": f"{STAMP}Z", "log": "error", "service": ["api"]}
    mixed = [flat, NESTED[0], NESTED[1], neither, flat, {"log.level": "error", "service": {"name": None}}]

    tally = _tally(_rule(Preset.ECS), itertools.chain.from_iterable(itertools.repeat(mixed, 1000)))

    assert (tally.by_service, tally.malformed, tally.undated) == ({"api": 3000, "unknown": 1000}, 0, 1000)


def test_a_field_of_the_wrong_kind_is_malformed_wherever_it_stands() -> None:
    """As at the top of a line."""
    lines = [{"log": {"level": ["error"]}}, {"log.level": {"a": 1}}, {"service": {"name": 5}, "log.level": "error"}]

    assert _tally(_rule(Preset.ECS), lines).malformed == 3


def test_objects_in_objects_are_looked_into() -> None:
    """As deep as the name of a field says."""
    rule = _rule(Preset.ECS, level_field="a.b.c", service_field="a.b.d")
    lines = [
        {"@timestamp": f"{STAMP}Z", "a": {"b": {"c": "error", "d": "api"}}},
        {"@timestamp": f"{STAMP}Z", "a.b.c": "error", "a.b.d": "api"},
        {"@timestamp": f"{STAMP}Z", "a": {"b": "error"}},
    ]

    assert _tally(rule, lines * 1000).by_service == {"api": 2000}


def test_what_a_rule_says_itself_wins_over_its_preset() -> None:
    """A preset fills in what is left."""
    rule = _rule(Preset.PINO, levels=[60], service_field="app")

    assert (rule.shape.time_field, rule.shape.service_field, rule.shape.levels) == ("time", "app", frozenset({"60"}))
    assert _tally(rule, [{"level": 60, "app": "x"}, {"level": 50, "app": "x"}, {"level": "60"}]).by_service == {
        "unknown": 1,
        "x": 1,
    }
