"""`logtally backfill`: words in, words out."""

import threading
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from cli import answers, exits
from cli.aws import speaks_to_aws
from cli.names import bucket_and_prefix
from cli.times import instant_of
from core.errors import LogtallyError, Usage
from core.model import Effect, End, Member
from core.stop import on_signals

if TYPE_CHECKING:
    from cli.backfill.count import Tell
    from cli.backfill.estimate import Estimate
    from cli.backfill.feed import Fed
    from cli.backfill.one_pass import Asked, Outcome
    from cli.backfill.progress import Events


@speaks_to_aws
def backfill(
    name: Annotated[str, typer.Argument(metavar="s3://BUCKET/PREFIX", help="What to count; s3://BUCKET: all of it.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done, and what it costs; read no file.")
    ] = False,
    modified_since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only files that were last written at this time or later.")
    ] = None,
    modified_until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only files that were last written before this time.")
    ] = None,
    match: Annotated[
        str | None, typer.Option(metavar="GLOB", help="Only keys that match, such as '*/api-*.jsonl'; * takes / too.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Count so many files at most that were not counted before.")
    ] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=256, help="Files to read at once; else as many as a worker reads.")
    ] = None,
    rate: Annotated[float | None, typer.Option(min=0.01, help="Begin so many files a second at most.")] = None,
    alerts: Annotated[
        bool | None,
        typer.Option(
            "--alerts/--no-alerts", help="Ring for every file, or for none; else for those written in the last day."
        ),
    ] = None,
    metrics: Annotated[
        bool, typer.Option("--metrics/--no-metrics", help="Push the errors to CloudWatch; or only fill the ledger.")
    ] = True,
    enqueue: Annotated[
        bool, typer.Option("--enqueue", help="Hand the files to the workers by way of the queue; read none here.")
    ] = False,
    inventory: Annotated[
        str | None,
        typer.Option(
            metavar="s3://…/manifest.json", help="Take the list from S3 Inventory, in CSV, instead of listing."
        ),
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Do not go on where the same backfill was stopped before.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="A stream of events on stdout, one JSON object a line; the last is the sum.")
    ] = False,
) -> None:
    """Count what is in a bucket already, by the worker's settings and its ledger: nothing is counted twice.

    Workers may run meanwhile. Stop it at any time: started again with the same options, it goes on where it was.

    logtally backfill s3://logs/prod/ --dry-run

    logtally backfill s3://logs/prod/ --modified-since 2025-09-01T00:00:00Z --match '*.jsonl.gz'

    logtally backfill s3://logs --enqueue --inventory s3://lists/logs/all/2025-09-15T01-00Z/manifest.json

    Exit codes: 0 all is counted; 1 some could not be, or it failed; 2 wrong usage, or nothing found; 4 all is in the
    ledger, but a push is in doubt, and a worker settles it; 130 it was stopped.
    """
    effect = _effect(alerts=alerts, metrics=metrics)
    for text in (name, match, inventory):
        _must_be_text(text)
    bucket, prefix = bucket_and_prefix(name)
    since = None if modified_since is None else instant_of("--modified-since", modified_since)
    until = None if modified_until is None else instant_of("--modified-until", modified_until)
    if since is not None and until is not None and since >= until:
        raise Usage(f"--modified-since {modified_since}: is not before --modified-until {modified_until}")
    if enqueue and concurrency is not None:
        raise Usage("--concurrency is for files that are read here; with --enqueue the workers read them")
    stop = on_signals()
    from cli.backfill.one_pass import Asked, carried_out, estimated
    from cli.backfill.opened import to_backfill
    from cli.backfill.progress import Events
    from cli.backfill.wanted import Wanted

    tools = to_backfill(concurrency=concurrency, stop=stop)
    asked = Asked(
        bucket=bucket,
        prefix=prefix,
        wanted=Wanted(match=match, since=since, until=until, rules=tools.settings.all_rules()),
        effect=effect,
        limit=limit,
        rate=rate,
        enqueue=enqueue,
        inventory=inventory,
        from_start=from_start,
    )
    if dry_run:
        made = estimated(asked, tools, stop=stop)
        if stop.is_set():
            raise typer.Exit(exits.Exit.INTERRUPTED)
        _show_estimate(made, asked, as_json=as_json)
        return
    events = Events(stop) if as_json else None
    outcome = carried_out(asked, tools, stop=stop, tell=_teller(events, stop), events=events)
    _end(outcome, asked, events, is_stopped=stop.is_set())


