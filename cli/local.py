"""`logtally local`: a whole cloud on this machine, for those who want to try or to develop."""

import importlib.util
import os
from typing import Annotated, Final

import typer

from cli import exits
from core.errors import Usage
from core.stop import on_signals

PORT: Final = 4566  # where tools expect a local AWS; a fixed one, so that pasted lines stay good over a restart

API_PORT: Final = 8000  # that of LOGTALLY_API_PORT

# What somebody may want to try here. The rest would lead to their own account.
OF_RULES: Final = ("LOGTALLY_CONFIG", "LOGTALLY_RULES", "LOGTALLY_THRESHOLD", "LOGTALLY_LEVELS")

local = typer.Typer(no_args_is_help=True)


@local.callback()
def group() -> None:
    """Run the whole thing on this machine only. It needs no AWS account."""


@local.command()
def up(
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the cloud listens, on the loopback; 0: a free port.")
    ] = PORT,
    api_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the API and its page listen; 0: a free port.")
    ] = API_PORT,
    logs: Annotated[bool, typer.Option("--logs/--no-logs", help="Whether some logs are there from the start.")] = True,
) -> None:
    """Start a local cloud, a worker and the API, show what to try, and keep them running until Ctrl-C or SIGTERM.

    What is read, and when it rings, is as LOGTALLY_RULES, LOGTALLY_THRESHOLD and LOGTALLY_LEVELS say, or the file that
    LOGTALLY_CONFIG names; all other settings are those of the local cloud.

    Lines for a shell go to stdout, words and the worker's log to stderr. Ends with 1 if one of them ends by itself.

    logtally local up --port 0 --api-port 0 --no-logs
    """
    need_local_cloud()
    stop = on_signals()  # before anything is imported that takes a while: Ctrl-C is never a stack trace
    from local.up import up as run

    settings = {name: os.environ[name] for name in OF_RULES if name in os.environ}
    run(port=port, api_port=api_port, logs=logs, settings=settings, stop=stop, tell=exits.say, show=typer.echo)


def need_local_cloud() -> None:
    """Raise Usage if the extra `local` is not installed."""
    if importlib.util.find_spec("ministack") is None:
        raise Usage("the local cloud is not installed: pip install 'logtally[local]', or -e '.[local]' here")
