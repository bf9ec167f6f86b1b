"""The settings as far as they are right, where each is from, and what asks AWS about what they name."""

import os
import random
import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from cli import aws as options
from core import settings
from core.aws import clients
from core.aws.alerts import Alerts
from core.aws.attributes import Attributes
from core.aws.buckets import Buckets
from core.aws.caller import Caller
from core.aws.metrics import Metrics
from core.aws.permission import Permission
from core.aws.table import Table
from core.checkup import Tools, Wanted
from core.config_file import CONFIG, of_the_file
from core.errors import Usage
from core.logs import LogFormat, LogLevel, configure
from core.opening import fence_of
from core.origins import Said, said, values_of
from core.writers import Fence

THREADS = 16  # more than there are questions to one service


class Read(Struct, frozen=True, kw_only=True):
    """The settings: a line for each, what is right of them, and all that is wrong."""

    lines: list[Said]
    values: Mapping[str, Any]
    problems: list[str]


class Place(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which AWS is asked, and as whom."""

    region: str
    profile: str | None  # None: none is named
    endpoints: dict[str, str]  # by service


class Opened(Struct, frozen=True, kw_only=True):
    """What is asked, and by what."""

    place: Place
    wanted: Wanted
    tools: Tools
    problem: str | None  # for which a worker would not start; AWS can be asked all the same


def read() -> Read:
    """Read all settings, also if some are wrong."""
    problems = []
    try:
        checked, from_file = settings.check(), of_the_file(os.environ)
    except Usage as exc:
        problems.append(str(exc))
        # The file is as good as none: what stands in the environment can be looked at all the same.
        del os.environ[CONFIG]
        checked, from_file = settings.check(), {}
    values = values_of(checked, environ=os.environ, from_file=from_file)
    # What is found is told by the command itself.
    configure(level=LogLevel.WARNING, log_format=values.get("log_format", LogFormat.AUTO), environ=os.environ)
    lines = said(checked, values, environ=os.environ, from_file=from_file, options=options.given())
    return Read(lines=lines, values=values, problems=[*problems, *(problem.line for problem in checked.problems)])


def opened(values: Mapping[str, Any]) -> Opened:
    """Make what asks. Raises Usage if there is no such profile, or no region."""
    session = clients.session(region=values.get("region") or os.environ.get("AWS_REGION"))
    aws, sts = clients.clients_of(session, connections=THREADS), clients.sts(session)
    problem = None
    try:
        fence_of(aws, os.environ)
    except Usage as exc:
        problem = str(exc)
    topics = [values.get("topic_arn"), *(rule.topic_arn for rule in values.get("rules", ()))]
    wanted = Wanted(
        queue_url=values.get("queue_url"),
        dead_queue_url=values.get("dead_queue_url"),
        table=values.get("table"),
        bucket=values.get("bucket") or None,
        topics=tuple(sorted({topic for topic in topics if topic})),
        visibility_timeout_s=values.get("visibility_timeout_s"),
        region=session.region_name,
    )
    tools = Tools(
        caller=Caller(sts),
        attributes=Attributes(aws.sqs),
        buckets=Buckets(aws.s3),
        table=None
        if wanted.table is None
        else Table(aws.dynamodb, wanted.table, sleep=time.sleep, jitter=random.random),
        alerts=Alerts(aws.sns),
        permission=Permission(aws.cloudwatch_put),
        metrics=Metrics(
            aws.cloudwatch_put_to_settle,
            aws.cloudwatch_read,
            environment=values.get("environment") or "unknown",  # whose marks are asked for does not matter
            fence=Fence(),
            monotonic=time.monotonic,
        ),
    )
    place = Place(
        region=session.region_name,
        profile=os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE"),
        endpoints=clients.endpoints(aws),
    )
    return Opened(place=place, wanted=wanted, tools=tools, problem=problem)
