"""`analyze`: the report of one file, on this machine or in S3."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer
from msgspec.structs import replace

from cli import exits
from cli.aws import url
from cli.tables import show
from core.analysis import analyse, instant
from core.errors import Denied, LogtallyError, NotFound, Transient, Usage
from core.inflate import inflate
from core.limits import CHUNK_B
from core.model import Bucket, Report, Rule
from core.reports import report_of_file

STDIN = "-"
PLAIN = Rule(name="command line", threshold=1)  # what the options do not say


def analyze(
    *,
    threshold: Annotated[int, typer.Option(min=1, help="Errors from which on the file rings.")],
    local: Annotated[
        str | None, typer.Option(metavar="FILE", help="A file on this machine, packed or not; - reads standard input.")
    ] = None,
    bucket: Annotated[str | None, typer.Option(help="The bucket to look in.")] = None,
    prefix: Annotated[
        str | None, typer.Option(help="Where in the bucket: the newest file under it counts, by the time in its name.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only errors after this RFC 3339 time count.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object, as it is when stdout is no terminal.")
    ] = False,
    fail_on_alert: Annotated[bool, typer.Option("--fail-on-alert", help="End with 3 if the file rings.")] = False,
    level: Annotated[
        list[str] | None,
        typer.Option(help="The levels that are errors, exactly as written: ERROR,FATAL, or one each time (ERROR)."),
    ] = None,
    time_field: Annotated[str, typer.Option(metavar="NAME", help="The field with the time.")] = PLAIN.time_field,
    service_field: Annotated[
        str, typer.Option(metavar="NAME", help="The field with the service.")
    ] = PLAIN.service_field,
    level_field: Annotated[str, typer.Option(metavar="NAME", help="The field with the level.")] = PLAIN.level_field,
    region: Annotated[str | None, typer.Option(help="The AWS region; else AWS_REGION says.")] = None,
    profile: Annotated[str | None, typer.Option(help="The AWS profile; else the environment says.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Where S3 is, if not at AWS.")] = None,
) -> None:
    """Count the errors of one JSON-lines log file by service.

    analyze --local app.jsonl --threshold 2 --since 2025-09-15T12:00:00Z

    analyze --bucket logs --prefix prod/ --threshold 100 --fail-on-alert

    kubectl logs deploy/api | analyze --local - --threshold 1 --level-field severity --level error --level fatal

    Exit codes: 0 it worked; 1 failed, or not read to its end; 2 wrong usage, or nothing found; 3 --fail-on-alert.
    """
    after = _instant(since)
    rule = _rule(threshold, levels=level, time_field=time_field, service_field=service_field, level_field=level_field)
    aws = _Aws(region=region, profile=profile, endpoint_url=None if endpoint_url is None else url(endpoint_url))
    match local, bucket, prefix:
        case str(name), None, None if name:
            if aws != NOWHERE:
                raise Usage("--region, --profile and --endpoint-url are for --bucket; --local reads this machine")
            made = _local(name, rule=rule, since=after)
        case None, str(name), str(start):
            made = _remote(_bucket(name), start, aws, rule=rule, since=after)
        case _:
            raise Usage(_why_no_file(local, bucket, prefix))
    _print(made, as_json=as_json)
    if fail_on_alert and made.alert:
        raise typer.Exit(exits.Exit.ALERT)


class _Aws(msgspec.Struct, frozen=True, kw_only=True):
    """Which AWS to ask."""

    region: str | None
    profile: str | None
    endpoint_url: str | None


NOWHERE = _Aws(region=None, profile=None, endpoint_url=None)


def _why_no_file(local: str | None, bucket: str | None, prefix: str | None) -> str:
    ways = "--local FILE, or --bucket BUCKET --prefix PREFIX"
    if local is not None and not (bucket is None and prefix is None):
        return f"--local and {'--prefix' if bucket is None else '--bucket'} exclude each other: say {ways}"
    if local is None and bucket is not None:
        return "--bucket needs --prefix: '' takes the newest file of the whole bucket"
    if prefix is not None:
        return "--prefix needs --bucket"
    return f"say which file: {ways}"


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = instant(text)
    if at is None:
        raise Usage(f"--since {text}: is no RFC 3339 time, such as 2025-09-15T12:00:00Z")
    return at


def _bucket(name: str) -> Bucket:
    if name.startswith("s3://"):
        bucket, _, key = name.removeprefix("s3://").partition("/")
        raise Usage(f"--bucket {name}: is a URL; say --bucket {bucket} --prefix {key or 'PREFIX'}")
    return Bucket(name)


def _rule(threshold: int, *, levels: list[str] | None, time_field: str, service_field: str, level_field: str) -> Rule:
    fields = (time_field, service_field, level_field)
    if not all(fields) or len(set(fields)) < len(fields):
        raise Usage("--time-field, --service-field and --level-field must name three different fields")
    return replace(
        PLAIN,
        threshold=threshold,
        levels=_levels(levels) if levels else PLAIN.levels,
        time_field=time_field,
        service_field=service_field,
        level_field=level_field,
    )


def _levels(texts: list[str]) -> frozenset[str]:
    """Read the levels, with commas between them as in LOGTALLY_LEVELS."""
    levels: set[str] = set()
    for text in texts:
        named = [level.strip() for level in text.split(",")]
        if not all(named):
            raise Usage(f"--level '{text}': must be names with commas between them, such as ERROR,FATAL")
        levels.update(named)
    return frozenset(levels)


def _local(name: str, *, rule: Rule, since: datetime | None) -> Report:
    if name == STDIN:
        if sys.stdin is None:
            raise Usage("-: standard input is closed")
        return _report_of(sys.stdin.buffer, name, undated=datetime.now(UTC), rule=rule, since=since)
    try:
        with Path(name).open("rb") as file:
            changed = datetime.fromtimestamp(Path(name).stat().st_mtime, UTC)
            return _report_of(file, name, undated=changed, rule=rule, since=since)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise NotFound(f"{name}: there is no such file") from exc
    except IsADirectoryError as exc:
        raise Usage(f"{name}: is a folder; name a file in it") from exc
    except PermissionError as exc:
        raise Denied(f"{name}: may not be read by you") from exc
    except OSError as exc:
        raise Transient(f"{name}: {_unread(exc)}") from exc


def _report_of(file: BinaryIO, name: str, *, undated: datetime, rule: Rule, since: datetime | None) -> Report:
    try:
        tally = analyse(inflate(_chunks(file)), rule=rule, undated=undated, since=since)
    except LogtallyError as exc:
        raise type(exc)(f"{name}: {exc}") from exc
    return report_of_file(name, tally, rule=rule, since=since)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    # `file.read` waits for whole chunks, and until it has one does not look whether Ctrl-C came.
    try:
        while chunk := os.read(file.fileno(), CHUNK_B):
            yield chunk
    except OSError as exc:
        raise Transient(_unread(exc)) from exc


def _unread(exc: OSError) -> str:
    return f"can't be read: {exc.strerror}"


def _remote(bucket: Bucket, prefix: str, aws: _Aws, *, rule: Rule, since: datetime | None) -> Report:
    # boto3 takes longer to import than most local files to read.
    from core.aws import clients
    from core.aws.objects import Objects
    from core.examine import examine, latest

    # boto3 itself looks at AWS_DEFAULT_REGION alone.
    session = clients.session(region=aws.region or os.environ.get("AWS_REGION"), profile=aws.profile)
    objects = Objects(clients.s3(session, endpoint_url=aws.endpoint_url))
    ref = latest(bucket, prefix, objects=objects)
    return examine(ref, objects=objects, rule=rule, since=since)


def _print(made: Report, *, as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        sys.stdout.buffer.write(msgspec.json.encode(made) + b"\n")
    else:
        show(made)
    for note in made.notes:
        exits.say(f"note: {note}")


def run() -> None:
    """Be the console script `analyze`."""
    app = typer.Typer(name="analyze", pretty_exceptions_enable=False, add_completion=False)
    app.command()(analyze)
    exits.run(app)
