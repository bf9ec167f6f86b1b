"""What a person reads on a terminal."""

from collections.abc import Sequence

from rich.bar import Bar
from rich.console import Console
from rich.segment import Segments
from rich.table import Column, Table
from rich.text import Text

from core.model import Report
from core.printable import printable
from core.reports import counted, name_of

SERVICES_SHOWN_MAX = 30
BAR_WIDTH = 30


def table(*columns: Column | str) -> Table:
    """Answer a table without lines, as all of ours look."""
    return Table(*columns, box=None, header_style="dim", pad_edge=False)


def right(header: str) -> Column:
    """Answer a column of numbers."""
    return Column(header, justify="right")


def reason(words: str) -> Text:
    """Answer a reason, as a detail of a row."""
    return Text.assemble(("reason: ", "dim"), printable(words))


def show_with_details(shown: Table, details: Sequence[Sequence[Text]]) -> None:
    """Print a table of short columns, and below each row its details, each on a line of its own.

    No detail is broken, so that a name can be copied: that it is too long is the terminal's affair.
    """
    out = Console(highlight=False)
    for column in shown.columns:
        column.no_wrap = True
    heading, *rows = out.render_lines(shown, pad=False, new_lines=True)
    out.print(Segments(heading), end="")
    for row, lines in zip(rows, details, strict=True):
        out.print(Segments(row), end="")
        for line in lines:
            out.print(Text("  ") + line, soft_wrap=True)


def show(report: Report, *, console: Console | None = None) -> None:
    """Print a report: a bar for each service, the worst first, and what it comes to."""
    out = console or Console()
    out.print(Text(printable(name_of(report)), style="bold"), soft_wrap=True)
    out.print(_services(report))
    out.print(_summary(report))


def _services(report: Report) -> Table:
    services = table(Column("service", overflow="fold", max_width=40), right("errors"), "")
    most = max(report.by_service.values(), default=0)
    shown = list(report.by_service.items())[:SERVICES_SHOWN_MAX]
    for service, errors in shown:
        services.add_row(Text(printable(service)), str(errors), Bar(most, 0, errors, width=BAR_WIDTH, color="red"))
    if len(shown) < len(report.by_service):
        rest = report.total - sum(errors for _, errors in shown)
        services.add_row(Text(f"{len(report.by_service) - len(shown)} more", style="dim"), str(rest), "")
    return services


def _summary(report: Report) -> Text:
    parts = [f"{counted(report.total, 'error')} in {counted(report.lines, 'line')}"]
    if report.since is not None:
        parts.append(f"after {report.since:%Y-%m-%d %H:%M:%S} UTC")
    if report.first_error is not None and report.last_error is not None:
        parts.append(f"from {report.first_error:%Y-%m-%d %H:%M:%S} to {report.last_error:%Y-%m-%d %H:%M:%S} UTC")
    over = "at or over" if report.alert else "under"
    line = Text(", ".join(parts) + "\n")
    line.append("ALERT" if report.alert else "no alert", style="bold red" if report.alert else "green")
    return line.append(f": {over} the threshold of {report.threshold}")
