"""Structured logs: JSON in a container, readable on a terminal. An event is a constant; the facts are keys."""

import logging
import sys
from collections.abc import Mapping
from enum import StrEnum

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

from core.printable import printable

# Without the values of variables: some of them are tokens.
_tracebacks = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))


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


def configure(*, level: LogLevel, log_format: LogFormat, environ: Mapping[str, str]) -> None:
    """Set up the logs of this process: to stderr, so that stdout stays for data.

    They are in colour on a terminal alone, and never if `environ` has NO_COLOR (https://no-color.org).
    """
    colours = sys.stderr.isatty() and not environ.get("NO_COLOR")
    last: list[Processor] = (
        [_printable, structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]
        if is_console(log_format)
        else [_tracebacks, structlog.processors.JSONRenderer()]
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


def _printable(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Let no text from elsewhere steer a terminal."""
    return {name: printable(value) if isinstance(value, str) else value for name, value in event.items()}
