"""What every door opens with: the clients of AWS that its settings name, their fence, and time and chance."""

import random
import time
import uuid
from collections.abc import Callable, Mapping

from msgspec import Struct

from core import settings
from core.aws.clients import Clients, clients_of, session
from core.settings import Settings
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
    return settings.fence(environ, endpoints=[client.meta.endpoint_url for client in aws])


def real_surroundings() -> Surroundings:
    """Answer the time and chance of this machine."""
    clock, sleep = time.time, time.sleep  # noqa: TID251 - handed on, for an entry point to hand down
    return Surroundings(clock=clock, monotonic=time.monotonic, sleep=sleep, random=random.SystemRandom(), nonce=nonce)


def nonce() -> Nonce:
    """Answer a name for one write."""
    return Nonce(str(uuid.uuid4()))
