"""AWS fails for a while, or is silent: what a worker does meanwhile, and how soon all is as before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from core.limits import HOUR_S, RECEIVE_READ_TIMEOUT_S
from local.faults import DENIED, Fault, LoseRequest
from tests.faults.stage import Stage
from tests.faults.worker import Worker
from tests.faults.world import World
from worker.handle import Poison

if TYPE_CHECKING:
    from botocore.client import BaseClient

pytestmark = pytest.mark.slow


def _worker(world: World, name: str = "first") -> Worker:
    made = world.worker(name)
    assert isinstance(made, Worker)
    made.parts.queue.check()
    return made


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
    worker = _worker(world)
    turns = worker.parts.turns
    with world.cloud.faults.inject(Fault(service="dynamodb", operation="TransactWriteItems", kind=DENIED, nth=None)):
        worker.turn()

    def bug() -> None:
        raise MemoryError

    _, clients = stage.made["first"]
    with _before(clients.dynamodb, "TransactWriteItems", bug), pytest.raises(MemoryError):
        turns.push(wait_s=0)
    ready = turns.why_not_ready
    world.clock.advance(HOUR_S)
    worker.turn()

    assert ready is None
    assert world.messages() == 0


def test_the_silence_of_a_failed_receive_counts_as_its_pause(stage: Stage) -> None:
    """Else a worker looks again up to 40 seconds after its queue is back."""
    world = World(stage, {})
    worker = _worker(world)
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
    worker = _worker(world)
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
    worker = _worker(world)
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
