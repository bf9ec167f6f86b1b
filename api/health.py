"""Whether an API on this machine answers: what a container's health check asks."""

from http.client import HTTPConnection, HTTPException
from typing import Final

TIMEOUT_S: Final = 4.0  # less than Docker and ECS wait for the command

# Whoever listens on all addresses is asked on the loopback.
LOOPBACKS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here


def why_unhealthy(host: str, port: int) -> str | None:
    """Ask the API that listens there for `/health`. Answer what is wrong; None if it is well."""
    host = LOOPBACKS.get(host, host)
    connection = HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, HTTPException) as exc:
        return f"no API answers on {host} port {port}: {exc}"
    finally:
        connection.close()
    return None if status == 200 else f"the API on {host} port {port} answers {status}"
