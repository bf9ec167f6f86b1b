"""What a person reads on a terminal of dead letters. All words come from strangers: none of them steers it."""

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from cli.tables import reason, right, show_with_details, table
from core.letters import Letter
from core.limits import DAY_S, HOUR_S, MINUTE_S
from core.printable import printable

OBJECTS_SHOWN_MAX: Final = 10  # of one letter


def letters(lines: Sequence[Letter]) -> None:
    """Print a line for each letter, and below it what it announces, and the reason."""
    if not lines:
        return
    shown = table(right("age"), "message")
    for line in lines:
        shown.add_row(_age(line.age_s), Text(printable(line.message_id)))
    show_with_details(shown, [[*_announced(line), _reason(line)] for line in lines])


def _announced(line: Letter) -> list[Text]:
    if line.body is not None:
        return [Text(printable(line.body), style="italic")]
    names = [Text(printable(f"s3://{named.bucket}/{named.key}")) for named in line.objects[:OBJECTS_SHOWN_MAX]]
    more = len(line.objects) - len(names)
    return [*names, *([Text(f"and {more} more")] if more else [])]


def _reason(line: Letter) -> Text:
    return Text("no reason: SQS moved it", style="dim") if line.reason is None else reason(line.reason)


def _age(seconds: int) -> str:
    for unit_s, unit in ((DAY_S, "d"), (HOUR_S, "h"), (MINUTE_S, "min")):
        if seconds >= unit_s:
            return f"{seconds // unit_s} {unit}"
    return f"{seconds} s"
