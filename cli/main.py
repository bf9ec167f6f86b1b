"""The terminal door: `logtally`, with all its commands."""

from importlib.metadata import version
from typing import Annotated

import typer

from cli import exits
from cli.analyze import analyze
from cli.api import api
from cli.backfill.command import backfill
from cli.demo import demo
from cli.dlq.commands import dlq
from cli.ledger.commands import ledger
from cli.local import local
from cli.worker import worker

app = typer.Typer(
    name="logtally",
    help="Count the errors in S3 log files: every file analysed once, every error counted once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a bug of ours shows Python's own traceback, whole
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - the signature of Typer's callbacks
    if wanted:
        typer.echo(f"logtally {version('logtally')}")
        raise typer.Exit


@app.callback()
def logtally(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Count the errors in S3 log files: every file analysed once, every error counted once."""


# A command is registered here and nowhere else: one line each.
app.command()(analyze)
app.command()(backfill)
app.command()(worker)
app.command()(api)
app.command()(demo)
app.add_typer(local, name="local")
app.add_typer(ledger, name="ledger")
app.add_typer(dlq, name="dlq")


def run() -> None:
    """Be the console script `logtally`."""
    exits.run(app)
