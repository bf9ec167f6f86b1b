"""What the demo came to, as a picture for a terminal: the files beside what CloudWatch holds of them."""

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from rich.bar import Bar
from rich.console import Console
from rich.table import Column, Table

from cli.tables import right, table

if TYPE_CHECKING:
    from local.demo import Outcome
    from local.truth import Counts

BAR_WIDTH: Final = 36
STEPS: Final = "▁▂▃▄▅▆▇█"
HOUR: Final = 60  # minutes: one character each


def draw(outcome: "Outcome", *, console: Console | None = None) -> None:
    """Print the files, the errors by service and by minute, the alerts, and whether all of it is equal."""
    out = console or Console(highlight=False)
    for shown in (_files(outcome), _services(outcome), _minutes(outcome)):
        out.print(shown, "")
    for one in outcome.differing:
        words = f"{one.service} {one.minute:%d %H:%M}: {one.expected} in the files, {one.found} in CloudWatch"
        out.print(words, style="bold red")
    due = sum(alert for _, _, alert in outcome.files)
    arrived = len(set(outcome.rang))
    out.print(
        f"{len(outcome.expected)} minutes of services, of which {len(outcome.differing)} differ.\n"
        f"{due} files over the threshold: {outcome.alerts_counted} in alertTriggered, {arrived} alerts arrived"
        f" ({len(outcome.rang) - arrived} of them again, with the same deduplication id).\n"
        f"{outcome.outside} errors are a month old: CloudWatch takes none of them, the ledger holds"
        f" {outcome.outside_kept}."
    )
    found, total = outcome.found.total(), outcome.expected.total()
    words = f"{total} errors in the files, {found} in CloudWatch; {outcome.killed} workers killed."
    out.print(f"Equal: {words}" if outcome.equal else f"NOT EQUAL: {words}", style="green" if outcome.equal else "red")


def _files(outcome: "Outcome") -> Table:
    files = table("file", right("errors"), "alert")
    for key, errors, alert in outcome.files:
        files.add_row(key, str(errors), "rang" if alert else "")
    return files


def _services(outcome: "Outcome") -> Table:
    services = table("service", right("in the files"), right("in CloudWatch"), "")
    in_files, in_cloudwatch = _by_service(outcome.expected), _by_service(outcome.found)
    most = max(in_files.values(), default=1)
    for service, count in in_files.most_common():
        held = in_cloudwatch[service]
        services.add_row(service, str(count), str(held), Bar(most, 0, held, width=BAR_WIDTH, color="red"))
    return services


def _minutes(outcome: "Outcome") -> Table:
    """Show the worst hour minute by minute: for each service what the files hold, and below it what CloudWatch does."""
    start = _worst_hour(outcome.expected)
    minutes = [start + timedelta(minutes=n) for n in range(HOUR)]
    most = max((outcome.expected[service, minute] for service, _ in outcome.expected for minute in minutes), default=1)
    heading = Column(f"minute by minute to {minutes[-1]:%H:%M} UTC, {most} at most", no_wrap=True)
    strips = table(f"{start:%H:%M}", "", heading)
    for service, _ in _by_service(outcome.expected).most_common():
        strips.add_row(service, "files", _strip([outcome.expected[service, minute] for minute in minutes], most))
        held = _strip([outcome.found[service, minute] for minute in minutes], most)
        strips.add_row("", "graph", f"[red]{held}[/]")
    return strips


def _worst_hour(counts: "Counts") -> datetime:
    hours: Counter[datetime] = Counter()
    for (_, minute), count in counts.items():
        hours[minute.replace(minute=0)] += count
    return hours.most_common(1)[0][0]


def _strip(counts: list[int], most: int) -> str:
    return "".join(STEPS[-(-count * len(STEPS) // most) - 1] if count else "·" for count in counts)


def _by_service(counts: "Counts") -> Counter[str]:
    total: Counter[str] = Counter()
    for (service, _), count in counts.items():
        total[service] += count
    return total
