"""The commands of `logtally ledger`: words in, words out."""

import math
import shlex
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli import answers, exits
from cli.aws import speaks_to_aws
from cli.names import bucket_and_key
from cli.options import AsJson, Days, Limit, Yes
from cli.times import instant_of
from core.accounts import together
from core.balance import Standing
from core.errors import NotFound, Usage
from core.history import State
from core.limits import MINUTE_S, MINUTES_KEPT_S
from core.model import Minute

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.ledger.opened import ToRead
    from core.audit import Audit

UNKNOWN: Final = "the ledger knows nothing of it"  # never seen, forgotten, or its time was over
EDGE_S: Final = 10 * MINUTE_S  # the oldest minutes that CloudWatch keeps: they may go while we look

ledger = typer.Typer(no_args_is_help=True)

_Object = Annotated[str, typer.Argument(metavar="s3://BUCKET/KEY", help="The object, its key as it is, not encoded.")]


@ledger.callback()
@speaks_to_aws
def group() -> None:
    """Look into the ledger: what is counted, why the graph shows what it shows, and what can be done.

    It needs the settings of the worker: see `logtally worker --help`.
    """


@ledger.command()
@speaks_to_aws
def show(name: _Object, *, as_json: AsJson = False) -> None:
    """Show every version of an object that was seen, and why the graph shows what it shows of it.

    logtally ledger show s3://logs/prod/2025-09-15T12-00.jsonl
    """
    from core import lookup

    bucket, key = bucket_and_key(name)
    asked = _opened()
    known = asked.history.known(bucket, key)
    if not known.versions:
        raise NotFound(f"{name}: {UNKNOWN}")
    accounts = lookup.accounts(known, history=asked.history, ledger=asked.ledger)
    summed = together(accounts)
    document = {"bucket": bucket, "key": key, "together": summed, "versions": accounts}
    _print(document, as_json=as_json, draw=lambda tables: tables.versions(name, summed, accounts))


@ledger.command("list")
@speaks_to_aws
def list_(
    *,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    limit: Limit = 20,
    days: Days = 30,
    as_json: AsJson = False,
) -> None:
    """List what got into the ledger, the newest first.

    logtally ledger list --state failed --limit 5
    """
    from core import lookup

    asked, today = _opened(recent=True), datetime.now(UTC).date()
    briefs = lookup.recent(history=asked.history, ledger=asked.ledger, state=state, limit=limit, days=days, today=today)
    _print({"objects": briefs}, as_json=as_json, draw=lambda tables: tables.briefs(briefs))
    if len(briefs) < limit:
        exits.say(f"note: no more in the last {days} days; --days looks further back")


@ledger.command()
@speaks_to_aws
def writers(*, as_json: AsJson = False) -> None:
    """Show every slot: its number, and the push that is outstanding there.

    logtally ledger writers --json
    """
    from core import lookup

    asked = _opened()
    slots = lookup.slots(history=asked.history, ledger=asked.ledger)
    _print({"writers": slots}, as_json=as_json, draw=lambda tables: tables.slots(slots))


@ledger.command()
@speaks_to_aws
def settle(*, as_json: AsJson = False) -> None:
    """Find out once, now, about every push that somebody left, as each worker does all the time.

    Never before its time: a push is taken for lost only when AWS's own clock has passed the fence and the hold. Ends
    with 1 if one could not be looked after.

    logtally ledger settle
    """
    from cli.ledger.opened import to_settle
    from cli.ledger.settling import settle_once

    tools = to_settle()
    results = settle_once(tools.settler, tools.ledger.writers(), fence=tools.fence)
    _print({"slots": results}, as_json=as_json, draw=lambda tables: tables.results(results))
    if not results:
        exits.say("note: nothing is outstanding")
    if any(result.outcome.is_failure for result in results):
        raise typer.Exit(exits.Exit.FAILED)


