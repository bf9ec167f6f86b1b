"""What a test does to a queue besides sending and receiving."""

import json
from typing import TYPE_CHECKING, Final

from local.wiring import Wired

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

RECEIVES_MAX: Final = 1000  # the most that SQS allows


def take_nobody_for_poison(sqs: "SQSClient", wired: Wired) -> None:
    """Let SQS bury next to nothing: whoever dies with a message has received it, and in some tests all die often."""
    policy = json.dumps({"deadLetterTargetArn": wired.dead_queue_arn, "maxReceiveCount": RECEIVES_MAX})
    sqs.set_queue_attributes(QueueUrl=wired.queue_url, Attributes={"RedrivePolicy": policy})


def taken_out(sqs: "SQSClient", url: str) -> list[str]:
    """Take out what waits in a queue, and answer its messages as they came, to be sent again otherwise."""
    bodies = []
    while found := sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies
