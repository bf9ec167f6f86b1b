"""The local cloud, a worker and the API, running until somebody has seen enough."""

import errno
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Final

from core.aws import clients
from core.aws.metrics import LOG_ERRORS, METRIC_NAMESPACE
from core.config_file import CONFIG
from core.errors import LogtallyError, Usage
from core.limits import FENCE_MARGIN_S, HOLD_S, MINUTE_S, SIGNATURE_AGE_S_MAX, VISIBILITY_S_MAX
from local.cloud import ACCESS_KEY_ID, HOST, SECRET_ACCESS_KEY, Cloud, running
from local.crew import FENCE, STOP_S_MAX, crew
from local.left import messages_left, pushes_left
from local.sample import fill
from local.wiring import Wired, wire

THRESHOLD: Final = 3  # what one short line in a terminal can make
SERVICE: Final = "checkout"  # of none of the logs that are there from the start
KEY: Final = "app.jsonl"
LOOK_S: Final = 0.2
FILL_S_MAX: Final = 20.0
FENCE_S: Final = sum(FENCE.values())
FENCE_MIN_ON_AWS: Final = (FENCE_MARGIN_S + SIGNATURE_AGE_S_MAX + HOLD_S) // MINUTE_S
NOT_TO_BE_HAD: Final = {errno.EADDRINUSE: "is taken", errno.EACCES: "is for root alone"}
SETTINGS: Final[Mapping[str, str]] = {
    "LOGTALLY_THRESHOLD": str(THRESHOLD),
    "LOGTALLY_LINGER_S": "0.1",  # few files: the next command finds what this one did
    # An idle worker says nothing at this level, and a file is a few lines: whoever tries it wants to see those.
    "LOGTALLY_LOG_LEVEL": "info",
}

Tell = Callable[[str], None]


class WorkerEndedError(LogtallyError):
    """The worker or the API is gone, and nobody killed it."""


def up(
    *, port: int, api_port: int, logs: bool, settings: Mapping[str, str], stop: threading.Event, tell: Tell, show: Tell
) -> None:
    """Run a local cloud on `port`, a worker, and the API on `api_port`, until `stop` is set; then let both drain.

    Port 0 is a free one. `logs`: some are there from the start. `settings`: of worker and API, besides what makes them
    of this cloud. `tell` gets words, `show` lines for a shell. Raises Usage if a port can't be had, and
    WorkerEndedError.
    """
    with _cloud(port) as cloud:
        wired = wire(cloud.session(), endpoint_url=cloud.endpoint)
        api_port = _port(api_port, "--api-port")
        with crew(cloud, wired, settings={**_plain(settings), **settings}, to_terminal=True) as processes:
            worker = processes.start()
            api = processes.start("api", LOGTALLY_API_PORT=str(api_port), LOGTALLY_LOG_LEVEL="warning")
            if logs:
                _fill(cloud, wired, stop)
            _explain(cloud, wired, api_port=api_port, logs=logs, tell=tell, show=show)
            if settings:
                tell(f"What rings is as you set it: {', '.join(sorted(settings))}.")
            tell(
                f"The worker is process {worker.pid}. After kill -9 another one starts, and settles what that one left"
            )
            tell(f"within half a minute: fence and hold are {FENCE_S:.0f} s here, {FENCE_MIN_ON_AWS} minutes on AWS.")
            tell("Ctrl-C ends all of it.")
            while not stop.wait(LOOK_S):
                ended = worker.poll()
                if ended == -signal.SIGKILL:
                    worker = processes.start()
                    tell(f"The worker was killed. Another one starts: process {worker.pid}.")
                elif ended is not None:
                    raise WorkerEndedError(f"the worker ended by itself, with {ended}; its log above says why")
                if api.poll() is not None:
                    raise WorkerEndedError(f"the API ended by itself, with {api.poll()}; its log above says why")
            tell("The worker drains.")
            if not processes.end():
                tell(f"It did not within {STOP_S_MAX} s, and was killed.")


def _plain(settings: Mapping[str, str]) -> dict[str, str]:
    """Answer what is not said by `settings`. A file that they name says its own threshold, or means any worker's."""
    return {name: value for name, value in SETTINGS.items() if CONFIG not in settings or name != "LOGTALLY_THRESHOLD"}


