"""How old the oldest message is, as SQS tells CloudWatch: the local cloud tells it nothing."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from core.aws.queues import Queues

NOW = 1_795_545_286.0


@pytest.mark.parametrize(("ages", "oldest_s"), [((), None), ((70.0, 130.0, 95.0), 95.0)])
def test_the_last_age_that_was_told_counts(ages: tuple[float, ...], oldest_s: float | None) -> None:
    """Of the queue that the URL ends with; none for a while: nobody knows."""
    client: Any = boto3.client("cloudwatch", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    minute = NOW // 60 * 60
    points = [
        {"Timestamp": datetime.fromtimestamp(minute - 180 + n * 60, UTC), "Maximum": age} for n, age in enumerate(ages)
    ]
    asked = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": "uploads"}],
        "StartTime": datetime.fromtimestamp(minute - 900, UTC),
        "EndTime": datetime.fromtimestamp(minute + 60, UTC),
        "Period": 60,
        "Statistics": ["Maximum"],
    }
    queues = Queues(client, client, url="https://sqs.us-east-1.amazonaws.com/123456789012/uploads", dead_url="…/dead")

    with Stubber(client) as stubber:
        stubber.add_response("get_metric_statistics", {"Datapoints": points[::-1]}, asked)

        assert queues.oldest_s(now=NOW) == oldest_s
