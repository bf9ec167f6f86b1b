"""The API's entry point: it reads the settings, asks who is let in, has the app made, and serves it."""

import errno
import math
import os
import signal
import socket
import sys
from typing import Final

import structlog
import uvicorn

from api.connections import Impatient
from api.entrance import entrance
from api.health import why_unhealthy
from api.parts import assemble, buckets_of
from core import few_settings, settings
from core.errors import Usage
from core.logs import configure
from core.opening import aws_of, fence_of, real_surroundings

log = structlog.get_logger()

BESIDE_READERS: Final = 24  # threads at most: for the parts of the page, for looks at a file, for /ready
NOT_TO_BE_HAD: Final = {
    errno.EADDRINUSE: "is taken",
    errno.EACCES: "is for root alone",
    errno.EADDRNOTAVAIL: "is not of this machine",
}


def run() -> None:
    """Serve until a signal stops it. Raises Usage if it can't begin."""
    chosen = settings.load()
    configure(level=chosen.log_level, log_format=chosen.log_format, environ=os.environ)
    let_in = entrance(chosen)
    aws = aws_of(chosen, os.environ, threads=chosen.api_analyses + BESIDE_READERS)
    app = assemble(chosen, aws, let_in=let_in, surroundings=real_surroundings(), fence=fence_of(aws, os.environ))
    with _listener(chosen.api_host, chosen.api_port) as listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            http=Impatient,
            ws="none",
            timeout_keep_alive=chosen.api_keep_alive_s,
            timeout_graceful_shutdown=math.ceil(chosen.drain_timeout_s),
        )
        log.info("api.started", host=chosen.api_host, port=listener.getsockname()[1], buckets=buckets_of(chosen))
        # When it has drained, uvicorn raises the signal once more, for whoever was there before it.
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, signal.SIG_IGN)
        uvicorn.Server(config).run([listener])
        log.info("api.stopped")
    # Whoever waited has an answer. A thread that AWS does not answer must not keep the process.
    sys.stderr.flush()
    os._exit(0)


def unhealthy() -> str | None:
    """Answer what is wrong with the API of this container; None if it answers."""
    address = few_settings.api_address()
    return why_unhealthy(address.api_host, address.api_port)


def _listener(host: str, port: int) -> socket.socket:
    """Answer a socket that listens. Raises Usage if there is none to be had."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        # Only a socket that says TCP gets TCP_NODELAY from asyncio; without it each answer takes 40 ms.
        listener = socket.socket(family, kind, proto)
    except socket.gaierror as exc:
        raise Usage(f"LOGTALLY_API_HOST={host} is no address of this machine: {exc.strerror}") from exc
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen()
    except OSError as exc:
        listener.close()
        if exc.errno not in NOT_TO_BE_HAD:
            raise
        what = "LOGTALLY_API_HOST" if exc.errno == errno.EADDRNOTAVAIL else "LOGTALLY_API_PORT"
        raise Usage(f"{what}: {host} port {port} {NOT_TO_BE_HAD[exc.errno]}: choose another") from exc
    return listener
