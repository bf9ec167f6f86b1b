"""`logtally demo`: the whole thing at work, on this machine only."""

import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from cli import exits
from cli.local import need_local_cloud

if TYPE_CHECKING:
    from local.demo import Outcome


def demo(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object at the end, in place of the picture.")
    ] = False,
) -> None:
    """Upload logs to a local cloud, kill workers in the middle of a push, and see that the graph is right.

    It needs no AWS account, and takes less than a minute. Ends with 1 if anything was counted twice or not at all.
    """
    need_local_cloud()
    from local.demo import DemoFailedError, play

    try:
        outcome = play(tell=lambda words: exits.say(f"· {words}"))
    except DemoFailedError as exc:
        exits.say(f"error: {exc}")
        raise typer.Exit(exits.Exit.FAILED) from exc
    if as_json:
        sys.stdout.buffer.write(_json(outcome) + b"\n")
    else:
        from cli.picture import draw

        draw(outcome)
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
            "alertTriggered": outcome.alerts_counted,
            "alerts": outcome.rang,
            "missingAlerts": outcome.missing_alerts,
            "killed": outcome.killed,
            "equal": outcome.equal,
        }
    )
