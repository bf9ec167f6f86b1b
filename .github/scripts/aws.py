"""AWS, as the scripts ask it: few calls, each of which may be repeated."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from step import Failed

CONFIG: Final = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5})


def client(service: str) -> Any:
    """Answer a client, for the account and region of the environment."""
    return boto3.client(service, config=CONFIG)  # type: ignore[call-overload]  # any service


@contextmanager
def failures_said() -> Iterator[None]:
    """Raise Failed for what AWS refuses, or does not answer."""
    try:
        yield
    except (BotoCoreError, ClientError) as exc:
        raise Failed(str(exc)) from exc
