"""The shapes in which common loggers write their lines, as they write them without further settings."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.model import Shape


class Preset(StrEnum):
    """A logger, by its own name."""

    STRUCTLOG = "structlog"
    PYTHON_JSON_LOGGER = "python-json-logger"
    PINO = "pino"
    ZAP = "zap"
    LOGBACK = "logback"
    ECS = "ecs"


# A logger names itself (`name`, `logger`) by module or class: as a service each of them would be a metric to be paid.
# Only pino's `name` is the program's.
SHAPES: Final[Mapping[Preset, Shape]] = {
    # With its processors add_log_level and TimeStamper(fmt="iso").
    Preset.STRUCTLOG: Shape(time_field="timestamp", levels=frozenset({"error", "critical"}), zone="Z"),
    # With asctime and levelname in its format.
    Preset.PYTHON_JSON_LOGGER: Shape(
        time_field="asctime", level_field="levelname", levels=frozenset({"ERROR", "CRITICAL"}), zone="Z"
    ),
    # 50 is error, 60 is fatal; its time is in milliseconds.
    Preset.PINO: Shape(time_field="time", service_field="name", levels=frozenset({"50", "60"})),
    # As NewProduction makes it: its time is in seconds, with a fraction.
    Preset.ZAP: Shape(levels=frozenset({"error", "dpanic", "panic", "fatal"})),
    # With its LogstashEncoder, and the service among its customFields.
    Preset.LOGBACK: Shape(time_field="@timestamp"),
    # Elastic Common Schema: https://www.elastic.co/guide/en/ecs-logging/overview/current/intro.html
    Preset.ECS: Shape(
        time_field="@timestamp",
        service_field="service.name",
        level_field="log.level",
        levels=frozenset({"error", "fatal", "ERROR", "FATAL", "critical", "CRITICAL"}),
    ),
}
assert set(SHAPES) == set(Preset)


def otherwise(
    base: Shape,
    *,
    time_field: str | None = None,
    service_field: str | None = None,
    level_field: str | None = None,
    levels: frozenset[str] | None = None,
    zone: str | None = None,
) -> Shape:
    """Answer a shape that is as `base`, but for what is said."""
    return Shape(
        time_field=base.time_field if time_field is None else time_field,
        service_field=base.service_field if service_field is None else service_field,
        level_field=base.level_field if level_field is None else level_field,
        levels=base.levels if levels is None else levels,
        zone=base.zone if zone is None else zone,
    )
