"""`logtally demo`: the whole thing at work, on this machine only."""

import importlib.util
import sys
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cli import exits
from core.errors import Usage

if TYPE_CHECKING:
    from local.demo import Outcome
    from local.truth import Counts


def demo(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object at the end, in place of the picture.")
    ] = False,
) -> None:
    """Upload logs to a local cloud, kill workers in the middle of a push, and see that the graph is right.

    It needs no AWS account, and takes less than a minute. Ends with 1 if anything was counted twice or not at all.
    """
    if importlib.util.find_spec("ministack") is None:
        raise Usage("the local cloud is not installed: pip install 'logtally[local]'")
    from local.demo import DemoFailedError, play  # noqa: PLC0415 - only those who installed the extra have it

    try:
        outcome = play(tell=lambda words: exits.say(f"· {words}"))
    except DemoFailedError as exc:
        exits.say(f"error: {exc}")
        raise typer.Exit(exits.Exit.FAILED) from exc
    if as_json:
        sys.stdout.buffer.write(_json(outcome) + b"\n")
    else:
        _show(outcome)
    raise typer.Exit(exits.Exit.DONE if outcome.equal else exits.Exit.FAILED)


def _json(outcome: "Outcome") -> bytes:
    minutes = [
        {"service": service, "minute": minute, "files": count, "cloudwatch": outcome.found[service, minute]}
        for (service, minute), count in sorted(outcome.expected.items())
    ]
    return msgspec.json.encode(
        {
            "files": [{"key": key, "errors": errors, "alert": alert} for key, errors, alert in outcome.files],
            "minutes": minutes,
            "differing": outcome.differing,
            "outsideWindow": {"file": outcome.outside, "ledger": outcome.outside_kept},
            "alerts": outcome.rang,
            "missingAlerts": outcome.missing_alerts,
            "killed": outcome.killed,
            "equal": outcome.equal,
        }
    )


def _show(outcome: "Outcome") -> None:
    from rich.console import Console  # noqa: PLC0415 - the picture alone needs it
    from rich.table import Table  # noqa: PLC0415

    console = Console()
    files = Table("file", "errors", "alert", title="Files", title_justify="left")
    for key, errors, alert in outcome.files:
        files.add_row(key, str(errors), "rang" if alert else "")
    console.print(files)
    in_files, in_cloudwatch = (_by_service(counts) for counts in (outcome.expected, outcome.found))
    most = max(in_files.values(), default=1)
    services = Table("service", "in the files", "in CloudWatch", "", title="Errors", title_justify="left")
    for service, count in in_files.most_common():
        services.add_row(service, str(count), str(in_cloudwatch[service]), "█" * max(1, round(40 * count / most)))
    console.print(services)
    for one in outcome.differing:
        console.print(f"{one.service} {one.minute:%d %H:%M}: {one.expected} in the files, {one.found} in CloudWatch")
    due = sum(alert for _, _, alert in outcome.files)
    console.print(
        f"{len(outcome.expected)} minutes of services, of which {len(outcome.differing)} differ; "
        f"{due} alerts due, {len(set(outcome.rang))} arrived, {len(outcome.rang) - len(set(outcome.rang))} came again"
    )
    console.print(
        f"{outcome.outside} errors are a month old: CloudWatch takes none of them,"
        f" the ledger holds {outcome.outside_kept}"
    )
    total = outcome.expected.total()
    console.print(
        f"Equal: {total} errors in the files, {outcome.found.total()} in CloudWatch; {outcome.killed} workers killed."
        if outcome.equal
        else f"NOT EQUAL: {total} errors in the files, {outcome.found.total()} in CloudWatch."
    )


def _by_service(counts: "Counts") -> Counter[str]:
    total: Counter[str] = Counter()
    for (service, _), count in counts.items():
        total[service] += count
    return total
