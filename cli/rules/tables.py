"""What a person reads on a terminal of rules."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column
from rich.text import Text

from cli.tables import right, table
from core.model import Rule
from core.printable import printable
from core.reports import counted
from core.trial import Line, Trial


def rules(of: Sequence[Rule]) -> None:
    """Print rules in the order in which they are asked."""
    shown = table(
        Column("rule", overflow="fold"),
        Column("objects", overflow="fold"),
        right("threshold"),
        Column("errors", overflow="fold"),
        Column("time, service, level", overflow="fold"),
    )
    for rule in of:
        if rule.ignore:
            shown.add_row(_text(rule.name), _text(_objects(rule)), "", Text("ignored", style="dim"), "")
        else:
            fields = f"{rule.shape.time_field}, {rule.shape.service_field}, {rule.shape.level_field}"
            levels = ", ".join(sorted(rule.shape.levels))
            shown.add_row(_text(rule.name), _text(_objects(rule)), str(rule.threshold), _text(levels), _text(fields))
    Console(highlight=False).print(shown)


def trial(file: str, rule: Rule, passed_over: Sequence[str], tried: Trial) -> None:
    """Print which rule it was, its first lines, and what more of them come to."""
    out = Console(highlight=False)
    out.print(Text(printable(file), style="bold"), soft_wrap=True)
    behind = f", behind {', '.join(passed_over)}" if passed_over else ""
    out.print(_text(f"rule {rule.name}{behind}"), soft_wrap=True)
    shown = table(right("line"), "time", "counts in", Column("service", overflow="fold"), "level", "")
    for line in tried.lines:
        shown.add_row(*_cells(line))
    out.print(shown, "")
    totals = tried.totals
    parts = [
        counted(totals.lines, "line"),
        counted(totals.errors, "error"),
        f"{totals.malformed} malformed",
        f"{totals.without_time} without a time",
        f"{totals.without_level} without a level",
    ]
    out.print(", ".join(parts))
    levels = ", ".join(f"{level} ({count})" for level, count in totals.levels.items())
    out.print(_text(f"levels: {levels or 'none'}"))


def _cells(line: Line) -> list[Text]:
    number = Text(str(line.number))
    if line.malformed:
        return [number, Text("malformed", style="yellow"), Text(), Text(), Text(), Text()]
    return [
        number,
        Text("none") if line.time is None else Text(f"{line.time:%Y-%m-%d %H:%M:%S}"),
        Text() if line.minute is None else Text(f"{line.minute:%Y-%m-%d %H:%M}"),
        _text(line.service or ""),
        _text("none" if line.level is None else str(line.level)),
        Text("error", style="bold red") if line.error else Text(),
    ]


def _objects(rule: Rule) -> str:
    return f"s3://{rule.bucket}/{rule.prefix}*{rule.suffix}"


def _text(words: str) -> Text:
    return Text(printable(words))
