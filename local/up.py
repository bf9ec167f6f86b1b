"""The local cloud and a worker, running until somebody has seen enough."""

import errno
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from core.aws.metrics import LOG_ERRORS, METRIC_NAMESPACE
from core.errors import LogtallyError, Usage
from core.limits import FENCE_MARGIN_S, HOLD_S, MINUTE_S, SIGNATURE_AGE_S_MAX, VISIBILITY_S_MAX
from local.cloud import ACCESS_KEY_ID, HOST, SECRET_ACCESS_KEY, Cloud, running
from local.crew import FENCE, STOP_S_MAX, crew
from local.wiring import Wired, wire

THRESHOLD: Final = 3  # what one short line in a terminal can make
LOOK_S: Final = 0.2
FENCE_S: Final = sum(FENCE.values())
FENCE_MIN_ON_AWS: Final = (FENCE_MARGIN_S + SIGNATURE_AGE_S_MAX + HOLD_S) // MINUTE_S
NOT_TO_BE_HAD: Final = {errno.EADDRINUSE: "is taken", errno.EACCES: "is for root alone"}
SETTINGS: Final = {
    "LOGTALLY_THRESHOLD": str(THRESHOLD),
    "LOGTALLY_LINGER_S": "0.1",  # few files: the next command finds what this one did
    # An idle worker says nothing at this level, and a file is a few lines: whoever tries it wants to see those.
    "LOGTALLY_LOG_LEVEL": "info",
}

Tell = Callable[[str], None]


class WorkerEndedError(LogtallyError):
    """The worker is gone, and nobody killed it."""


def up(*, port: int, stop: threading.Event, tell: Tell, show: Tell) -> None:
    """Run a local cloud on `port` (0: a free one) and a worker until `stop` is set, then let the worker drain.

    `tell` gets words, `show` lines for a shell. Raises Usage if the port can't be had, and WorkerEndedError.
    """
    with _cloud(port) as cloud:
        wired = wire(cloud.session(), endpoint_url=cloud.endpoint)
        with crew(cloud, wired, settings=SETTINGS, to_terminal=True) as workers:
            worker = workers.start()
            _explain(cloud, wired, tell=tell, show=show)
            tell(
                f"The worker is process {worker.pid}. After kill -9 another one starts, and settles what that one left"
            )
            tell(f"within half a minute: fence and hold are {FENCE_S:.0f} s here, {FENCE_MIN_ON_AWS} minutes on AWS.")
            tell("Ctrl-C ends both.")
            while not stop.wait(LOOK_S):
                ended = worker.poll()
                if ended == -signal.SIGKILL:
                    worker = workers.start()
                    tell(f"The worker was killed. Another one starts: process {worker.pid}.")
                elif ended is not None:
                    raise WorkerEndedError(f"the worker ended by itself, with {ended}; its log above says why")
            tell("The worker drains.")
            if not workers.end():
                tell(f"It did not within {STOP_S_MAX} s, and was killed.")


def to_try(cloud: Cloud, wired: Wired) -> Iterator[tuple[str, str]]:
    """Yield the way of a file, step by step: each in words, and as a line for a shell."""
    # The endpoint stands in each line: in a terminal without the first one, none of them reaches a real account.
    aws = f"aws --endpoint-url {cloud.endpoint}"
    export = (
        f"export AWS_ACCESS_KEY_ID={ACCESS_KEY_ID} AWS_SECRET_ACCESS_KEY={SECRET_ACCESS_KEY}"
        f" AWS_DEFAULT_REGION={cloud.region} AWS_REGION={cloud.region} AWS_PAGER="
    )
    # Now: CloudWatch takes nothing that is older than two weeks. printf makes one line for each service.
    entry = """{"ts":"'$(date -u +%FT%TZ)'","service":"%s","level":"ERROR","msg":"db timeout"}"""
    put = f"printf '{entry}\\n' orders orders billing | {aws} s3 cp - s3://{wired.bucket}/app.jsonl"
    environment = wired.environment()["LOGTALLY_ENVIRONMENT"]
    read = (
        f"{aws} cloudwatch get-metric-statistics --namespace {METRIC_NAMESPACE} --metric-name {LOG_ERRORS}"
        f" --dimensions Name=Service,Value=orders Name=Environment,Value={environment} --statistics Sum --period 60"
        " --start-time $(date -u +%FT00:00Z) --end-time $(date -u +%FT23:59Z)"
    )
    # Hidden for so long, an alert is shown once: seen again, it would look as if it had rung twice.
    receive = (
        f"{aws} sqs receive-message --queue-url {wired.inbox_url} --wait-time-seconds 10"
        f" --visibility-timeout {VISIBILITY_S_MAX} --query 'Messages[].Body' --output text"
        """ | python3 -c 'import json, sys; [print(json.loads(x)["Message"]) for x in sys.stdin if x[0] == "{"]'"""
    )
    yield "In a second terminal, first, as the local cloud takes any credentials:", export
    yield f"1. Put a file with {THRESHOLD} errors, enough to ring:", put
    yield "2. See the errors of the service orders in CloudWatch:", read
    yield "3. Receive the alert, in a queue that is subscribed to the topic:", receive


def _explain(cloud: Cloud, wired: Wired, *, tell: Tell, show: Tell) -> None:
    tell(f"A local cloud at {cloud.endpoint}, and a worker that counts what is put into s3://{wired.bucket}.")
    tell("Whatever speaks to AWS can use it by that endpoint. With the AWS CLI (pip install awscli):")
    for words, line in to_try(cloud, wired):
        tell("")
        tell(words)
        show(line)
    tell("")


@contextmanager
def _cloud(port: int) -> Iterator[Cloud]:
    with ExitStack() as stack:
        try:
            # The fence of the workers is a promise about the age that the cloud allows.
            cloud = stack.enter_context(running(port=port, signature_age_s=FENCE["signature_age_s"]))
        except OSError as exc:
            if exc.errno not in NOT_TO_BE_HAD:
                raise
            why = NOT_TO_BE_HAD[exc.errno]
            raise Usage(f"port {port} of {HOST} {why}: choose another with --port; 0 is a free one") from exc
        yield cloud
