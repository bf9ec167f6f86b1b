"""The reports of several files: a line of JSON for each, or a table with their sum."""

import sys
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from cli import exits
from cli.bar import Bar
from cli.reading.order import Outcome
from core.errors import LogtallyError, Usage
from core.model import Report
from core.printable import printable
from core.reports import name_of


class Ended(Struct, frozen=True):
    """What all files came to."""

    failed: Sequence[LogtallyError]
    alert: bool

    def code(self, *, fail_on_alert: bool) -> exits.Exit:
        """Answer what the command ends with: a file that could not be read is worse than one that rings."""
        if self.failed:
            return exits.Exit.USAGE if all(isinstance(exc, Usage) for exc in self.failed) else exits.Exit.FAILED
        return exits.Exit.ALERT if self.alert and fail_on_alert else exits.Exit.DONE


class _Row(Struct, frozen=True):
    name: str
    errors: int
    lines: int
    alert: bool
    worst: str | None


def tell(outcomes: Iterable[Outcome], *, as_table: bool, bar: Bar) -> Ended:
    """Print what each file comes to, as soon as that is known; a table, at the end. What fails is a line on stderr."""
    failed: list[LogtallyError] = []
    rows: list[_Row] = []
    alert = False
    for outcome in outcomes:
        if isinstance(outcome, LogtallyError):
            failed.append(outcome)
            _say([f"error: {outcome}"], bar)
            continue
        alert = alert or outcome.alert
        if as_table:
            rows.append(_row(outcome))
        else:
            _print(outcome, bar)
        _say([f"note: {name_of(outcome)}: {note}" for note in outcome.notes], bar)
    bar.away()
    if rows:
        _show(rows)
    return Ended(failed, alert)


def _say(lines: Sequence[str], bar: Bar) -> None:
    if lines:
        bar.away()
    for line in lines:
        exits.say(line)


def _print(report: Report, bar: Bar) -> None:
    if sys.stdout.isatty():
        bar.away()
    sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
    sys.stdout.buffer.flush()  # whoever reads them may work along


def _row(report: Report) -> _Row:
    worst = next(iter(report.by_service), None)
    return _Row(name_of(report), report.total, report.lines, report.alert, worst)


def _show(rows: Sequence[_Row]) -> None:
    # It takes longer to import than most files to read.
    from rich.console import Console
    from rich.table import Column
    from rich.text import Text

    from cli.tables import right, table

    shown = table(
        Column("file", overflow="fold"),
        right("errors"),
        right("lines"),
        "alert",
        Column("worst service", overflow="fold"),
    )
    for row in rows:
        alert = Text("ALERT", style="bold red") if row.alert else Text("no", style="green")
        shown.add_row(
            Text(printable(row.name)), str(row.errors), str(row.lines), alert, Text(printable(row.worst or ""))
        )
    errors, lines = sum(row.errors for row in rows), sum(row.lines for row in rows)
    ringing = sum(row.alert for row in rows)
    shown.add_row(Text("sum"), str(errors), str(lines), str(ringing), "", style="bold")
    Console().print(shown)
