"""`analyze`: the report of one file, on this machine or in S3."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO
from urllib.parse import urlsplit

import msgspec
import typer

from cli import exits
from cli.tables import show
from core.analysis import analyse, instant, report, report_of_file
from core.errors import Denied, LogtallyError, NotFound, Transient, Usage
from core.inflate import inflate
from core.limits import CHUNK_B
from core.model import Bucket, Report, Rule

STDIN = "-"


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
    # boto3 itself looks at AWS_DEFAULT_REGION alone.
    region: Annotated[str | None, typer.Option(envvar="AWS_REGION", help="The AWS region.")] = None,
    profile: Annotated[str | None, typer.Option(help="The AWS profile; else the environment says.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Where S3 is, if not at AWS.")] = None,
) -> None:
    """Count the errors of one JSON-lines log file by service.

    analyze --local app.jsonl --threshold 2 --since 2025-09-15T12:00:00Z

    analyze --bucket logs --prefix prod/ --threshold 100 --fail-on-alert
    """
    after = _instant(since)
    if (local is None) == (bucket is None) or (bucket is None) != (prefix is None):
        raise Usage("say which file: --local FILE, or --bucket BUCKET --prefix PREFIX")
    if local is not None:
        made = _local(local, threshold=threshold, since=after)
    else:
        assert bucket is not None and prefix is not None  # noqa: PT018 - one thought: checked above
        aws = _Aws(region=region, profile=profile, endpoint_url=_url(endpoint_url))
        made = _remote(Bucket(bucket), prefix, aws, threshold=threshold, since=after)
    _print(made, as_json=as_json)
    if fail_on_alert and made.alert:
        raise typer.Exit(exits.Exit.ALERT)


class _Aws(msgspec.Struct, frozen=True, kw_only=True):
    """Which AWS to ask."""

    region: str | None
    profile: str | None
    endpoint_url: str | None


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = instant(text)
    if at is None:
        raise Usage(f"--since {text}: is no RFC 3339 time, such as 2025-09-15T12:00:00Z")
    return at


def _url(text: str | None) -> str | None:
    if text is not None and not (urlsplit(text).scheme in {"http", "https"} and urlsplit(text).hostname):
        raise Usage(f"--endpoint-url {text}: is no URL, such as http://127.0.0.1:4566")
    return text


def _local(name: str, *, threshold: int, since: datetime | None) -> Report:
    if name == STDIN:
        if sys.stdin is None:
            raise Usage("-: standard input is closed")
        return _report_of(sys.stdin.buffer, name, undated=datetime.now(UTC), threshold=threshold, since=since)
    try:
        with Path(name).open("rb") as file:
            changed = datetime.fromtimestamp(Path(name).stat().st_mtime, UTC)
            return _report_of(file, name, undated=changed, threshold=threshold, since=since)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise NotFound(f"{name}: there is no such file") from exc
    except IsADirectoryError as exc:
        raise Usage(f"{name}: is a folder; name a file in it") from exc
    except PermissionError as exc:
        raise Denied(f"{name}: may not be read by you") from exc


def _report_of(file: BinaryIO, name: str, *, undated: datetime, threshold: int, since: datetime | None) -> Report:
    try:
        tally = analyse(inflate(_chunks(file)), rule=_rule(threshold), undated=undated, since=since)
    except LogtallyError as exc:
        raise type(exc)(f"{name}: {exc}") from exc
    return report_of_file(name, tally, threshold=threshold, since=since)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_B):
        yield chunk


def _remote(bucket: Bucket, prefix: str, aws: _Aws, *, threshold: int, since: datetime | None) -> Report:
    # boto3 takes longer to import than most local files to read.
    from core.aws import clients  # noqa: PLC0415
    from core.aws.objects import Body, Objects  # noqa: PLC0415

    session = clients.session(region=aws.region, profile=aws.profile)
    objects = Objects(clients.s3(session, endpoint_url=aws.endpoint_url))
    ref = objects.latest(bucket, prefix).ref
    where = f"s3://{ref.bucket}/{ref.key}"
    body = objects.read(ref)
    if not isinstance(body, Body):
        raise Transient(f"{where}: changed while it was looked for; try again")
    try:
        tally = analyse(inflate(body.chunks), rule=_rule(threshold), undated=body.last_modified, since=since)
    except LogtallyError as exc:
        raise type(exc)(str(exc) if where in str(exc) else f"{where}: {exc}") from exc
    return report(ref, tally, threshold=threshold, since=since)


def _rule(threshold: int) -> Rule:
    return Rule(name="command line", threshold=threshold)


def _print(made: Report, *, as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        sys.stdout.buffer.write(msgspec.json.encode(made) + b"\n")
    else:
        show(made)
    if made.malformed:
        exits.say(f"note: {made.malformed} of {made.lines} lines are no JSON objects of the expected kind")


def run() -> None:
    """Be the console script `analyze`."""
    app = typer.Typer(name="analyze", pretty_exceptions_enable=False, add_completion=False)
    app.command()(analyze)
    exits.run(app)
