"""The verification of a deployment, against the local cloud with a worker and an API that are processes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from fastapi import FastAPI
from msgspec import Struct

from core.aws import clients
from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.workers import Workers, messages_left, worker_processes
from tests.http_server import over_http
from tests.pipeline.steps import GITHUB, Done, carried_out, step_named

pytestmark = pytest.mark.slow

SHA = "0123456789abcdef0123456789abcdef01234567"
STARTED = re.compile(rb'"port": (\d+).*"event": "api.started"')
SERVICES = {"worker": "logtally-dev-worker", "api": "logtally-dev-api"}
TASKS = {role: f"arn:aws:ecs:eu-west-1:1:task-definition/{name}:2" for role, name in SERVICES.items()}
NOBODY = "http://127.0.0.1:9"
OLD = "arn:aws:ecs:eu-west-1:1:task-definition/logtally-dev-worker:1"
DEPLOY = GITHUB / "workflows" / "deploy.yml"
VERIFY = step_named(DEPLOY, "Verify")["run"]


class Deployed(Struct, frozen=True):
    """What stands for a deployed environment: the outputs of infra/app, and the variables that reach it."""

    outputs: dict[str, Any]
    environment: dict[str, str]
    canary_rule: str


@pytest.fixture
def deployed(cloud: Cloud, wired: Wired, aws: boto3.Session) -> Deployed:
    sqs, sns = clients.sqs(aws, endpoint_url=cloud.endpoint), clients.sns(aws, endpoint_url=cloud.endpoint)
    topic = sns.create_topic(Name="canary")["TopicArn"]
    queue = sqs.create_queue(QueueName="canary")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    outputs = {
        "services": {
            "cluster": "logtally-dev",
            **{role: {"service": SERVICES[role], "task_definition": TASKS[role]} for role in SERVICES},
        },
        "canary": {
            "prefix": "logtally-canary/",
            "suffix": ".canary",
            "service": "logtally-canary",
            "queue_url": queue,
        },
        "bucket": wired.bucket,
        "settings": wired.environment(),
        "cloudfront_domain": "nowhere.invalid",
    }
    rule = {
        "name": "canary",
        "prefix": "logtally-canary/",
        "threshold": 1,
        "levels": ["ERROR"],
        "grown": "replace",
        "topic_arn": topic,
    }
    return Deployed(outputs, cloud.environment(wired), json.dumps([rule, {"name": "default"}]))


@contextmanager
def _ecs(*services: dict[str, Any]) -> Iterator[str]:
    """A stand-in for ECS, which tells of these services: nothing here starts tasks."""
    told = FastAPI()
    told.add_api_route("/", lambda: {"services": services}, methods=["POST"])
    with over_http(told) as client:
        yield client.url


def _service(role: str, **told: object) -> dict[str, Any]:
    """Answer a service that is as it should be, but for what is told."""
    return {
        "serviceName": SERVICES[role],
        "desiredCount": 2,
        "runningCount": 2,
        "deployments": [_deployment(TASKS[role])],
        **told,
    }


def _deployment(task_definition: str, **told: object) -> dict[str, object]:
    return {"status": "PRIMARY", "taskDefinition": task_definition, "rolloutState": "COMPLETED", **told}


@pytest.fixture
def workers(cloud: Cloud, wired: Wired, deployed: Deployed, tmp_path: Path) -> Iterator[Workers]:
    with worker_processes(cloud, wired, threshold=10, folder=tmp_path) as workers:
        workers.environment["LOGTALLY_RULES"] = deployed.canary_rule
        yield workers


@contextmanager
def _api(deployed: Deployed, *, commit: str = SHA) -> Iterator[str]:
    environment = {"PATH": os.environ["PATH"], **deployed.environment, "LOGTALLY_API_PORT": "0"}
    command = [sys.executable, "-m", "cli", "api"]
    with subprocess.Popen(command, env=environment | {"LOGTALLY_COMMIT": commit}, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            found = STARTED.search(process.stderr.readline())
            assert found
            yield f"http://127.0.0.1:{int(found[1])}"
        finally:
            process.kill()


def _verified(
    deployed: Deployed, folder: Path, *, url: str, patience_s: float = 60, run: str = VERIFY, **variables: str
) -> Done:
    outputs = folder / "outputs.json"
    outputs.write_text(json.dumps({name: {"value": value} for name, value in deployed.outputs.items()}))
    told = {"OUTPUTS": str(outputs), "COMMIT": SHA, "API_URL": url, "PATIENCE_S": str(patience_s)}
    with _ecs(_service("worker"), _service("api")) as ecs:
        told["AWS_ENDPOINT_URL_ECS"] = ecs
        return carried_out(run, folder=folder, variables=deployed.environment | told | variables)


def test_a_deployment_that_works_is_verified(
    deployed: Deployed, cloud: Cloud, wired: Wired, aws: boto3.Session, workers: Workers, tmp_path: Path
) -> None:
    """Its file is counted, and rings where it wakes nobody."""
    workers.start()
    with _api(deployed) as url:
        done = _verified(deployed, tmp_path, url=url)
        again = _verified(deployed, tmp_path, url=url)

    assert (done.code, again.code) == (0, 0), done.log + again.log
    assert done.summary == "- services: well\n- health: well\n- canary: well\n"
    assert {datum.dimensions["Service"] for datum in cloud.accepted if datum.metric == "logErrors"} == {
        "logtally-canary"
    }
    assert messages_left(wired.inbox_url, aws, cloud.endpoint) == 0


def test_what_was_rolled_back_to_is_verified_and_said(deployed: Deployed, workers: Workers, tmp_path: Path) -> None:
    """By its own commit. Where there is none, that is said."""
    run = step_named(DEPLOY, "Verify what was rolled back to")["run"]
    workers.start()
    with _api(deployed) as url:
        done = _verified(deployed, tmp_path, url=url, run=run)
    not_back = carried_out(step_named(DEPLOY, "Say that nothing was rolled back")["run"], folder=tmp_path, variables={})

    assert done.code == 0, done.log
    assert done.summary.splitlines()[0] == f"Rolled back to {SHA}:"
    assert done.summary.splitlines()[-1] == "- canary: well"
    assert not_back.summary.startswith("**Not rolled back**")


def test_without_a_worker_the_canary_does_not_ring(deployed: Deployed, tmp_path: Path) -> None:
    """What failed is named."""
    with _api(deployed) as url:
        done = _verified(deployed, tmp_path, url=url, patience_s=1)

    assert done.code == 1
    assert done.log.splitlines()[-1].startswith("::error::canary: no alert of s3://")
    assert done.summary.splitlines()[-1].startswith("- **canary**: no alert of s3://")


def test_a_worker_with_other_rules_does_not_ring_for_the_canary(
    deployed: Deployed, workers: Workers, tmp_path: Path
) -> None:
    """Its threshold is ten."""
    workers.environment["LOGTALLY_RULES"] = "[]"
    workers.start()
    with _api(deployed) as url:
        done = _verified(deployed, tmp_path, url=url, patience_s=5)

    assert (done.code, "canary: no alert of" in done.log) == (1, True)


def test_an_alert_without_its_error_in_cloudwatch_is_not_enough(
    deployed: Deployed, workers: Workers, tmp_path: Path
) -> None:
    """The number on the graph is what it is for."""
    deployed.outputs["settings"] = deployed.outputs["settings"] | {"LOGTALLY_ENVIRONMENT": "another"}
    workers.start()
    with _api(deployed) as url:
        done = _verified(deployed, tmp_path, url=url, patience_s=5)

    assert done.code == 1
    assert done.log.splitlines()[-1].startswith("::error::canary: the error of s3://")


def test_what_others_left_in_the_queue_is_left_there(
    deployed: Deployed, cloud: Cloud, aws: boto3.Session, workers: Workers, tmp_path: Path
) -> None:
    """Somebody may verify by hand at the same time."""
    sqs, queue = clients.sqs(aws, endpoint_url=cloud.endpoint), deployed.outputs["canary"]["queue_url"]
    sqs.send_message(QueueUrl=queue, MessageBody="of a stranger")
    workers.start()
    with _api(deployed) as url:
        done = _verified(deployed, tmp_path, url=f"{url}/")

    assert done.code == 0, done.log
    assert messages_left(queue, aws, cloud.endpoint) == 1


def test_an_older_api_is_not_the_one_that_was_deployed(deployed: Deployed, tmp_path: Path) -> None:
    """However well it is."""
    with _api(deployed, commit="older") as url:
        done = _verified(deployed, tmp_path, url=url, patience_s=0.5)

    line = f"::error::health: {url}/health answers for commit older instead of {SHA}, after 0 s"
    assert (done.code, done.log.splitlines()[-1]) == (1, line)


def test_an_api_that_does_not_answer_is_named(deployed: Deployed, tmp_path: Path) -> None:
    """By the address that was asked."""
    done = _verified(deployed, tmp_path, url=NOBODY, patience_s=0.5)

    assert done.code == 1
    assert done.log.splitlines()[-1].startswith(f"::error::health: {NOBODY}/health: ")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"deployments": [_deployment(OLD)]}, "runs logtally-dev-worker:1 instead of logtally-dev-worker:2"),
        (
            {
                "deployments": [
                    _deployment(TASKS["worker"], rolloutState="FAILED", rolloutStateReason="no task started.")
                ]
            },
            "did not get well: no task started.",
        ),
        (
            {"deployments": [_deployment(TASKS["worker"]), _deployment(OLD, status="ACTIVE")]},
            "has tasks of the deployment before",
        ),
        ({"runningCount": 1}, "has 1 of 2 tasks"),
        ({"deployments": []}, "has no deployment"),
    ],
)
def test_a_service_that_is_not_steady_says_why(
    deployed: Deployed, tmp_path: Path, told: dict[str, Any], words: str
) -> None:
    """As ECS tells it."""
    with _ecs(_service("api"), _service("worker", **told)) as ecs:
        done = _verified(deployed, tmp_path, url=NOBODY, patience_s=0.2, AWS_ENDPOINT_URL_ECS=ecs)

    line = f"::error::services: logtally-dev-worker {words}, after 0 s"
    assert (done.code, done.log.splitlines()[-1]) == (1, line)


def test_a_service_that_is_not_there_is_named(deployed: Deployed, tmp_path: Path) -> None:
    """Somebody took it away."""
    with _ecs(_service("worker")) as ecs:
        done = _verified(deployed, tmp_path, url=NOBODY, patience_s=0.2, AWS_ENDPOINT_URL_ECS=ecs)

    line = "::error::services: there is no service logtally-dev-api, after 0 s"
    assert (done.code, done.log.splitlines()[-1]) == (1, line)


@pytest.mark.parametrize(("text", "words"), [("{", "Expecting property name"), ("{}", "no output bucket, canary")])
def test_outputs_that_are_none_are_one_line(deployed: Deployed, tmp_path: Path, text: str, words: str) -> None:
    """An apply that failed has none."""
    path = tmp_path / "outputs.json"
    path.write_text(text)
    told = deployed.environment | {"OUTPUTS": str(path), "COMMIT": SHA}
    done = carried_out(VERIFY, folder=tmp_path, variables=told)
    no_outputs = carried_out(VERIFY, folder=tmp_path, variables=told | {"OUTPUTS": ""})

    assert (done.code, done.log.count("\n"), words in done.log) == (1, 1, True)
    assert (no_outputs.code, no_outputs.log) == (1, "::error::OUTPUTS is not set\n")