@ledger.command()
@speaks_to_aws
def reconcile(
    *,
    since: Annotated[str, typer.Option(metavar="TIME", help="From this RFC 3339 time on, 15 days back at most.")],
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Up to this time; else up to now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hold the ledger against CloudWatch, per service and minute.

    Exit codes: 0 all is equal; 4 nothing differs, but not all can be compared yet; 1 it differs, or failed; 2 wrong
    usage.

    What is outstanding, or too fresh to be readable, is named apart, and is no difference. What somebody put there
    beside logtally, or what was counted again after `forget`, is one.

    logtally ledger reconcile --since 2025-09-15T12:00:00Z --until 2025-09-15T13:00:00Z
    """
    from core.audit import audit

    now = time.time()
    first, last = _span(since, until, now=now)
    if first > instant_of("--since", since).timestamp():
        exits.say(f"note: from {datetime.fromtimestamp(first, UTC):%Y-%m-%dT%H:%MZ} on: what is before is about to go")
    asked = _opened(recent=True)
    made = audit(history=asked.history, ledger=asked.ledger, graph=asked.graph, since=first, until=last, now=now)
    _print(_document(made), as_json=as_json, draw=lambda tables: tables.lines(made))
    exits.say(_verdict(made))
    if made.standing is not Standing.EQUAL:
        raise typer.Exit(exits.Exit.FAILED if made.standing is Standing.DIFFERS else exits.Exit.WAITS)


@ledger.command()
@speaks_to_aws
def forget(
    name: _Object,
    *,
    etag: Annotated[str | None, typer.Option(help="Only the version with this ETag.")] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove an object from the ledger, so that it is counted again when S3 announces it again.

    CloudWatch can't unlearn what it holds: counting again doubles it. Refused while the object's push is outstanding,
    and for one of several versions that counted what each added to the file.

    logtally ledger forget s3://logs/prod/2025-09-15T12-00.jsonl --yes
    """
    from core import lookup
    from core.aws.forgetting import forget as forget_versions
    from core.forgetting import to_forget
    from core.opening import nonce

    bucket, key = bucket_and_key(name)
    asked = _opened()
    known = asked.history.known(bucket, key)
    if not known.versions:
        raise NotFound(f"{name}: {UNKNOWN}")
    briefs = lookup.briefs(list(known.versions), ledger=asked.ledger)
    going = to_forget(known, etag=etag, states={brief.etag: brief.state for brief in briefs})
    if going.on_graph:
        held = _many(going.on_graph)
        exits.say(f"warning: CloudWatch can't unlearn what it holds of {held}: counting again doubles it")
    if yes:
        forget_versions(asked.table, going, nonce=nonce)
        exits.say(f"note: it is counted again when S3 announces it again: upload it again, or {_announce(name)}")
    else:
        exits.say("dry run: nothing was removed; add --yes")
    forgotten = [brief for brief in briefs if etag in {None, brief.etag}]
    document = {"forgotten": forgotten, "dryRun": not yes}
    _print(document, as_json=as_json, draw=lambda tables: tables.briefs(forgotten))


def _opened(*, recent: bool = False) -> "ToRead":
    from cli.ledger.opened import to_read

    return to_read(recent=recent)


def _document(made: "Audit") -> dict[str, Any]:
    errors = [line for line in made.lines if line.service is not None]
    return {
        "since": made.since,
        "until": made.until,
        "verdict": made.standing,
        "compared": len(made.lines),
        "errors": {
            "due": sum(line.due for line in errors),
            "outstanding": sum(line.outstanding for line in errors),
            "fresh": sum(line.fresh for line in errors),
            "graph": sum(line.graph for line in errors),
        },
        "differing": made.of(Standing.DIFFERS),
        "waiting": made.of(Standing.OPEN),
        "outstanding": made.outstanding,
    }


def _verdict(made: "Audit") -> str:
    from core.reports import counted

    differing, waiting = len(made.of(Standing.DIFFERS)), len(made.of(Standing.OPEN))
    lines = f"{counted(len(made.lines), 'minute')} of services and alerts"
    verdict = "NOT EQUAL" if made.standing is Standing.DIFFERS else made.standing
    if not made.lines:
        return f"{verdict}: neither the ledger nor the graph has anything of that time"
    if waiting == len(made.lines):
        return (
            f"{verdict}: nothing to compare yet: {lines}, with data that are outstanding, or too fresh to be readable"
        )
    words = f"of {lines}, {differing or 'none'} differ{'s' * (differing == 1)}"
    if waiting:
        words += f"; {waiting} wait{'s' * (waiting == 1)} for data that are outstanding, or too fresh to be readable"
    return f"{verdict}: {words}"


def _span(since: str, until: str | None, *, now: float) -> tuple[Minute, Minute]:
    first, last = (
        instant_of("--since", since).timestamp(),
        now if until is None else instant_of("--until", until).timestamp(),
    )
    oldest = now - MINUTES_KEPT_S
    if first < oldest - EDGE_S:
        raise Usage(f"--since {since}: CloudWatch keeps single minutes for 15 days")
    # Whoever says 15 days means all that there is, and said it some moments ago.
    first_minute = Minute(math.floor(max(first, oldest + EDGE_S) / MINUTE_S) * MINUTE_S)
    last_minute = Minute(math.ceil(last / MINUTE_S) * MINUTE_S)
    if first_minute >= last_minute:
        raise Usage(f"--since {since}: is not before {until or 'now'}")
    return first_minute, last_minute


def _announce(name: str) -> str:
    """Answer the command that makes S3 announce an object again: a copy onto itself must change something of it."""
    quoted = shlex.quote(name)
    return f"aws s3 cp {quoted} {quoted} --metadata-directive REPLACE"


def _many(versions: int) -> str:
    return "it" if versions == 1 else f"its {versions} versions"


def _print(document: dict[str, Any], *, as_json: bool, draw: "Callable[[Any], None]") -> None:
    if not answers.told(document, as_json=as_json):
        from cli.ledger import tables

        draw(tables)
