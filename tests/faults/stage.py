"""What a process that carries out schedules needs once: a cloud, its time, and an SDK that follows it."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import boto3
import botocore.auth
import botocore.endpoint
import pytest
import structlog
from msgspec import Struct, field

from core.aws.clients import Clients, clients_of, cloudwatch_put, cloudwatch_read
from local.clock import VirtualClock
from local.cloud import Cloud, running
from local.engine import Resources
from local.wiring import Wired, wire
from tests.faults.meddler import Hooks, Meddler


class Stage(Struct):
    """What is made once in a process: the cloud, its time, and clients."""

    cloud: Cloud
    clock: VirtualClock
    aws: boto3.Session
    made: dict[str, tuple[Hooks, Clients]] = field(default_factory=dict)
    own: Clients | None = None  # nobody meddles with them
    wired: tuple[Wired, Resources] | None = None

    def wire(self) -> Wired:
        """Empty the cloud, but for the product's resources."""
        if self.wired is None:
            self.cloud.reset()
            made = wire(self.aws, endpoint_url=self.cloud.endpoint)
            self.clients().sqs.purge_queue(QueueUrl=made.queue_url)  # the test event
            self.wired = made, self.cloud.resources()
        made, resources = self.wired
        self.cloud.reset(resources)
        return made

    def clients(self) -> Clients:
        """Answer the test's own clients."""
        self.own = self.own or clients_of(self.aws, endpoint_url=self.cloud.endpoint)
        return self.own

    def clients_of(self, name: str, meddler: Meddler, *, sdk_retries: bool = False) -> Clients:
        """Answer the clients of a worker of this name. Connections are reused, as a process does.

        `sdk_retries`: those that push repeat what has no answer, as they would by themselves.
        """
        if name not in self.made:
            hooks = Hooks(name)
            made = clients_of(self.aws, endpoint_url=self.cloud.endpoint)
            sqs = [made.sqs, made.sqs_receive, made.sqs_once]
            hooks.attach([made.s3, *sqs, made.dynamodb, made.cloudwatch_read, made.sns])
            self.made[name] = hooks, made
        hooks, made = self.made[name]
        hooks.meddler = meddler
        # A process puts its fence on these: each has its own.
        client = cloudwatch_read if sdk_retries else cloudwatch_put
        put, to_settle = (client(self.aws, endpoint_url=self.cloud.endpoint) for _ in range(2))
        hooks.attach([put, to_settle])
        return made._replace(cloudwatch_put=put, cloudwatch_put_to_settle=to_settle)


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
