"""What a person reads on a terminal of dead letters. All words come from strangers: none of them steers it."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Column
from rich.text import Text

from cli.tables import table
from core.letters import Letter
from core.limits import DAY_S, HOUR_S, MINUTE_S
from core.printable import printable

OBJECTS_SHOWN_MAX: Final = 10  # of one letter


def letters(lines: Sequence[Letter]) -> None:
    """Print a line for each letter."""
    if not lines:
        return
    strangers = (Column(name, overflow="fold") for name in ("reason", "announces", "message"))
    shown = table(Column("age", justify="right", no_wrap=True), *strangers)
    for line in lines:
        shown.add_row(
            _age(line.age_s),
            Text("none: SQS moved it", style="dim") if line.reason is None else Text(printable(line.reason)),
            _announced(line),
            Text(printable(line.message_id)),
        )
    Console(highlight=False).print(shown)


def _announced(line: Letter) -> Text:
    if line.body is not None:
        return Text(printable(line.body), style="italic")
    names = [printable(f"s3://{named.bucket}/{named.key}") for named in line.objects[:OBJECTS_SHOWN_MAX]]
    more = len(line.objects) - len(names)
    return Text("\n".join([*names, *([f"and {more} more"] if more else [])]))


def _age(seconds: int) -> str:
    for unit_s, unit in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if seconds >= unit_s:
            return f"{seconds // unit_s} {unit}"
    return f"{seconds} s"