def to_try(cloud: Cloud, wired: Wired, *, api_port: int) -> Iterator[tuple[str, str]]:
    """Yield the way of a file, step by step: each in words, and as a line for a shell."""
    # The endpoint stands in each line: in a terminal without the first one, none of them reaches a real account.
    aws = f"aws --endpoint-url {cloud.endpoint}"
    names = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_REGION": cloud.region,
        "AWS_PAGER": "",
        "AWS_ENDPOINT_URL": cloud.endpoint,
        **wired.environment(),
    }
    export = "export " + " ".join(f"{name}={value}" for name, value in names.items())
    # Now: CloudWatch takes nothing that is older than two weeks. printf makes one line for each service.
    entry = """{"ts":"'$(date -u +%FT%TZ)'","service":"%s","level":"ERROR","msg":"db timeout"}"""
    put = f"printf '{entry}\\n' {SERVICE} {SERVICE} search | {aws} s3 cp - s3://{wired.bucket}/{KEY}"
    environment = wired.environment()["LOGTALLY_ENVIRONMENT"]
    read = (
        f"{aws} cloudwatch get-metric-statistics --namespace {METRIC_NAMESPACE} --metric-name {LOG_ERRORS}"
        f" --dimensions Name=Service,Value={SERVICE} Name=Environment,Value={environment} --statistics Sum --period 60"
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
    yield f"2. See the errors of the service {SERVICE} in CloudWatch:", read
    yield "3. Receive the alert, in a queue that is subscribed to the topic:", receive
    ask = f"http://{HOST}:{api_port}/analyze?bucket={wired.bucket}&prefix={KEY}&threshold={THRESHOLD}"
    yield "4. Ask the API about the file:", f"curl '{ask}'"
    yield "5. Ask the ledger why the graph shows what it shows:", f"logtally ledger show s3://{wired.bucket}/{KEY}"


def _explain(cloud: Cloud, wired: Wired, *, api_port: int, logs: bool, tell: Tell, show: Tell) -> None:
    tell(f"A local cloud at {cloud.endpoint}, and a worker that counts what is put into s3://{wired.bucket}.")
    page = f"http://{HOST}:{api_port}/"
    tell(f"A page to look at: {page}" + (" with some hours of a small shop's logs." if logs else ""))
    tell("Whatever speaks to AWS can use the cloud by that endpoint. With the AWS CLI (pip install awscli):")
    for words, line in to_try(cloud, wired, api_port=api_port):
        tell("")
        tell(words)
        show(line)
    tell("")


def _fill(cloud: Cloud, wired: Wired, stop: threading.Event) -> None:
    """Let some logs be counted, and take their alerts away: step 3 shows that of the file of step 1."""
    fill(cloud, wired)
    aws = cloud.session()
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
    dynamodb = clients.dynamodb(aws, endpoint_url=cloud.endpoint)
    deadline = time.monotonic() + FILL_S_MAX
    while messages_left(sqs, wired.queue_url) or pushes_left(dynamodb, wired.table):
        if stop.wait(LOOK_S) or time.monotonic() > deadline:
            return  # somebody wants to leave; or it takes longer than anybody waits, and goes on
    sqs.purge_queue(QueueUrl=wired.inbox_url)


@contextmanager
def _cloud(port: int) -> Iterator[Cloud]:
    with ExitStack() as stack:
        with _had(port, "--port"):
            # The fence of the workers is a promise about the age that the cloud allows.
            cloud = stack.enter_context(running(port=port, signature_age_s=FENCE["signature_age_s"]))
        yield cloud


def _port(port: int, option: str) -> int:
    """Answer a port that another process can have now."""
    with _had(port, option), socket.socket() as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trying.bind((HOST, port))
        number: int = trying.getsockname()[1]
        return number


@contextmanager
def _had(port: int, option: str) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        if exc.errno not in NOT_TO_BE_HAD:
            raise
        why = NOT_TO_BE_HAD[exc.errno]
        raise Usage(f"port {port} of {HOST} {why}: choose another with {option}; 0 is a free one") from exc
