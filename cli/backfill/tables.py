"""What a person reads on a terminal about a backfill."""

from datetime import datetime

from rich.console import Console

from cli.backfill.estimate import Estimate
from cli.backfill.one_pass import Outcome
from cli.sizes import sized
from cli.tables import right, table


def estimate(made: Estimate) -> None:
    """Print what a backfill would come to."""
    facts = table("", right(""))
    facts.show_header = False
    facts.add_row("files to count", f"{made.files}")
    facts.add_row("  of", sized(made.bytes))
    facts.add_row("  last written", _span(made.oldest, made.newest))
    facts.add_row("  without an alert, whatever they hold", f"{made.silent}")
    facts.add_row("  older than CloudWatch takes", f"{made.outside_files}")
    facts.add_row("  minutes of those", f"{made.outside_minutes}")
    facts.add_row("counted before", f"{made.known}")
    facts.add_row("not wanted", f"{made.unwanted}")
    bill = table("", right("count"), right("US$"))
    for charge in made.bill:
        bill.add_row(charge.what, f"{charge.count}", _dollars(charge.dollars))
    bill.add_row("in all", "", _dollars(made.dollars), style="bold")
    out = Console(highlight=False)
    out.print(facts)
    out.print()
    out.print(bill)


def outcome(ended: Outcome) -> None:
    """Print what a backfill has done."""
    sums = ended.sums
    shown = table("", right(""))
    shown.show_header = False
    shown.add_row("files listed", f"{sums.listed}")
    rows = (
        ("not wanted", sums.unwanted),
        ("counted before", sums.known),
        ("counted", sums.counted),
        ("announced to the workers", sums.announced),
        ("can't be read", sums.unreadable),
        ("gone meanwhile", sums.gone),
        ("left for the next time", sums.left),
    )
    for name, count in rows:
        if count or name == "counted":
            shown.add_row(f"  {name}", f"{count}")
    shown.add_row("bytes", sized(sums.bytes))
    shown.add_row("errors", f"{sums.errors}", style="bold")
    if sums.outside_window:
        shown.add_row("  older than CloudWatch takes", f"{sums.outside_window}")
    if sums.malformed:
        shown.add_row("  lines that can't be read", f"{sums.malformed}")
    if sums.noted:
        shown.add_row("  files with a note", f"{sums.noted}")
    shown.add_row("alerts", f"{sums.alerts}")
    shown.add_row("seconds", f"{ended.seconds:.1f}")
    Console(highlight=False).print(shown)


def _dollars(dollars: float) -> str:
    return "<0.0001" if 0 < dollars < 0.0001 else f"{dollars:.4f}"


def _span(first: datetime | None, last: datetime | None) -> str:
    return "" if first is None or last is None else f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
