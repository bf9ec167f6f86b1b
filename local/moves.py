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
        sqs = _Sqs(self._engine, region=request.region)
        url = await sqs.url(source)
        if url is None:
            return refusal(request, "ResourceNotFoundException", "The resource that you specified doesn't exist.")
        if not await sqs.is_dead_letter_queue(source):
            message = "Source queue must be configured as a Dead Letter Queue."
            return refusal(request, "InvalidParameterValue", message)
        destination: str | None = wanted.get("DestinationArn")
        task = MoveTask(
            status="COMPLETED",
            source_arn=source,
            destination_arn=destination,
            approximate_number_of_messages_moved=0,
            approximate_number_of_messages_to_move=await sqs.depth(url),
            started_timestamp=int(self._clock() * 1000),
        )
        self._moves.append(await _move(sqs, task, url, destination))
        return json_answer({"TaskHandle": f"move-{len(self._moves)}"})

    async def tasks(self, request: Request) -> Answer:
        """Answer ListMessageMoveTasks, the newest first."""
        wanted = json.loads(request.body)
        tasks = [task for task in reversed(self._moves) if task.source_arn == wanted["SourceArn"]]
        return json_answer({"Results": to_builtins(tasks[: wanted.get("MaxResults", 1)])})


class _Sqs:
    """The queues of one region, asked by ourselves."""

    def __init__(self, engine: Engine, *, region: str | None) -> None:
        self._engine = engine
        self._region = region

    async def is_dead_letter_queue(self, arn: str) -> bool:
        """Answer whether a queue of the region sends its dead letters there."""
        for url in (await self.ask("ListQueues", {})).get("QueueUrls", ()):
            policy = (await self._attributes(url)).get("RedrivePolicy", "{}")
            if json.loads(policy).get("deadLetterTargetArn") == arn:
                return True
        return False

    async def url(self, arn: str) -> str | None:
        """Answer the URL of a queue; None if there is none."""
        answer = await self._asked("GetQueueUrl", {"QueueName": arn.rpartition(":")[2]})
        return str(json.loads(answer.body)["QueueUrl"]) if answer.status == 200 else None

    async def depth(self, url: str) -> int:
        """Answer how many messages are visible."""
        return int((await self._attributes(url))["ApproximateNumberOfMessages"])

    async def _attributes(self, url: str) -> dict[str, str]:
        answer = await self.ask("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]})
        attributes: dict[str, str] = answer["Attributes"]
        return attributes

    async def receive(self, url: str) -> list[dict[str, Any]]:
        """Receive some messages."""
        wanted = {
            "QueueUrl": url,
            "MaxNumberOfMessages": BATCH_MAX,
            "VisibilityTimeout": MOVED_VISIBILITY_S,
            "WaitTimeSeconds": 0,
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        messages: list[dict[str, Any]] = (await self.ask("ReceiveMessage", wanted)).get("Messages", [])
        return messages

    async def send(self, url: str | None, message: Mapping[str, Any]) -> None:
        """Send a copy of a message."""
        attributes = message.get("MessageAttributes", {})
        await self.ask(
            "SendMessage", {"QueueUrl": url, "MessageBody": message["Body"], "MessageAttributes": attributes}
        )

    async def ask(self, operation: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Answer what a request comes to that nothing speaks against."""
        answer = await self._asked(operation, wanted)
        assert answer.status == 200, answer.body
        told: dict[str, Any] = json.loads(answer.body or b"{}")
        return told

    async def _asked(self, operation: str, wanted: Mapping[str, Any]) -> Answer:
        return await self._engine.ask_json("sqs", operation, json.dumps(wanted).encode(), region=self._region)


async def _move(sqs: _Sqs, task: MoveTask, url: str, destination: str | None) -> MoveTask:
    moved = 0
    while messages := await sqs.receive(url):
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
            await sqs.send(await sqs.url(target), message)
            await sqs.ask("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]})
            moved += 1
    return replace(task, approximate_number_of_messages_moved=moved)
