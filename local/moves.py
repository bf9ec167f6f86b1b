"""Moving messages out of a dead-letter queue, which ministack can't."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from local.engine import Engine
from local.wire import Answer, Request, json_answer, refusal

MOVED_VISIBILITY_S: Final = 60
BATCH_MAX: Final = 10


class MoveTask(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="pascal"):
    """One finished move. Moves are quick here: none is ever seen running."""

    task_handle: str | None = None  # SQS tells it only while a task runs
    status: str
    source_arn: str
    destination_arn: str | None = None
    approximate_number_of_messages_moved: int
    approximate_number_of_messages_to_move: int
    started_timestamp: int  # milliseconds since the epoch
    failure_reason: str | None = None


class Moves:
    """SQS's move tasks."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._moves: list[MoveTask] = []

    def reset(self) -> None:
        """Forget the moves."""
        self._moves.clear()

    async def start(self, request: Request) -> Answer:
        """Answer StartMessageMoveTask."""
        wanted = json.loads(request.body)
        source: str = wanted["SourceArn"]
        url = await self._url(source)
        if url is None:
            return refusal(request, "ResourceNotFoundException", "The resource that you specified doesn't exist.")
        if not await self._is_dead_letter_queue(source):
            message = "Source queue must be configured as a Dead Letter Queue."
            return refusal(request, "InvalidParameterValue", message)
        destination: str | None = wanted.get("DestinationArn")
        task = MoveTask(
            status="COMPLETED",
            source_arn=source,
            destination_arn=destination,
            approximate_number_of_messages_moved=0,
            approximate_number_of_messages_to_move=await self._depth(url),
            started_timestamp=int(self._clock() * 1000),
        )
        self._moves.append(await self._move(task, url, destination))
        return json_answer({"TaskHandle": f"move-{len(self._moves)}"})

    async def _move(self, task: MoveTask, url: str, destination: str | None) -> MoveTask:
        moved = 0
        while messages := await self._receive(url):
            for message in messages:
                target = destination or message["Attributes"].get("DeadLetterQueueSourceArn")
                if target is None:
                    # It was sent to the dead-letter queue by a program: SQS can't know where it belongs.
                    return replace(
                        task,
                        status="FAILED",
                        approximate_number_of_messages_moved=moved,
                        failure_reason="CouldNotDetermineMessageSource",
                    )
                await self._send(await self._url(target), message)
                await self._ask("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]})
                moved += 1
        return replace(task, approximate_number_of_messages_moved=moved)

    async def tasks(self, request: Request) -> Answer:
        """Answer ListMessageMoveTasks, the newest first."""
        wanted = json.loads(request.body)
        tasks = [task for task in reversed(self._moves) if task.source_arn == wanted["SourceArn"]]
        return json_answer({"Results": to_builtins(tasks[: wanted.get("MaxResults", 1)])})

    async def _is_dead_letter_queue(self, arn: str) -> bool:
        for url in (await self._ask("ListQueues", {})).get("QueueUrls", ()):
            policy = (await self._attributes(url)).get("RedrivePolicy", "{}")
            if json.loads(policy).get("deadLetterTargetArn") == arn:
                return True
        return False

    async def _url(self, arn: str) -> str | None:
        answer = await self._engine.ask_json("sqs", "GetQueueUrl", _json({"QueueName": arn.rpartition(":")[2]}))
        return str(json.loads(answer.body)["QueueUrl"]) if answer.status == 200 else None

    async def _depth(self, url: str) -> int:
        return int((await self._attributes(url))["ApproximateNumberOfMessages"])

    async def _attributes(self, url: str) -> dict[str, str]:
        answer = await self._ask("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]})
        attributes: dict[str, str] = answer["Attributes"]
        return attributes

    async def _receive(self, url: str) -> list[dict[str, Any]]:
        wanted = {
            "QueueUrl": url,
            "MaxNumberOfMessages": BATCH_MAX,
            "VisibilityTimeout": MOVED_VISIBILITY_S,
            "WaitTimeSeconds": 0,
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        messages: list[dict[str, Any]] = (await self._ask("ReceiveMessage", wanted)).get("Messages", [])
        return messages

    async def _send(self, url: str | None, message: Mapping[str, Any]) -> None:
        attributes = message.get("MessageAttributes", {})
        await self._ask(
            "SendMessage", {"QueueUrl": url, "MessageBody": message["Body"], "MessageAttributes": attributes}
        )

    async def _ask(self, operation: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self._engine.ask_json("sqs", operation, _json(wanted))
        assert answer.status == 200, answer.body
        told: dict[str, Any] = json.loads(answer.body or b"{}")
        return told


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
