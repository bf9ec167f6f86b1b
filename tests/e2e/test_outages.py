"""AWS fails for a while, or is silent: what a worker does meanwhile, and how soon all is as before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest

from core.aws.clients import ATTEMPTS
from core.limits import BATCH_MAX, HEARTBEAT_S, HOUR_S, RECEIVE_READ_TIMEOUT_S
from local.faults import DENIED, THROTTLED, FailEntries, Fault, LoseRequest
from tests.faults.stage import Stage
from tests.faults.world import VISIBILITY_S, World
from worker.handle import Poison
from worker.keep import Keep

if TYPE_CHECKING:
    from botocore.client import BaseClient

pytestmark = pytest.mark.slow

HIDE: Final = "ChangeMessageVisibilityBatch"


@contextmanager
def _before(client: "BaseClient", operation: str, happens: Callable[[], None]) -> Iterator[None]:
    """Let something happen before each attempt of a call, in the process that makes it, while the block runs."""
    event = f"before-send.*.{operation}"

    def hook(**_: object) -> None:
        happens()

    client.meta.events.register(event, hook)
    yield
    client.meta.events.unregister(event, hook)


def test_a_bug_after_an_outage_of_the_ledger_stops_nothing_else(stage: Stage) -> None:
    """Nothing is left that could ask the ledger again, so nothing may be waited for."""
    world = World(stage, {})
    world.put(world.file(errors=12))
    worker = world.product("first", looks=True)
    turns = worker.parts.turns
    with world.cloud.faults.inject(Fault(service="dynamodb", operation="TransactWriteItems", kind=DENIED, nth=None)):
        worker.turn()

    def bug() -> None:
        raise MemoryError

    _, clients = stage.made["first"]
    with _before(clients.dynamodb, "TransactWriteItems", bug), pytest.raises(MemoryError):
        turns.pushing.push(wait_s=0)
    ready = turns.why_not_ready
    world.clock.advance(HOUR_S)
    worker.turn()

    assert ready is None
    assert world.look.messages() == 0


def test_the_silence_of_a_failed_receive_counts_as_its_pause(stage: Stage) -> None:
    """Else a worker looks again up to 40 seconds after its queue is back."""
    world = World(stage, {})
    worker = world.product("first", looks=True)
    _, clients = stage.made["first"]

    with (
        _before(clients.sqs_receive, "ReceiveMessage", lambda: world.clock.advance(RECEIVE_READ_TIMEOUT_S)),
        world.cloud.faults.inject(Fault(service="sqs", operation="ReceiveMessage", kind=LoseRequest(), nth=None)),
    ):
        silent = [worker.parts.turns.receive(wait_s=0) for _ in range(6)]
    with world.cloud.faults.inject(Fault(service="sqs", operation="ReceiveMessage", kind=LoseRequest(), nth=None)):
        refused = worker.parts.turns.receive(wait_s=0)

    assert set(silent) == {1.0}
    assert 14 < refused <= 15


def test_all_of_a_receive_is_in_hand_before_aws_is_asked_for_anything(stage: Stage) -> None:
    """Poison, too, or it expires while the ledger is silent. What can be counted goes first."""
    world = World(stage, {})
    for number in range(9):
        world.send(f"hello {number}")
    world.put(world.file(errors=12))
    worker = world.product("first", looks=True)
    turns, in_hand = worker.parts.turns, worker.parts.in_hand
    _, clients = stage.made["first"]
    held: list[int] = []

    with _before(clients.dynamodb, "BatchGetItem", lambda: held.append(len(in_hand.all()))):
        turns.receive(wait_s=0)
    works = [turns.to_read.get_nowait() for _ in range(turns.to_read.qsize())]

    assert held == [10]
    assert [isinstance(work, Poison) for work in works] == [False] + [True] * 9
    assert len(in_hand.all()) == 10


def test_poison_is_in_hand_until_it_is_buried(stage: Stage) -> None:
    """So that its visibility is extended as long as that takes; and no longer, whatever comes of it."""
    world = World(stage, {})
    for _ in range(2):
        world.send("hello")
    worker = world.product("first", looks=True)
    turns, in_hand = worker.parts.turns, worker.parts.in_hand
    turns.receive(wait_s=0)
    _, clients = stage.made["first"]
    held: list[int] = []

    with (
        world.cloud.faults.inject(Fault(service="sqs", operation="SendMessage", kind=DENIED, nth=1)),
        _before(clients.sqs, "SendMessage", lambda: held.append(len(in_hand.all()))),
    ):
        while not turns.to_read.empty():
            turns.read(turns.to_read.get_nowait())

    assert held == [2, 1]
    assert in_hand.all() == []


def test_a_queue_that_is_away_is_asked_once_a_turn_however_much_is_in_hand(stage: Stage) -> None:
    """And when it is back, all of it is extended at once: nothing expires."""
    world = World(stage, {})
    for _ in range(2 * BATCH_MAX):
        world.put(world.file())
    worker = world.product("first", looks=True)
    queue, in_hand = worker.parts.queue, worker.parts.in_hand
    for _ in range(2):
        worker.parts.turns.receive(wait_s=0)
    keep = Keep(queue=queue, in_hand=in_hand, clock=world.clock)
    world.clock.advance(VISIBILITY_S / 2)
    calls = world.cloud.calls

    with world.cloud.faults.inject(Fault(service="sqs", operation=HIDE, kind=LoseRequest(), nth=None)):
        before = calls.count("sqs", HIDE)
        waits = [keep.turn() for _ in range(4)]
        asked = calls.count("sqs", HIDE) - before
    keep.turn()

    assert asked == 4
    assert all(HEARTBEAT_S - 1 < wait_s <= HEARTBEAT_S for wait_s in waits)
    assert len(in_hand.all()) == 2 * BATCH_MAX
    assert in_hand.to_extend(world.clock()) == []
    world.clock.advance(VISIBILITY_S - 1)
    assert queue.receive(limit=BATCH_MAX, wait_s=0) == []


def test_a_batch_that_always_fails_does_not_let_the_others_expire(stage: Stage) -> None:
    """Each has its turn to be the first."""
    world = World(stage, {})
    for _ in range(2 * BATCH_MAX):
        world.put(world.file())
    worker = world.product("first", looks=True)
    in_hand = worker.parts.in_hand
    for _ in range(2):
        worker.parts.turns.receive(wait_s=0)
    keep = Keep(queue=worker.parts.queue, in_hand=in_hand, clock=world.clock)
    world.clock.advance(VISIBILITY_S / 2)

    failing = in_hand.to_extend(world.clock())[:BATCH_MAX]

    for nth in (1, 2):
        with world.cloud.faults.inject(Fault(service="sqs", operation=HIDE, kind=THROTTLED, nth=nth)):
            keep.turn()
    left = in_hand.to_extend(world.clock())
    keep.turn()

    assert left == failing
    assert in_hand.to_extend(world.clock()) == []


def test_an_entry_that_fails_is_extended_in_the_next_turn(stage: Stage) -> None:
    """Inside of a 200."""
    world = World(stage, {})
    world.put(world.file())
    worker = world.product("first", looks=True)
    in_hand = worker.parts.in_hand
    worker.parts.turns.receive(wait_s=0)
    keep = Keep(queue=worker.parts.queue, in_hand=in_hand, clock=world.clock)
    world.clock.advance(VISIBILITY_S / 2)

    with world.cloud.faults.inject(Fault(service="sqs", operation=HIDE, kind=FailEntries())):
        keep.turn()
    left = len(in_hand.to_extend(world.clock()))
    keep.turn()

    assert (left, in_hand.to_extend(world.clock())) == (1, [])


def test_a_message_that_cannot_be_deleted_is_not_tried_nine_times(stage: Stage) -> None:
    """The SDK repeats a call, and we an entry; and one silence is enough to know that there is another."""
    world = World(stage, {})
    for _ in range(2 * BATCH_MAX):
        world.send("{}")
    worker = world.product("first", looks=True)
    deliveries = [delivery for _ in range(2) for delivery in worker.parts.queue.receive(limit=BATCH_MAX, wait_s=0)]

    with world.cloud.faults.inject(Fault(service="sqs", operation="DeleteMessageBatch", kind=LoseRequest(), nth=None)):
        left = worker.parts.queue.delete(deliveries)

    assert left == deliveries
    assert world.cloud.calls.count("sqs", "DeleteMessageBatch") == ATTEMPTS
