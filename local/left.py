"""What is left to do: messages in a queue, and pushes in the ledger."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


def messages_left(sqs: "SQSClient", url: str) -> int:
    """Answer how many messages are in a queue, hidden ones too."""
    told = sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    )
    return sum(int(value) for value in told["Attributes"].values())


def pushes_left(dynamodb: "DynamoDBClient", table: str) -> int:
    """Answer how many pushes the ledger still has to finish."""
    answer = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :writer",
        ExpressionAttributeValues={":writer": {"S": "writer"}},
        ConsistentRead=True,
    )
    return sum("outstanding" in item for item in answer["Items"])
