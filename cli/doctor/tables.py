"""What a person reads on a terminal of doctor."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from cli.tables import table
from core.findings import Verdict
from core.origins import Said, Source
from core.printable import printable

if TYPE_CHECKING:
    from cli.doctor.opened import Place
    from core.checkup import Found

STYLES: Final = {
    Verdict.OK: "green",
    Verdict.WRONG: "bold red",
    Verdict.DENIED: "bold red",
    Verdict.UNKNOWN: "yellow",
    Verdict.SKIPPED: "dim",
}


def show(lines: Sequence[Said], place: "Place | None", found: "Found | None") -> None:
    """Print the settings, which AWS is asked, and what it answered."""
    out = Console(highlight=False)
    out.print(_settings(lines), "")
    if place is not None:
        out.print(_place(place), "")
    if found is not None:
        out.print(_findings(found))


def _settings(lines: Sequence[Said]) -> Table:
    shown = table(Column("setting", overflow="fold"), Column("value", overflow="fold"), Column("from", overflow="fold"))
    for line in lines:
        value = Text(printable(line.problem), style="bold red") if line.problem else Text(printable(line.value or ""))
        style = "dim" if line.source is Source.DEFAULT else ""
        shown.add_row(Text(printable(line.name)), value, Text(_origin(line), style=style))
    return shown


def _origin(line: Said) -> str:
    # A variable is named as the setting, unless somebody wrote it otherwise.
    if line.where is None or line.where == line.name:
        return "not set" if line.source is Source.NOWHERE else line.source.value
    return printable(line.where)


def _place(place: "Place") -> Table:
    shown = table("AWS", Column("", overflow="fold"))
    shown.add_row("region", Text(printable(place.region)))
    shown.add_row("profile", Text(printable(place.profile or "none is named")))
    for services, endpoint in _endpoints(place.endpoints):
        shown.add_row("endpoint", Text(printable(f"{endpoint}{services}")))
    return shown


def _endpoints(endpoints: Mapping[str, str]) -> list[tuple[str, str]]:
    """Answer each endpoint once, with the services behind it, unless it is all of them."""
    services: dict[str, list[str]] = {}
    for service, endpoint in endpoints.items():
        services.setdefault(endpoint, []).append(service)
    return [("" if len(services) == 1 else f" ({', '.join(named)})", endpoint) for endpoint, named in services.items()]


def _findings(found: "Found") -> Table:
    shown = table(Column("part", max_width=28), Column("verdict", no_wrap=True), Column("", overflow="fold"))
    for one in found.findings:
        words = Text(printable(one.words))
        if one.todo:
            words.append(f"\n→ {printable(one.todo)}", style="bold")
        shown.add_row(Text(printable(one.part)), Text(one.verdict, style=STYLES[one.verdict]), words)
    return shown
