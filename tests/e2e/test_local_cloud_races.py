"""What the ledger and the worker take for granted when many act at once. It runs against whatever serves."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.cloud import Cloud
from local.wiring import Wired

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

T = TypeVar("T")

pytestmark = pytest.mark.race

THREADS = 8
ROUNDS = 20
MESSAGES = 240
EMPTY_RECEIVES_MAX = 5  # of a second each: what has not come by then is lost
CONFIG = Config(max_pool_connections=2 * THREADS, retries={"mode": "standard", "total_max_attempts": 1})
LOST = {"ConditionalCheckFailedException", "TransactionCanceledException", "TransactionConflictException"}


@pytest.fixture
def dynamodb(aws: boto3.Session, cloud: Cloud) -> "DynamoDBClient":
    return aws.client("dynamodb", endpoint_url=cloud.endpoint, config=CONFIG)


@pytest.fixture
def sqs(aws: boto3.Session, cloud: Cloud) -> "SQSClient":
    return aws.client("sqs", endpoint_url=cloud.endpoint, config=CONFIG)


def _at_once(do: Callable[[int], T], threads: int = THREADS) -> list[T]:
    """Call `do` with 0, 1, … in as many threads, all starting together."""
    start = threading.Barrier(threads)

    def run(n: int) -> T:
        start.wait()
        return do(n)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def _won(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in LOST:
            raise
        return False
    return True


def _key(name: object) -> dict[str, Any]:
    return {"pk": {"S": str(name)}, "sk": {"S": "race"}}


def test_of_eight_who_put_if_absent_one_wins(dynamodb: "DynamoDBClient", wired: Wired) -> None:
    """And what stands there is the winner's."""
    for round_ in range(ROUNDS):

        def put(n: int, name: str = f"absent-{round_}") -> bool:
            item = {**_key(name), "by": {"N": str(n)}}
            condition = "attribute_not_exists(pk)"
            return _won(lambda: dynamodb.put_item(TableName=wired.table, Item=item, ConditionExpression=condition))

        won = _at_once(put)

        stands = dynamodb.get_item(TableName=wired.table, Key=_key(f"absent-{round_}"), ConsistentRead=True)["Item"]
        assert won.count(True) == 1
        assert stands["by"]["N"] == str(won.index(True))


def test_each_number_of_a_slot_is_given_once(dynamodb: "DynamoDBClient", wired: Wired) -> None:
    """The fencing token: `seq = :s` → `seq + 1`, read first, by eight at once."""
    dynamodb.put_item(TableName=wired.table, Item={**_key("slot"), "seq": {"N": "0"}})

    def count(_: int) -> int:
        taken = 0
        for _round in range(ROUNDS):
            read = dynamodb.get_item(TableName=wired.table, Key=_key("slot"), ConsistentRead=True)
            seq = int(read["Item"]["seq"]["N"])
            taken += _won(
                partial(
                    dynamodb.update_item,
                    TableName=wired.table,
                    Key=_key("slot"),
                    ConditionExpression="seq = :s",
                    UpdateExpression="SET seq = :t",
                    ExpressionAttributeValues={":s": {"N": str(seq)}, ":t": {"N": str(seq + 1)}},
                )
            )
        return taken

    taken = _at_once(count)

    stands = dynamodb.get_item(TableName=wired.table, Key=_key("slot"), ConsistentRead=True)["Item"]
    assert int(stands["seq"]["N"]) == sum(taken) > 0