def _must_be_text(text: str | None) -> None:
    try:
        (text or "").encode()
    except UnicodeEncodeError as exc:
        raise Usage(f"{text!a}: is not UTF-8, as all keys of S3 are") from exc


def _effect(*, alerts: bool | None, metrics: bool) -> Effect | None:
    if not metrics:
        if alerts:
            raise Usage("--alerts and --no-metrics exclude each other: what is not pushed does not ring")
        return Effect.NONE
    if alerts is None:
        return None
    return Effect.ALL if alerts else Effect.SILENT


def _teller(events: "Events | None", stop: threading.Event) -> "Tell":
    from cli.backfill.count import Happened

    def tell(happened: Happened, fed: "Fed", about: "Member | End | LogtallyError") -> None:
        try:
            told(happened, fed, about)
        except OSError:  # nobody reads stderr any more: finish what is in hand
            stop.set()

    def told(happened: Happened, fed: "Fed", about: "Member | End | LogtallyError") -> None:
        where = f"s3://{fed.listed.ref.bucket}/{fed.listed.ref.key}"
        if isinstance(about, Member):
            if events is not None:
                outside = 0 if about.outside is None else about.outside.errors
                events.tell(
                    happened,
                    key=about.ref.key,
                    etag=about.ref.etag,
                    errors=about.report.total - about.covered,
                    rings=about.alert is not None,
                    outsideWindow=outside,
                    malformed=about.report.malformed,
                    notes=about.report.notes,
                )
            return
        why = about.reason if isinstance(about, End) else str(about)
        if events is not None:
            events.tell(happened, key=fed.listed.ref.key, etag=fed.listed.ref.etag, why=why)
        exits.say(f"{happened}: {why if where in why else f'{where}: {why}'}")

    return tell


def _show_estimate(made: "Estimate", asked: "Asked", *, as_json: bool) -> None:
    document = {"bucket": asked.bucket, "prefix": asked.prefix, "dryRun": True, **msgspec.to_builtins(made)}
    if not answers.told(document, as_json=as_json):
        from cli.backfill import tables

        tables.estimate(made)
    exits.say("dry run: no file was read, nothing was counted")


def _end(outcome: "Outcome", asked: "Asked", events: "Events | None", *, is_stopped: bool) -> None:
    document = _document(outcome, asked)
    if events is not None:
        events.finish(**document)
    elif not answers.told(document, as_json=False):
        from cli.backfill import tables

        tables.outcome(outcome)
    _say(outcome)
    sums = outcome.sums
    if is_stopped and outcome.failure is None:
        raise typer.Exit(exits.Exit.INTERRUPTED)
    if outcome.failure is not None or sums.left or sums.unreadable:
        raise typer.Exit(exits.Exit.FAILED)
    if outcome.outstanding:
        raise typer.Exit(exits.Exit.WAITS)


def _say(outcome: "Outcome") -> None:
    """Say in words what somebody has to know beside the sum."""
    sums = outcome.sums
    in_doubt = f"pushes in doubt: {outcome.outstanding}, or their alerts are not out"
    notes = {
        "not all is done: the same command goes on where this one stopped": not outcome.complete,
        f"{in_doubt}; a worker settles them, or `logtally ledger settle`": outcome.outstanding,
        f"none of {sums.listed} files is wanted by the options, or by the rules": sums.listed == sums.unwanted > 0,
    }
    if outcome.failure is not None:
        exits.say(f"error: {outcome.failure}")
    if outcome.resumed is not None:
        began = f"{outcome.resumed.began_at:%Y-%m-%d %H:%M} UTC"
        exits.say(f"note: went on with a backfill of {began}; what was put before its place since, --from-start finds")
    for words, is_so in notes.items():
        if is_so:
            exits.say(f"note: {words}")


def _document(outcome: "Outcome", asked: "Asked") -> dict[str, Any]:
    return {
        "bucket": asked.bucket,
        "prefix": asked.prefix,
        "complete": outcome.complete,
        "resumed": outcome.resumed is not None,
        **msgspec.to_builtins(outcome.sums),
        "outstanding": outcome.outstanding,
        "failure": None if outcome.failure is None else str(outcome.failure),
        "seconds": round(outcome.seconds, 3),
    }
