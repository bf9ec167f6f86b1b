"""`analyze`: the reports of files, on this machine or in S3."""

import os
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from cli import exits
from cli.aws import url
from cli.bar import Bar
from cli.names import SCHEME
from cli.reading.files import How
from cli.reading.outcomes import outcomes
from cli.reading.sources import Every, Newest, Source, sources_of, under
from cli.several import tell
from cli.times import instant_of
from core.cpus import cpus
from core.errors import LogtallyError, Usage
from core.levels import NO_COMMAS
from core.model import Bucket, Report, Rule, Shape
from core.presets import SHAPES, Preset, otherwise
from core.spellings import unclear

if TYPE_CHECKING:
    from core.aws.objects import Objects

JOBS_MAX: Final = 64  # processes, or threads that wait for S3
PLAIN = Shape()  # what the options do not say


def analyze(
    *,
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILES",
            help="Files on this machine, packed or not, or patterns such as 'logs/**/*.gz'; - reads standard input, and"
            " s3://BUCKET/PREFIX means the newest file under it.",
        ),
    ] = None,
    threshold: Annotated[int, typer.Option(min=1, help="Errors from which on a file rings.")],
    local: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="The same as a file without an option; they come last.")
    ] = None,
    bucket: Annotated[str | None, typer.Option(help="The bucket to look in.")] = None,
    prefix: Annotated[
        str | None, typer.Option(help="Where in the bucket: the newest file under it counts, by the time in its name.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All files under the prefix, not only the newest.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only errors after this RFC 3339 time count.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON object for each file, as it is when stdout is no terminal.")
    ] = False,
    fail_on_alert: Annotated[bool, typer.Option("--fail-on-alert", help="End with 3 if a file rings.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, max=JOBS_MAX, help="How many read at once, parts of a large file too (the CPUs that may be used)."
        ),
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(help="The levels that are errors, exactly as written: ERROR,FATAL, or one each time (ERROR)."),
    ] = None,
    preset: Annotated[
        Preset | None, typer.Option(help="Which logger writes them: its fields and levels, for those not said here.")
    ] = None,
    time_field: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"The field with the time ({PLAIN.time_field}).")
    ] = None,
    service_field: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"The field with the service ({PLAIN.service_field}).")
    ] = None,
    level_field: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"The field with the level ({PLAIN.level_field}).")
    ] = None,
    region: Annotated[str | None, typer.Option(help="The AWS region; else AWS_REGION says.")] = None,
    profile: Annotated[str | None, typer.Option(help="The AWS profile; else the environment says.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(help="Where S3 is, if not at AWS.")] = None,
) -> None:
    """Count the errors of JSON-lines log files by service. Several files give a line of JSON each, in order.

    analyze app.jsonl --threshold 2 --since 2025-09-15T12:00:00Z

    analyze 'logs/**/*.jsonl.gz' --threshold 100 --jobs 4

    analyze --bucket logs --prefix prod/ --threshold 100 --fail-on-alert

    analyze s3://logs/prod/2025-09-15 --all --threshold 100

    kubectl logs deploy/api | analyze - --threshold 1 --preset zap

    analyze app.jsonl --threshold 1 --level-field severity --level error,fatal

    A file that can't be read does not stop the others. What the code tells of is the worst of them: 1, then 2, then 3.

    Exit codes: 0 it worked; 1 failed, or not read to its end; 2 wrong usage, or nothing found; 3 --fail-on-alert.
    """
    after = None if since is None else instant_of("--since", since)
    shape = otherwise(
        PLAIN if preset is None else SHAPES[preset],
        time_field=time_field,
        service_field=service_field,
        level_field=level_field,
        levels=_levels(level) if level else None,
    )
    if problem := unclear(shape):
        raise Usage(f"--time-field, --service-field and --level-field {problem}")
    rule = Rule(name="command line", threshold=threshold, shape=shape)
    aws = _Aws(region=region, profile=profile, endpoint_url=None if endpoint_url is None else url(endpoint_url))
    sources = _sources(
        [*(files or ()), *(local or ())], bucket, prefix, every=every, local="--local" if local else "FILES"
    )
    _refuse_idle_options(sources, aws, every=every)
    workers = jobs or default_jobs()
    bar = Bar(monotonic=time.monotonic)
    found = outcomes(
        sources, How(rule=rule, since=after), jobs=workers, bar=bar, objects=lambda: _objects(aws, jobs=workers)
    )
    with closing(found), bar:
        if len(sources) > 1 or every:
            raise typer.Exit(
                tell(found, as_table=sys.stdout.isatty() and not as_json, bar=bar).code(fail_on_alert=fail_on_alert)
            )
        [outcome] = found
    if isinstance(outcome, LogtallyError):
        raise outcome
    _print(outcome, as_json=as_json)
    if fail_on_alert and outcome.alert:
        raise typer.Exit(exits.Exit.ALERT)


class _Aws(msgspec.Struct, frozen=True, kw_only=True):
    """Which AWS to ask."""

    region: str | None
    profile: str | None
    endpoint_url: str | None


NOWHERE = _Aws(region=None, profile=None, endpoint_url=None)


def _sources(names: list[str], bucket: str | None, prefix: str | None, *, every: bool, local: str) -> list[Source]:
    ways = "FILES, --local FILE, or --bucket BUCKET --prefix PREFIX"
    if bucket is None and prefix is None:
        if not names or not all(names):
            raise Usage(f"say which file: {ways}")
        return sources_of(names, every=every)
    if names:
        raise Usage(f"{local} and {'--prefix' if bucket is None else '--bucket'} exclude each other: say {ways}")
    if bucket is None:
        raise Usage("--prefix needs --bucket")
    if prefix is None:
        raise Usage("--bucket needs --prefix: '' takes the newest file of the whole bucket")
    return [under(_bucket(bucket), prefix, every=every)]


def _refuse_idle_options(sources: list[Source], aws: _Aws, *, every: bool) -> None:
    if any(isinstance(source, Newest | Every) for source in sources):
        return
    if aws != NOWHERE:
        raise Usage(
            "--region, --profile and --endpoint-url are for --bucket and s3://BUCKET/PREFIX; --local reads this machine"
        )
    if every:
        raise Usage(
            "--all is for --bucket and s3://BUCKET/PREFIX; on this machine a pattern names all: 'logs/**/*.jsonl'"
        )


def default_jobs() -> int:
    """Answer how many can read at once: as many as there are CPUs that this process may use."""
    of_machine = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(max(1, int(cpus(of_machine=of_machine))), JOBS_MAX)


def _bucket(name: str) -> Bucket:
    if name.startswith(SCHEME):
        bucket, _, key = name.removeprefix(SCHEME).partition("/")
        raise Usage(f"--bucket {name}: is a URL; say --bucket {bucket} --prefix {key or 'PREFIX'}")
    return Bucket(name)


def _levels(texts: list[str]) -> frozenset[str]:
    """Read the levels, with commas between them as in LOGTALLY_LEVELS."""
    levels: set[str] = set()
    for text in texts:
        named = [level.strip() for level in text.split(",")]
        if not all(named) or not NO_COMMAS.isdisjoint(text):
            raise Usage(f"--level '{text}': must be names with commas between them, such as ERROR,FATAL")
        levels.update(named)
    return frozenset(levels)


def _objects(aws: _Aws, *, jobs: int) -> "Objects":
    # boto3 takes longer to import than most local files to read.
    from core.aws import clients
    from core.aws.objects import Objects

    # boto3 itself looks at AWS_DEFAULT_REGION alone.
    session = clients.session(region=aws.region or os.environ.get("AWS_REGION"), profile=aws.profile)
    return Objects(clients.s3(session, endpoint_url=aws.endpoint_url, connections=jobs))


def _print(made: Report, *, as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        sys.stdout.buffer.write(msgspec.json.encode(made) + b"\n")
    else:
        from cli.tables import show  # rich takes longer to import than most files to read

        show(made)
    for note in made.notes:
        exits.say(f"note: {note}")


def run() -> None:
    """Be the console script `analyze`."""
    app = typer.Typer(name="analyze", pretty_exceptions_enable=False, add_completion=False)
    app.command()(analyze)
    exits.run(app)
