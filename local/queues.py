"""SQS, as far as ministack has to be mended. Only in the JSON protocol, which is what the SDKs speak."""

from collections.abc import Callable

from local.engine import Engine
from local.moves import Moves
from local.receipts import Receipts
from local.wire import Answer, Protocol, Request


class Queues:
    """Answers what is asked of SQS."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._moves = Moves(engine, clock)
        self._receipts = Receipts(engine, clock)

    async def answer(self, request: Request) -> Answer:
        """Answer one request to SQS."""
        if request.protocol is not Protocol.JSON:
            return await self._engine.ask(request)
        mended = {
            "ReceiveMessage": self._receipts.receive,
            "DeleteMessage": self._receipts.delete,
            "DeleteMessageBatch": self._receipts.delete_batch,
            "ChangeMessageVisibility": self._receipts.hide,
            "ChangeMessageVisibilityBatch": self._receipts.hide_batch,
            "StartMessageMoveTask": self._moves.start,
            "ListMessageMoveTasks": self._moves.tasks,
        }
        return await mended.get(request.operation, self._engine.ask)(request)

    def reset(self) -> None:
        """Forget everything that ministack doesn't."""
        self._moves.reset()
        self._receipts.reset()
