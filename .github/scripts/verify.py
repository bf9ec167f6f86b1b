"""Verifies a deployment: the services run what was deployed, the API answers, and a file is counted and rings.

It takes from the environment: OUTPUTS, a file with what `terraform output -json` of infra/app says; COMMIT, the commit
that was deployed; API_URL, where the API answers, if not at CloudFront's own name; PATIENCE_S, how long each of the
three may take (600). Nobody is woken: the canary's file rings in a queue of its own.
"""

import json
import os
import time
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from aws import client, failures_said
from step import Failed, run, say, summarise, variable

PAUSE_S: Final = 5.0
PATIENCE_S: Final = 600.0
ANSWER_S_MAX: Final = 10.0
RECEIVE_S: Final = 2
HIDDEN_S: Final = 5  # from other verifications: they look again and again
KEY: Final = "file_directory"  # of an alert: core/alerts.py

# Answers what is still in the way; None if nothing is.
Check = Callable[[], str | None]


def main() -> None:
    """Carry out the three, one after the other. Raises Failed with the first that did not come true in time."""
    outputs = _outputs(Path(variable("OUTPUTS")))
    commit = variable("COMMIT")
    url = (os.environ.get("API_URL") or f"https://{outputs['cloudfront_domain']}").rstrip("/")
    _until("services", _services(outputs["services"]))
    _until("health", lambda: _health(f"{url}/health", commit))
    with failures_said():
        canary = _canary(outputs, commit)
    _until("canary", canary)


def _outputs(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise Failed(f"{path}: {exc}") from exc
    missing = {"services", "canary", "bucket", "settings", "cloudfront_domain"} - set(told)
    if missing:
        raise Failed(f"{path}: no output {', '.join(sorted(missing))}: is that of infra/app?")
    return {name: each["value"] for name, each in told.items()}


def _until(name: str, check: Check) -> None:
    patience_s = float(os.environ.get("PATIENCE_S", PATIENCE_S))
    deadline = time.monotonic() + patience_s
    said = None
    while why := _asked(check):
        if why != said:
            say(f"{name}: {why}")
            said = why
        if time.monotonic() > deadline:
            summarise(f"- **{name}**: {why}")
            raise Failed(f"{name}: {why}, after {patience_s:.0f} s")
        time.sleep(min(PAUSE_S, patience_s / 10))
    say(f"{name}: well")
    summarise(f"- {name}: well")


def _asked(check: Check) -> str | None:
    """Answer what a check does. That AWS does not answer it may pass."""
    try:
        with failures_said():
            return check()
    except Failed as exc:
        return str(exc)


def _services(told: dict[str, Any]) -> Check:
    """Answer what asks whether each service runs its task definition, and nothing else any more."""
    ecs = client("ecs")
    wanted = {told[role]["service"]: told[role]["task_definition"] for role in ("worker", "api")}

    def check() -> str | None:
        answer = ecs.describe_services(cluster=told["cluster"], services=list(wanted))
        found = {service["serviceName"]: service for service in answer["services"]}
        for name, task_definition in wanted.items():
            if name not in found:
                return f"there is no service {name}"
            if why := _unsteady(found[name], task_definition):
                return f"{name} {why}"
        return None

    return check


def _unsteady(service: dict[str, Any], task_definition: str) -> str | None:
    deployments = service["deployments"]
    first = next((each for each in deployments if each["status"] == "PRIMARY"), None)
    if first is None:
        return "has no deployment"
    if first["taskDefinition"] != task_definition:
        return f"runs {_revision(first['taskDefinition'])} instead of {_revision(task_definition)}"
    if first.get("rolloutState") == "FAILED":
        return f"did not get well: {first.get('rolloutStateReason', 'ECS does not say why')}"
    if len(deployments) > 1:
        return "has tasks of the deployment before"
    if service["runningCount"] != service["desiredCount"]:
        return f"has {service['runningCount']} of {service['desiredCount']} tasks"
    return None


def _revision(task_definition: str) -> str:
    return task_definition.rpartition("/")[2]


def _health(url: str, commit: str) -> str | None:
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310 - ours, by HTTPS
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S_MAX) as answer:  # noqa: S310 - as above
            told = json.load(answer)
    except (OSError, HTTPException, ValueError) as exc:
        return f"{url}: {exc}"
    if told.get("commit") != commit:
        return f"{url} answers for commit {told.get('commit')} instead of {commit}"
    return None


def _canary(outputs: dict[str, Any], commit: str) -> Check:
    """Put a file with one error. Answer what asks whether it has rung, and is counted."""
    canary = outputs["canary"]
    cloudwatch, sqs = client("cloudwatch"), client("sqs")
    key = f"{canary['prefix']}{commit[:12]}-{uuid.uuid4().hex}{canary['suffix']}"
    at = datetime.now(UTC).replace(second=0, microsecond=0)
    dimensions = [
        {"Name": "Service", "Value": canary["service"]},
        {"Name": "Environment", "Value": outputs["settings"]["LOGTALLY_ENVIRONMENT"]},
    ]

    def counted() -> float:
        answer = cloudwatch.get_metric_statistics(
            Namespace="LogAnalytics",
            MetricName="logErrors",
            Dimensions=dimensions,
            StartTime=at,
            EndTime=at + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )
        return float(sum(point["Sum"] for point in answer["Datapoints"]))

    def rings() -> bool:
        # Others' are left: somebody may verify by hand. What nobody wants is gone after an hour.
        answer = sqs.receive_message(
            QueueUrl=canary["queue_url"],
            MaxNumberOfMessages=10,
            WaitTimeSeconds=RECEIVE_S,
            VisibilityTimeout=HIDDEN_S,
            MessageAttributeNames=[KEY],
        )
        ours = [
            message
            for message in answer.get("Messages", [])
            if message.get("MessageAttributes", {}).get(KEY, {}).get("StringValue") == key
        ]
        for message in ours:
            sqs.delete_message(QueueUrl=canary["queue_url"], ReceiptHandle=message["ReceiptHandle"])
        return bool(ours)

    before = counted()
    entry = {
        "ts": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "service": canary["service"],
        "level": "ERROR",
        "msg": f"canary {commit}",
    }
    client("s3").put_object(Bucket=outputs["bucket"], Key=key, Body=json.dumps(entry).encode() + b"\n")
    has_rung = False

    def check() -> str | None:
        nonlocal has_rung
        has_rung = has_rung or rings()
        if not has_rung:
            return f"no alert of s3://{outputs['bucket']}/{key} has arrived"
        if counted() <= before:
            return f"the error of s3://{outputs['bucket']}/{key} is not in CloudWatch"
        return None

    return check


if __name__ == "__main__":
    run(main)
