"""Moving all letters back: SQS does it by itself, and is watched for a while."""

from collections.abc import Callable
from typing import Final

from core.aws.dead import DeadLetters, Move
from core.errors import Transient

WATCHED_S: Final = 20
LOOK_EVERY_S: Final = 1


def move_all(queue: DeadLetters, *, sleep: Callable[[float], object]) -> Move:
    """Start the move. Answers how far it was when it ended, or after a while. Raises Transient if SQS gave up."""
    queue.move_all()
    move = queue.move()
    for _ in range(WATCHED_S // LOOK_EVERY_S):
        if not move.running:
            break
        sleep(LOOK_EVERY_S)
        move = queue.move()
    if move.failure is not None:
        raise Transient(f"SQS gave up after {move.moved} messages: {move.failure}")
    return move
