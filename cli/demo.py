"""`logtally demo`: the whole thing at work, on this machine only."""

from typing import TYPE_CHECKING, Any

import typer

from cli import answers, exits
from cli.local import need_local_cloud
from cli.options import AsJson

if TYPE_CHECKING:
    from local.demo import Outcome


def demo(*, as_json: AsJson = False) -> None:
    """Upload logs to a local cloud, kill workers in the middle of a push, and see that the graph is right.

    It needs no AWS account, and takes less than a minute. Ends with 1 if anything was counted twice or not at all.

    logtally demo
    """
    need_local_cloud()
    from local.demo import DemoFailedError, play

    try:
        outcome = play(tell=lambda words: exits.say(f"· {words}"))
    except DemoFailedError as exc:
        exits.say(f"error: {exc}")
        raise typer.Exit(exits.Exit.FAILED) from exc
    if not answers.told(_document(outcome), as_json=as_json):
        from cli.picture import draw

        draw(outcome)
    raise typer.Exit(exits.Exit.DONE if outcome.equal else exits.Exit.FAILED)


def _document(outcome: "Outcome") -> dict[str, Any]:
    minutes = [
        {"service": service, "minute": minute, "files": count, "cloudwatch": outcome.found[service, minute]}
        for (service, minute), count in sorted(outcome.expected.items())
    ]
    return {
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
