"""The API over real HTTP, in this process, over this process's cloud."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
import structlog

from core.aws import clients
from core.aws.objects import Objects
from core.intake import take_in
from core.model import Bucket, ETag, ObjectCreated, ObjectKey, ObjectRef, Rule
from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import Wired, wire
from tests.api_app import api_app
from tests.e2e.hands import ENVIRONMENT, Hands
from tests.http_server import Client, over_http

Serve = Callable[..., Client]


LINES = b"""\
{"ts":"2025-09-15T12:00:00Z","service":"orders","level":"ERROR"}
{"ts":"2025-09-15T12:00:01Z","service":"orders","level":"INFO"}
{"ts":"2025-09-15T12:00:02.5Z","service":"billing","level":"ERROR"}
not JSON
"""


def lately(clock: VirtualClock) -> bytes:
    """Answer the same lines of this hour: CloudWatch takes no old ones."""
    return LINES.replace(b"2025-09-15T12", f"{datetime.fromtimestamp(clock(), UTC):%Y-%m-%dT%H}".encode())


@pytest.fixture(scope="module")
def serve(served: tuple[Cloud, VirtualClock]) -> Iterator[Serve]:
    """Answer what serves the API with some settings besides those that name what is wired."""
    cloud, clock = served
    cloud.reset()
    aws = cloud.session()
    wired = wire(aws, endpoint_url=cloud.endpoint)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with ExitStack() as stack:
        stack.callback(structlog.reset_defaults)

        def serve(**settings: Any) -> Client:
            app = api_app(cloud, clock, aws, wired, **{"environment": ENVIRONMENT} | settings)
            return stack.enter_context(over_http(app))

        yield serve


@pytest.fixture(scope="module")
def on_this_machine(serve: Serve) -> Client:
    """Ask an API that needs no token, since it listens on the loopback."""
    return serve()


@pytest.fixture
def api(on_this_machine: Client, wired: Wired) -> Client:
    """The same, over a cloud that has just been wired."""
    return on_this_machine


class Files:
    """Puts files, and counts them as a worker does."""

    def __init__(self, cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> None:
        self.hand = Hands(cloud=cloud, clock=clock, aws=aws, wired=wired).new()
        self._clock = clock
        self._objects = Objects(clients.s3(aws, endpoint_url=cloud.endpoint))
        self._s3 = clients.s3(aws, endpoint_url=cloud.endpoint)
        self._wired = wired

    def put(self, key: str, body: bytes) -> ObjectRef:
        """Put a file."""
        told = self._s3.put_object(Bucket=self._wired.bucket, Key=key, Body=body)
        return ObjectRef(bucket=Bucket(self._wired.bucket), key=ObjectKey(key), etag=ETag(told["ETag"].strip('"')))

    def intend(self, ref: ObjectRef) -> None:
        """Bring a file into the ledger."""
        rules = [Rule(name="default", threshold=10)]
        entry = take_in(
            ObjectCreated(ref=ref),
            head=None,
            objects=self._objects,
            rules=rules,
            topic_arn=self._wired.topic_arn,
            clock=self._clock,
        )
        self.hand.pusher.intend([entry])

    def count(self, ref: ObjectRef) -> None:
        """Count a file, to the end."""
        self.intend(ref)
        self.hand.pusher.finish()
        self.hand.pusher.rest(release=True)


@pytest.fixture
def files(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> Files:
    return Files(cloud, clock, aws, wired)
