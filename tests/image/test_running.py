"""The image at work, as worker, as API and as a command: with nothing to write to but /tmp, and no capabilities."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import boto3
import pytest

from core.aws import clients
from local.cloud import Cloud
from local.faults import Fault, Slow
from local.wiring import Wired, wire
from tests.e2e.workers import within
from tests.http_server import Client
from tests.image.conftest import REVISION, Image
from tests.image.engine import Container

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("image")]

TOKEN = "token-of-a-test-" + "0" * 32
THREE = b'{"ts":"%s","service":"orders","level":"ERROR"}\n' * 3


@pytest.fixture(scope="module")
def cloud(served: tuple[Cloud, object]) -> Cloud:
    """That of this process: a container is on the network of this machine."""
    cloud, _ = served
    return cloud


@pytest.fixture
def wired(cloud: Cloud, aws: boto3.Session) -> Wired:
    cloud.reset()
    return wire(aws, endpoint_url=cloud.endpoint)


def _put(cloud: Cloud, wired: Wired, aws: boto3.Session, key: str) -> None:
    body = THREE.replace(b"%s", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}".encode())
    clients.s3(aws, endpoint_url=cloud.endpoint).put_object(Bucket=wired.bucket, Key=key, Body=body)


def _counted(cloud: Cloud) -> int:
    return sum(int(datum.sum) for datum in cloud.accepted if datum.metric == "logErrors")


def _health(image: Image, container: Container) -> int:
    told = image.engine.inspect(image.tag)
    # Podman has it beside the rest, Docker among it.
    test = (told.get("Healthcheck") or told["Config"]["Healthcheck"])["Test"]
    return container.execute(*test[1:])


@contextmanager
def _worker(image: Image, cloud: Cloud, wired: Wired) -> Iterator[Container]:
    environment = cloud.environment(wired) | {"LOGTALLY_LINGER_S": "0.2"}
    with image.engine.running(image.tag, "logtally", "worker", environment=environment) as container:
        yield container


@contextmanager
def _api(image: Image, cloud: Cloud, wired: Wired) -> Iterator[tuple[Container, Client]]:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = cloud.environment(wired) | {"LOGTALLY_API_PORT": port, "LOGTALLY_API_TOKEN": TOKEN}
    with image.engine.running(image.tag, environment=environment) as container, within(30) as until:
        until(lambda: "api.started" in container.log())
        yield container, Client(f"http://127.0.0.1:{port}")


def test_a_worker_counts_a_file(image: Image, cloud: Cloud, wired: Wired, aws: boto3.Session) -> None:
    """And is healthy, and ends by itself when it is asked to."""
    with _worker(image, cloud, wired) as container, within(60) as until:
        _put(cloud, wired, aws, "a.jsonl")
        until(lambda: _counted(cloud) == 3)
        healthy = _health(image, container)
        user = image.engine.ask("exec", container.name, "id", "--user").strip()
        ended = container.stop()

    assert (healthy, user, ended, _counted(cloud)) == (0, "10001", 0, 3)


def test_a_worker_that_is_stopped_finishes_what_it_has_in_hand(
    image: Image, cloud: Cloud, wired: Wired, aws: boto3.Session
) -> None:
    """It is in the middle of a file."""
    with _worker(image, cloud, wired) as container, within(60) as until:
        with cloud.faults.inject(Fault(service="s3", operation="GetObject", kind=Slow(2))):
            _put(cloud, wired, aws, "a.jsonl")
            until(lambda: cloud.calls.count("s3", "GetObject") == 1)
            before = _counted(cloud)
            ended = container.stop()
        log = container.log()

    assert (before, ended, _counted(cloud)) == (0, 0, 3)
    assert "worker.stopped" in log


def test_the_api_answers_whoever_has_a_token(image: Image, cloud: Cloud, wired: Wired, aws: boto3.Session) -> None:
    """It is what the image runs unless it is told otherwise, and says of which commit it is."""
    _put(cloud, wired, aws, "a.jsonl")
    path = f"/analyze?bucket={wired.bucket}&prefix=a&threshold=3"
    with _api(image, cloud, wired) as (container, client):
        health = client.ask("/health").json
        stranger = client.ask(path).status
        answer = client.ask(path, headers={"Authorization": f"Bearer {TOKEN}"}).json
        healthy = _health(image, container)
        ended = container.stop()

    assert (health["status"], health["commit"]) == ("ok", REVISION)
    assert (stranger, answer["total"], answer["alert"]) == (401, 3, True)
    assert (healthy, ended) == (0, 0)


def test_an_api_without_a_token_says_what_to_add(image: Image, cloud: Cloud, wired: Wired) -> None:
    """Whoever used it without one must know."""
    done = image.engine.once(image.tag, environment=cloud.environment(wired))

    assert done.returncode == 2
    assert "LOGTALLY_API_TOKEN" in done.stderr


def test_without_any_setting_it_says_which_are_missing(image: Image) -> None:
    """A line each."""
    done = image.engine.once(image.tag, environment={})

    assert done.returncode == 2
    assert "LOGTALLY_QUEUE_URL is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_runs_in_it(image: Image, cloud: Cloud, wired: Wired, aws: boto3.Session) -> None:
    """As on any machine."""
    _put(cloud, wired, aws, "a.jsonl")
    words = ["analyze", f"s3://{wired.bucket}/a.jsonl", "--threshold", "3"]
    done = image.engine.once(image.tag, *words, environment=cloud.environment())

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["total"] == 3


def test_what_neither_works_nor_serves_is_not_healthy(image: Image) -> None:
    """Nobody asks about the health of a command; but a worker that has gone must not look well."""
    with image.engine.running(image.tag, "sleep", "60", environment={}) as container:
        assert _health(image, container) == 1
