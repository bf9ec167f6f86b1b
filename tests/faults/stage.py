"""What a process that carries out schedules needs once: a cloud, its time, and an SDK that follows it."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import botocore.auth
import botocore.endpoint
import pytest
import structlog

from local.clock import VirtualClock
from local.cloud import Cloud, running
from tests.faults.world import Stage


class _NoWait(ModuleType):
    """The `time` module, in which the SDK's backoff takes no time."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    @staticmethod
    def sleep(_seconds: float) -> None:
        """Wait for nothing."""


@contextmanager
def set_up() -> Iterator[Stage]:
    """Run a cloud while the block runs. One at a time in a process."""
    clock = VirtualClock()
    with running(clock=clock) as cloud, staged(cloud, clock) as stage:
        yield stage


@contextmanager
def staged(cloud: Cloud, clock: VirtualClock) -> Iterator[Stage]:
    """Let the SDK sign by this clock, and wait for nothing, while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: datetime.fromtimestamp(clock(), UTC))
        patch.setattr(botocore.endpoint, "time", _NoWait("time"))
        # A schedule is told by its calls: what the workers log in ten thousand of them tells nobody anything.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        try:
            yield Stage(cloud, clock, cloud.session())
        finally:
            structlog.reset_defaults()
