"""A whole cloud in this process, on a free port of the loopback."""

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from time import sleep, time
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import boto3
import botocore.session
import uvicorn

from local import engine
from local.calls import Calls
from local.engine import Engine, Resources
from local.faults import Faults
from local.metric_data import MetricDatum
from local.metrics import Delay
from local.seam import Seam
from local.wire import Scope

if TYPE_CHECKING:
    from local.wiring import Wired

HOST: Final = "127.0.0.1"
SIGNATURE_AGE_S: Final = 300.0  # AWS's
ACCESS_KEY_ID: Final = "LOCALFAKELOCALFAKE00"
SECRET_ACCESS_KEY: Final = "fake-and-only-good-for-the-local-cloud"  # noqa: S105 - says itself that it is none
START_S_MAX: Final = 10.0
STOP_S_MAX: Final = 10.0
OF_A_SESSION: Final = "logtally-local-session"  # in the User-Agent of `Cloud.session`, and of no worker

_one_at_a_time = threading.Lock()


class Cloud:
    """A running cloud. Other processes use it by `endpoint`, with any credentials."""

    def __init__(self, seam: Seam, *, port: int, clock: Callable[[], float]) -> None:
        self.endpoint = f"http://{HOST}:{port}"
        self.region = engine.REGION
        self.clock = clock
        self._seam = seam
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def calls(self) -> Calls:
        """What was called."""
        return self._seam.calls

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self._seam.faults

    @property
    def accepted(self) -> Sequence[MetricDatum]:
        """All data that CloudWatch accepted, readable or not, by arrival."""
        return tuple(self._seam.metrics.accepted)

    def delay_metrics(self, delay: float | Delay, *, in_order: bool = True) -> None:
        """Let what is accepted from now on be readable only after `delay`: seconds, or a function of the data.

        `in_order`: what was accepted earlier is never readable later; False: each by its own delay.
        """
        self._seam.metrics.delay = delay
        self._seam.metrics.in_order = in_order

    @property
    def missing_is_denied(self) -> bool:
        """Whether a missing object is 403 and not 404, as without `s3:ListBucket`."""
        return self._seam.missing_is_denied

    @missing_is_denied.setter
    def missing_is_denied(self, value: bool) -> None:
        self._seam.missing_is_denied = value

    @property
    def signature_age_s(self) -> float:
        """How old a signature may be."""
        return self._seam.signature_age_s

    @signature_age_s.setter
    def signature_age_s(self, seconds: float) -> None:
        self._seam.signature_age_s = seconds

    def session(self) -> boto3.Session:
        """Answer a session with fake credentials. Its clients need `endpoint_url=cloud.endpoint`.

        It looks at nobody's profile, nor at their files.
        """
        nobodys = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
                "ca_bundle": (None, None, None, None),
            }
        )
        nobodys.user_agent_extra = OF_A_SESSION
        return boto3.Session(
            botocore_session=nobodys,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            region_name=self.region,
        )

    def environment(
        self, wired: "Wired | None" = None, *, inherited: Mapping[str, str] = MappingProxyType({})
    ) -> dict[str, str]:
        """Answer the environment of a process that shall use this cloud, and what is wired in it.

        `inherited`: the environment that it gets besides, without whatever there is about AWS in it.
        """
        kept = {name: value for name, value in inherited.items() if not name.startswith("AWS_")}
        fake = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return kept | fake | (wired.environment() if wired else {})

    def resources(self) -> Resources:
        """Answer what is wired, without the content of buckets: for a quick `reset` to just that."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(self._seam.resources(), self._loop).result()

    def reset(self, resources: Resources | None = None) -> None:
        """Forget everything: resources (but these), calls, faults, metrics. The clock goes on."""
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._seam.reset(resources), self._loop).result()


@contextmanager
def running(
    *, clock: Callable[[], float] = time, signature_age_s: float = SIGNATURE_AGE_S, port: int = 0
) -> Iterator[Cloud]:
    """Run a cloud while the block runs: empty at its start, forgotten at its end. One at a time in a process.

    `clock`: seconds since the epoch; the Date of answers, the age of signatures, visibility timeouts and when metrics
    become readable follow it. `port` 0: a free one.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise RuntimeError("a local cloud is running in this process already")
    try:
        seam = Seam(Engine(engine.load(clock)), clock, signature_age_s=signature_age_s)
        # Only a socket that says TCP gets TCP_NODELAY from asyncio; without it each answer takes 40 ms.
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port))
            cloud = Cloud(seam, port=listener.getsockname()[1], clock=clock)
            with _served(seam, listener, cloud):
                yield cloud
    finally:
        _one_at_a_time.release()


@contextmanager
def _served(seam: Seam, listener: socket.socket, cloud: Cloud) -> Iterator[None]:
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    server = uvicorn.Server(
        uvicorn.Config(
            seam,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
    )

    def hang_up(scope: Scope, *, at_once: bool) -> None:
        for connection in server.server_state.connections:
            if getattr(connection, "client", None) == scope["client"]:
                transport: asyncio.Transport = connection.transport
                transport.abort() if at_once else transport.close()

    seam.abort = partial(hang_up, at_once=True)
    seam.close = partial(hang_up, at_once=False)

    async def serve() -> None:
        cloud._loop = asyncio.get_running_loop()  # noqa: SLF001 - made here, as a whole
        await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="local-cloud", daemon=True)
    thread.start()
    _wait(lambda: server.started, seconds=START_S_MAX)
    cloud.reset()
    try:
        yield
    finally:
        assert cloud._loop is not None  # noqa: SLF001 - see above
        asyncio.run_coroutine_threadsafe(seam.leave(), cloud._loop).result(STOP_S_MAX)  # noqa: SLF001 - see above
        server.should_exit = True
        thread.join(STOP_S_MAX)
        assert not thread.is_alive()


def _wait(happened: Callable[[], bool], *, seconds: float) -> None:
    deadline = time() + seconds
    while not happened():
        if time() > deadline:
            raise TimeoutError("the local cloud did not start")
        sleep(0.01)
