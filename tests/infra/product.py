"""The product on what was created: a worker, an API and a handful of files, and what came of them."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from local.left import messages_left, pushes_left
from tests.e2e.workers import within
from tests.e2e.yard import AT, errors
from tests.http_server import Client
from tests.infra.account import Account
from tests.infra.task import Container, Task, container, started

WITHIN_S: Final = 90.0
WORKER: Final = "LOGTALLYWORKER"  # access keys, which tell whose calls are whose
API: Final = "LOGTALLYAPI"
INBOX: Final = "trial-inbox"
# The sample data: keys, what is in them, and how many errors that are. The threshold is 10.
RINGS: Final = "shop/2025-09-15T14-00.jsonl"
FILES: Final = {
    RINGS: (errors("orders", 12), 12),
    "shop/a+b & c.jsonl": (errors("billing", 3), 3),
    "shop/packed.jsonl.gz": (gzip.compress(errors("orders", 5), mtime=0), 5),
}


def run(account: Account, outputs: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Answer what came of it: alerts, metrics, answers of the API, and the calls of each role."""
    worker = container(account, outputs["services"]["worker"]["task_definition"])
    api = container(account, outputs["services"]["api"]["task_definition"])
    inbox = _inbox(account, outputs["topic_arn"])
    canary = outputs["canary"]
    s3 = account.client("s3")
    bodies = {key: body for key, (body, _) in FILES.items()}
    bodies[f"{canary['prefix']}trial{canary['suffix']}"] = errors(canary["service"], 1)
    with (
        started(account, worker, who=WORKER, here=_worker_here(folder), log=folder / "worker.log") as working,
        started(account, api, who=API, here=API_HERE, log=folder / "api.log") as answering,
        within(WITHIN_S) as until,
    ):
        for key, body in bodies.items():
            s3.put_object(Bucket=outputs["bucket"], Key=key, Body=body)
        _wait_until_counted(account, outputs, until, files=len(bodies))
        alerts = _received(account, inbox)
        answers = _answers(answering, outputs, api)
        return {
            "settings": {"worker": worker.environment, "api": api.environment},
            "secrets": {"worker": worker.secrets, "api": api.secrets},
            "alerts": alerts,
            "notified": _received(account, inbox),
            "canary": _received(account, canary["queue_url"]),
            "dead": messages_left(account.client("sqs"), outputs["dead_queue_url"]),
            "errors": {service: _counted(account, outputs, service) for service in ("orders", "billing")},
            "answers": answers,
            "exits": {"worker": working.stop(), "api": answering.stop()},
            "calls": {"worker": sorted(account.calls_of(WORKER)), "api": sorted(account.calls_of(API))},
        }


# What is otherwise here than in a container of its own: it listens for nobody else, on a free port.
API_HERE: Final = {"LOGTALLY_API_HOST": "127.0.0.1", "LOGTALLY_API_PORT": "0"}


def _worker_here(folder: Path) -> dict[str, str]:
    """Answer the same for a worker: its /tmp is everybody's."""
    return {"LOGTALLY_HEALTH_FILE": str(folder / "health.json")}


def _wait_until_counted(
    account: Account, outputs: dict[str, Any], until: Callable[[Callable[[], bool]], None], *, files: int
) -> None:
    sqs, dynamodb = account.client("sqs"), account.client("dynamodb")
    until(lambda: messages_left(sqs, outputs["queue_url"]) == 0)
    until(lambda: pushes_left(dynamodb, outputs["table"]) == 0)
    until(lambda: sum(_counted(account, outputs, service) for service in ("orders", "billing")) > 0)
    until(lambda: _objects(dynamodb, outputs["table"]) == files)


def _objects(dynamodb: Any, table: str) -> int:
    """Answer how many objects the ledger knows."""
    items = dynamodb.scan(TableName=table, ProjectionExpression="pk")["Items"]
    return len({item["pk"]["S"] for item in items if item["pk"]["S"].startswith("object#")})


def _inbox(account: Account, topic_arn: str) -> str:
    """Answer a queue that is subscribed to the topic, as an address of mail would be."""
    sqs = account.client("sqs")
    url: str = sqs.create_queue(QueueName=INBOX)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    account.client("sns").subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    return url


def _received(account: Account, url: str) -> list[str]:
    sqs = account.client("sqs")
    bodies: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return bodies


def _counted(account: Account, outputs: dict[str, Any], service: str) -> float:
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace="LogAnalytics",
        MetricName="logErrors",
        Dimensions=[
            {"Name": "Service", "Value": service},
            {"Name": "Environment", "Value": outputs["settings"]["LOGTALLY_ENVIRONMENT"]},
        ],
        StartTime=AT - timedelta(hours=1),
        EndTime=datetime.now(UTC) + timedelta(hours=1),
        Period=60,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))


def _answers(answering: Task, outputs: dict[str, Any], api: Container) -> dict[str, Any]:
    """Answer what the API says to one with the token, and to one without."""
    client = Client(f"http://127.0.0.1:{answering.port()}")
    path = f"/analyze?bucket={outputs['bucket']}&prefix={RINGS}&threshold=10"
    token = {"Authorization": f"Bearer {api.environment['LOGTALLY_API_TOKEN']}"}
    asked = client.ask(path, headers=token)
    notified = client.ask(path.replace("/analyze", "/notify"), method="POST", headers=token)
    return {
        "ready": json.loads(client.ask("/ready", headers=token).body),
        "without_a_token": client.ask(path).status,
        "analyze": {"status": asked.status, **json.loads(asked.body)},
        "notify": {"status": notified.status, **json.loads(notified.body)},
    }
