"""What a person reads on a terminal of the ledger. Names come from strangers: none of them steers it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.tables import reason, right, show_with_details, table
from core.balance import Line, Standing
from core.history import State
from core.printable import printable

if TYPE_CHECKING:
    from cli.ledger.settling import Result
    from core.accounts import Brief, OutstandingAccount, SlotAccount, Together, VersionAccount
    from core.audit import Audit

SERVICES_SHOWN_MAX: Final = 20
LINES_SHOWN_MAX: Final = 100
STYLES: Final = {
    State.SETTLED: "green",
    State.OUTSTANDING: "yellow",
    State.FAILED: "red",
    State.UNKNOWN: "bold red",
}


def versions(name: str, summed: "Together", accounts: Sequence["VersionAccount"]) -> None:
    """Print all that can be said of an object: a block for each version, the newest first."""
    out = Console(highlight=False)
    out.print(Text(printable(name), style="bold"))
    if summed.versions > 1:
        out.print(_together(summed))
    for account in accounts:
        out.print()
        out.print(_state(account.state), Text(printable(account.why)))
        facts = Table(box=None, show_header=False, pad_edge=False)
        for label, value in _facts(account):
            facts.add_row(Text(label, style="dim"), Text(printable(value)))
        out.print(facts)


def briefs(lines: Sequence["Brief"]) -> None:
    """Print a line for each version, and below it the object, and why it was not counted if there is a reason."""
    shown = table("at", "state", right("errors"), right("off the graph"), "alert")
    details = []
    for line in lines:
        shown.add_row(
            _at(line.at),
            _state(line.state),
            _errors(line),
            str(line.outside_window or ""),
            "rang" if line.alert else "",
        )
        name = Text(printable(f"s3://{line.bucket}/{line.key}"))
        details.append([name, *([reason(line.reason)] if line.reason else [])])
    show_with_details(shown, details)


def _errors(line: "Brief") -> str:
    if line.total is None:
        return ""
    return f"{line.total} ({line.total - line.covered} new)" if line.covered else str(line.total)


def slots(accounts: Sequence["SlotAccount"]) -> None:
    """Print a line for each slot, and below it the objects of its push, or its notice."""
    shown = table(right("slot"), right("seq"), "used at", "outstanding since", right("push"), "request", "objects")
    for account in accounts:
        push = account.outstanding
        shown.add_row(
            str(account.slot),
            str(account.seq),
            "released" if account.used_at is None else _at(account.used_at),
            "" if push is None else _at(push.since),
            "" if push is None else str(push.push),
            "" if push is None else f"{min(push.request, push.requests)} of {push.requests}",
            Text("" if push is None else "\n".join(map(printable, _members(push)))),
        )
    Console(highlight=False).print(shown)


def results(made: Sequence["Result"]) -> None:
    """Print what came of each slot."""
    if not made:
        return
    shown = table(right("slot"), right("push"), "outcome", "")
    for result in made:
        style = "red" if result.outcome.is_failure else ""
        shown.add_row(
            str(result.slot), str(result.push), Text(result.outcome, style=style), Text(printable(result.words))
        )
    Console(highlight=False).print(shown)


def lines(made: "Audit") -> None:
    """Print the lines that differ, and those that wait."""
    found = [*made.of(Standing.DIFFERS), *made.of(Standing.OPEN)]
    shown = table(
        "minute (UTC)", "service", right("due"), right("outstanding"), right("fresh"), right("on the graph"), ""
    )
    for line in found[:LINES_SHOWN_MAX]:
        shown.add_row(
            f"{line.minute:%Y-%m-%d %H:%M}",
            Text(printable(line.service)) if line.service is not None else Text("alertTriggered", style="italic"),
            str(line.due),
            str(line.outstanding or ""),
            str(line.fresh or ""),
            _graph(line),
            Text("differs", style="bold red") if line.standing is Standing.DIFFERS else Text("waits", style="yellow"),
        )
    out = Console(highlight=False)
    if found:
        out.print(shown)
    if len(found) > LINES_SHOWN_MAX:
        out.print(f"and {len(found) - LINES_SHOWN_MAX} more; --json has all")
    for name in made.outstanding:
        out.print(Text(printable(f"outstanding: s3://{name.bucket}/{name.key}")))


def _together(summed: "Together") -> str:
    words = f"{summed.versions} versions; on the graph: {summed.on_graph} of them, with {summed.errors} errors together"
    return words + (f", and perhaps {summed.undecided} more" if summed.undecided else "")


def _facts(account: "VersionAccount") -> list[tuple[str, str]]:
    facts = [("seen", _at(account.at)), ("etag", account.etag)]
    if account.version_id is not None:
        facts.append(("version id", account.version_id))
    if account.report is not None:
        report = account.report
        worst = list(report.by_service.items())[:SERVICES_SHOWN_MAX]
        more = len(report.by_service) - len(worst)
        by_service = ", ".join(f"{service} {errors}" for service, errors in worst)
        over = "at or over" if report.alert else "under"
        rang = "rang" if account.rang else "no new alert" if account.covered else "no alert"
        facts += [
            ("errors", f"{report.total} in {report.lines} lines, {report.malformed} of them malformed"),
            *([("counted before", f"{account.covered} of these errors")] * bool(account.covered)),
            ("by service", by_service + (f", and {more} more" if more else "")),
            ("alert", f"{rang}, {over} the threshold of {report.threshold} (rule {account.rule})"),
            *(("note", note) for note in report.notes),
        ]
    if account.on_graph is not None and account.on_graph.first is not None and account.on_graph.last is not None:
        graph = account.on_graph
        span = f"{_at(account.on_graph.first)} to {_at(account.on_graph.last)}"
        facts.append(("on the graph", f"{graph.errors} errors in {graph.minutes} minutes of services, {span}"))
    if account.outside_window is not None:
        outside = account.outside_window
        facts.append(("outside window", f"{outside.errors} errors, {_at(outside.first)} to {_at(outside.last)}"))
    facts += [
        (
            "refused",
            f"{refused.errors} of {refused.service or 'alertTriggered'} at {_at(refused.minute)}: {refused.reason}",
        )
        for refused in account.refused
    ]
    if account.push is not None:
        seq = "is not in the ledger" if account.push.seq is None else f"is at {account.push.seq}"
        facts.append(("push", f"{account.push.push} of slot {account.push.slot}, which {seq}"))
    return [*facts, ("kept until", _at(account.expires_at))]


def _members(push: "OutstandingAccount") -> list[str]:
    notice = [] if push.notice is None else [push.notice]
    return [*notice, *(f"s3://{name.bucket}/{name.key}" for name in push.members)]


def _graph(line: Line) -> str:
    return str(line.graph) if line.graph == line.samples else f"{line.graph} in {line.samples} samples"


def _state(state: State) -> Text:
    return Text(state.value, style=STYLES.get(state, ""))


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