def test_overlapping_transactions_are_all_or_nothing(dynamodb: "DynamoDBClient", wired: Wired) -> None:
    """Each overlaps its neighbours by one item: whoever wins has both of its items, whoever loses none."""
    for round_ in range(ROUNDS):

        def intend(n: int, name: str = f"tx-{round_}") -> bool:
            puts: Sequence[Any] = [
                {
                    "Put": {
                        "TableName": wired.table,
                        "Item": {**_key(f"{name}-{place % THREADS}"), "by": {"N": str(n)}},
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                }
                for place in (n, n + 1)
            ]
            return _won(lambda: dynamodb.transact_write_items(TransactItems=puts))

        won = _at_once(intend)

        keys = [_key(f"tx-{round_}-{n}") for n in range(THREADS)]
        read = dynamodb.batch_get_item(RequestItems={wired.table: {"Keys": keys, "ConsistentRead": True}})
        owned = Counter(int(item["by"]["N"]) for item in read["Responses"][wired.table])
        assert owned == {n: 2 for n, winner in enumerate(won) if winner}
        assert owned


def test_of_eight_transactions_on_one_item_one_wins(dynamodb: "DynamoDBClient", wired: Wired) -> None:
    """No loser leaves the item that was its own."""
    for round_ in range(ROUNDS):

        def take(n: int, name: str = f"one-{round_}") -> bool:
            puts: Sequence[Any] = [
                {"Put": {"TableName": wired.table, "Item": _key(f"{name}-of-{n}")}},
                {
                    "Put": {
                        "TableName": wired.table,
                        "Item": _key(name),
                        "ConditionExpression": "attribute_not_exists(pk)",
                    }
                },
            ]
            return _won(lambda: dynamodb.transact_write_items(TransactItems=puts))

        won = _at_once(take)

        keys = [_key(f"one-{round_}-of-{n}") for n in range(THREADS)]
        read = dynamodb.batch_get_item(RequestItems={wired.table: {"Keys": keys, "ConsistentRead": True}})
        assert won.count(True) == 1
        assert [item["pk"]["S"] for item in read["Responses"][wired.table]] == [f"one-{round_}-of-{won.index(True)}"]


def _receive_all(sqs: "SQSClient", url: str, wanted: int) -> Callable[[], list[str]]:
    """Answer what receives and deletes, in any number of threads, until `wanted` messages came to all of them."""
    lock = threading.Lock()
    seen: list[str] = []

    def receive() -> list[str]:
        empty = 0
        while len(seen) < wanted and empty < EMPTY_RECEIVES_MAX:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            empty = 0 if messages else empty + 1
            with lock:
                seen.extend(message["MessageId"] for message in messages)
        return seen

    return receive


def test_four_who_send_and_four_who_receive_lose_nothing(sqs: "SQSClient", wired: Wired) -> None:
    """Each message arrives, and none twice while it is hidden."""
    receive = _receive_all(sqs, wired.inbox_url, MESSAGES)

    def send(n: int) -> list[str]:
        sent = []
        for start in range(0, MESSAGES // 4, 10):
            entries: Sequence[Any] = [{"Id": str(one), "MessageBody": f"{n}-{one}"} for one in range(start, start + 10)]
            answer = sqs.send_message_batch(QueueUrl=wired.inbox_url, Entries=entries)
            sent += [entry["MessageId"] for entry in answer["Successful"]]
        return sent

    sent, received = _give_and_take(send, receive)

    assert len(sent) == MESSAGES
    assert received == Counter(sent)


def test_no_event_of_a_put_is_lost_while_others_receive(
    aws: boto3.Session, cloud: Cloud, sqs: "SQSClient", wired: Wired
) -> None:
    """As many events as puts, and S3's test event."""
    s3 = aws.client("s3", endpoint_url=cloud.endpoint, config=CONFIG)
    receive = _receive_all(sqs, wired.queue_url, 4 * ROUNDS + 1)

    def put(n: int) -> list[str]:
        return [s3.put_object(Bucket=wired.bucket, Key=f"{n}/{one}", Body=b"{}")["VersionId"] for one in range(ROUNDS)]

    put_all, received = _give_and_take(put, receive)

    assert len(put_all) == 4 * ROUNDS
    assert received.total() == len(received) == 4 * ROUNDS + 1


def _give_and_take(give: Callable[[int], list[str]], take: Callable[[], list[str]]) -> tuple[list[str], Counter[str]]:
    """Let four give and four take, and answer what was given and what was taken."""
    done = _at_once(lambda n: give(n) if n < 4 else take())
    return [one for given in done[:4] for one in given], Counter(done[4])
