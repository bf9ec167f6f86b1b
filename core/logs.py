"""Structured logs: JSON in a container, readable on a terminal. An event is a constant; the facts are keys."""

import logging
import sys
from enum import StrEnum

import structlog


class LogFormat(StrEnum):
    """How a line looks."""

    AUTO = "auto"  # by whether stderr is a terminal
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """What is worth a line."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def is_console(log_format: LogFormat) -> bool:
    """Answer whether lines are for a person."""
    return log_format is LogFormat.CONSOLE or (log_format is LogFormat.AUTO and sys.stderr.isatty())


def configure(*, level: LogLevel, log_format: LogFormat) -> None:
    """Set up the logs of this process: to stderr, so that stdout stays for data."""
    last = (
        [structlog.dev.ConsoleRenderer()]
        if is_console(log_format)
        else [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        # A line and its end in one write: several processes may share what is behind stderr.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # The SDK's own lines hold URLs and headers: only its warnings are of use here.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
