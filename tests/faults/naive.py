"""The worker that everybody writes first: read, push with the SDK's retries, publish, then delete. It has no ledger.

What it gets wrong shows that the schedules can find it.
"""

import json
import urllib.parse
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.wiring import Wired

RETRIES: Final = Config(retries={"mode": "standard"})  # the SDK's own number of them


class Naive:
    """A worker process that counts what it is told."""

    def __init__(self, name: str, aws: boto3.Session, wired: Wired, *, endpoint_url: str, threshold: int) -> None:
        self.name = name
        self.lives = True
        made: Any = aws
        names = ("s3", "sqs", "cloudwatch", "sns")
        self.clients = {name: made.client(name, endpoint_url=endpoint_url, config=RETRIES) for name in names}
        self._wired = wired
        self._threshold = threshold

    def turn(self) -> None:
        """Receive, count, and delete."""
        try:
            answer = self.clients["sqs"].receive_message(QueueUrl=self._wired.queue_url, WaitTimeSeconds=0)
            for message in answer.get("Messages", ()):
                for record in json.loads(message["Body"])["Records"]:
                    self._count(urllib.parse.unquote_plus(record["s3"]["object"]["key"]))
                receipt = message["ReceiptHandle"]
                self.clients["sqs"].delete_message(QueueUrl=self._wired.queue_url, ReceiptHandle=receipt)
        except (ClientError, BotoCoreError):
            return  # the message comes back

    def receive(self) -> None:
        """It does all at once."""
        self.turn()

    def push(self) -> None:
        """It has nothing in hand."""

    record = settle = give_back = push
    intend = turn

    def _count(self, key: str) -> None:
        body = self.clients["s3"].get_object(Bucket=self._wired.bucket, Key=key)["Body"].read()
        counts: Counter[tuple[str, datetime]] = Counter()
        for line in body.splitlines():
            entry = json.loads(line)
            if entry["level"] == "ERROR":
                counts[entry["service"], datetime.fromisoformat(entry["ts"]).replace(second=0)] += 1
        environment = {"Name": "Environment", "Value": "test"}
        data: list[Any] = [
            {
                "MetricName": "logErrors",
                "Dimensions": [{"Name": "Service", "Value": service}, environment],
                "Timestamp": minute,
                "Values": [1.0],
                "Counts": [float(count)],
                "Unit": "Count",
            }
            for (service, minute), count in counts.items()
        ]
        rings = counts.total() >= self._threshold
        if rings:
            alert = {"MetricName": "alertTriggered", "Dimensions": [environment], "Value": 1.0}
            data.append({**alert, "Timestamp": datetime.now(UTC)})
        self.clients["cloudwatch"].put_metric_data(Namespace="LogAnalytics", MetricData=data)
        if rings:
            attributes = {
                name: {"DataType": "String", "StringValue": key} for name in ("file_directory", "deduplication_id")
            }
            topic = self._wired.topic_arn
            self.clients["sns"].publish(TopicArn=topic, Message=key, MessageAttributes=attributes)
