"""`logtally api`: answer over HTTP until a signal stops it."""

from typing import Annotated

import typer

from cli import exits
from cli.aws import speaks_to_aws


@speaks_to_aws
def api(
    *,
    health: Annotated[
        bool, typer.Option("--health", help="Do not serve: say whether the API of this container answers.")
    ] = False,
) -> None:
    """Answer /analyze and /notify over HTTP, and show a page at /, until SIGTERM or Ctrl-C.

    It takes the worker's settings (logtally worker --help), and these:

    LOGTALLY_API_HOST, LOGTALLY_API_PORT: where it listens (127.0.0.1, 8000)

    LOGTALLY_API_TOKEN: what clients must send as `Authorization: Bearer …`; it must be set to listen anywhere else

    LOGTALLY_API_BUCKETS: the buckets that may be asked about (that of LOGTALLY_BUCKET)

    logtally api --profile prod

    curl -H "Authorization: Bearer $LOGTALLY_API_TOKEN" "localhost:8000/analyze?bucket=logs&prefix=prod/&threshold=10"

    docs/settings.md lists all settings, docs/api.md says what is answered.
    """
    from api import main

    if not health:
        main.run()
    elif why := main.unhealthy():
        exits.say(f"error: {why}")
        raise typer.Exit(exits.Exit.FAILED)
