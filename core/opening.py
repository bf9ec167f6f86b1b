"""What every door opens with: the clients of AWS that its settings name, their fence, and time and chance."""

import random
import time
import uuid
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from core.aws.clients import Clients, clients_of, session
from core.errors import Usage
from core.settings import LOCAL_FENCE, Settings
from core.writers import Fence, Nonce


class Surroundings(Struct, frozen=True, kw_only=True):
    """Time and chance, as a process gets them."""

    clock: Callable[[], float]  # seconds since the epoch
    monotonic: Callable[[], float]
    sleep: Callable[[float], object]
    random: random.Random
    nonce: Callable[[], Nonce]


def aws_of(chosen: Settings, environ: Mapping[str, str], *, threads: int) -> Clients:
    """Make the clients of a process, of which so many threads may call at once. Raises Usage if there is no region."""
    return clients_of(session(region=chosen.region or environ.get("AWS_REGION")), connections=threads)


def fence_of(aws: Clients, environ: Mapping[str, str]) -> Fence:
    """Answer the fence of what these clients sign. Raises Usage if somebody shortens it and may not."""
    return fence(environ, endpoints=[client.meta.endpoint_url for client in aws])


def fence(environ: Mapping[str, str], *, endpoints: list[str]) -> Fence:
    """Answer the fence of this process: the real one, unless the local cloud hands in another.

    Raises Usage if somebody shortens it where an endpoint is not on this machine's loopback: there a shorter fence
    would count errors twice.
    """
    text = environ.get(LOCAL_FENCE)
    if not text:
        return Fence()
    if far := [endpoint for endpoint in endpoints if not _on_loopback(endpoint)]:
        raise Usage(f"{LOCAL_FENCE} is for the local cloud alone, and {far[0]} is not on the loopback: unset it")
    try:
        return msgspec.json.decode(text, type=Fence)
    except msgspec.DecodeError as exc:
        raise Usage(f"{LOCAL_FENCE}: {exc}") from exc


def real_surroundings() -> Surroundings:
    """Answer the time and chance of this machine."""
    clock, sleep = time.time, time.sleep  # noqa: TID251 - handed on, for an entry point to hand down
    return Surroundings(clock=clock, monotonic=time.monotonic, sleep=sleep, random=random.SystemRandom(), nonce=nonce)


def nonce() -> Nonce:
    """Answer a name for one write."""
    return Nonce(str(uuid.uuid4()))


def _on_loopback(endpoint: str) -> bool:
    try:
        return ip_address(urlsplit(endpoint).hostname or "").is_loopback
    except ValueError:
        return False  # a name may be resolved to anywhere
