"""The terminal door: `logtally`, with all its commands."""

from importlib.metadata import version as installed
from typing import Annotated, Final

import typer

from cli import exits
from cli.analyze import analyze
from cli.api import api
from cli.aws import given, speaks_to_aws
from cli.backfill.command import backfill
from cli.demo import demo
from cli.dlq.commands import dlq
from cli.doctor.command import doctor
from cli.ledger.commands import ledger
from cli.local import local
from cli.rules.commands import rules
from cli.version import version
from cli.worker import worker
from core.errors import Usage

WITHOUT_AWS: Final = frozenset({"demo", "local", "version"})

app = typer.Typer(
    name="logtally",
    help="Count the errors in S3 log files: every file analysed once, every error counted once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a bug of ours shows Python's own traceback, whole
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - the signature of Typer's callbacks
    if wanted:
        typer.echo(f"logtally {installed('logtally')}")
        raise typer.Exit


@app.callback()
@speaks_to_aws
def logtally(
    context: typer.Context,
    *,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Count the errors in S3 log files: every file analysed once, every error counted once."""
    if given() and context.invoked_subcommand in WITHOUT_AWS:
        options = ", ".join(f"--{name}".replace("_", "-") for name in given())
        raise Usage(f"{options}: {context.invoked_subcommand} does not speak to AWS; leave it out")


# A command is registered here and nowhere else: one line each.
app.command()(analyze)
app.command()(backfill)
app.command()(worker)
app.command()(api)
app.command()(demo)
app.command()(doctor)
app.command()(version)
app.add_typer(local, name="local")
app.add_typer(ledger, name="ledger")
app.add_typer(dlq, name="dlq")
app.add_typer(rules, name="rules")


def run() -> None:
    """Be the console script `logtally`."""
    exits.run(app)
