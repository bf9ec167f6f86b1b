"""`logtally worker`: take events from the queue until a signal stops it."""

from typing import Annotated

import typer

from cli import exits
from cli.aws import speaks_to_aws


@speaks_to_aws
def worker(
    *,
    health: Annotated[
        bool, typer.Option("--health", help="Do not work: say whether the worker of this container is alive.")
    ] = False,
) -> None:
    """Count what S3 announces, until SIGTERM or Ctrl-C: the first drains, the second ends it.

    To run against a real account, set AWS_REGION and credentials (a role, or AWS_PROFILE), and

    LOGTALLY_QUEUE_URL, LOGTALLY_DEAD_QUEUE_URL: the queue that S3 announces objects in, and its dead-letter queue

    LOGTALLY_TABLE: the ledger's DynamoDB table (keys pk and sk, both strings)

    LOGTALLY_TOPIC_ARN: the SNS topic for alerts

    LOGTALLY_ENVIRONMENT: the dimension Environment of all metrics, such as prod

    LOGTALLY_THRESHOLD: errors from which on a file rings (10)

    These, and more, may also stand in a TOML or YAML file that LOGTALLY_CONFIG names: docs/settings.md lists all.

    logtally worker --profile prod

    docs/account.md says how to make what they name, and what the worker must be permitted.
    """
    from worker import main

    if not health:
        main.run()
    elif why := main.unhealthy():
        exits.say(f"error: {why}")
        raise typer.Exit(exits.Exit.FAILED)
