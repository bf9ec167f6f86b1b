"""How many dead letters a message makes, and whether each says why."""

import gzip
import json
from typing import Final

import pytest
from msgspec.structs import replace

from core.limits import HOUR_S
from local.calls import Call
from local.faults import DENIED, FailEntries, Fault, Refuse
from local.wiring import RECEIVES_MAX
from tests.faults.files import File
from tests.faults.stage import Stage
from tests.faults.worker import Worker
from tests.faults.world import World
from tests.s3_events import created

pytestmark = pytest.mark.slow

NO_LEDGER: Final = Fault(service="dynamodb", operation="PutItem", kind=DENIED, nth=None)
MALFORMED: Final = "not an S3 event: JSON is malformed: invalid character (byte 0)"
TRUNCATED: Final = "truncated gzip: it ends before its end mark"


def _turns(world: World, worker: Worker, count: int) -> None:
    for _ in range(count):
        worker.turn()
        world.clock.advance(HOUR_S)


def _cut(world: World) -> File:
    file = world.file()
    return replace(file, body=gzip.compress(file.body)[:-9])


def _reasons(world: World) -> list[str | None]:
    return [
        letter.get("MessageAttributes", {}).get("reason", {}).get("StringValue") for letter in world.look.dead_letters()
    ]


def test_a_message_that_the_ledger_does_not_remember_makes_one_dead_letter(stage: Stage) -> None:
    """It is tried again until SQS would move it without a word; only then it goes unremembered, with its reason."""
    world = World(stage, {})
    worker = world.product("first", looks=True)
    world.send("hello")

    with world.cloud.faults.inject(NO_LEDGER):
        _turns(world, worker, RECEIVES_MAX - 1)
        before = _reasons(world)
        _turns(world, worker, 3)

    assert before == []
    assert _reasons(world) == [MALFORMED]
    assert world.look.messages() == 0


def test_an_object_whose_end_the_ledger_does_not_take_makes_one_dead_letter(stage: Stage) -> None:
    """Which names both: what is wrong with the object, and with the ledger."""
    world = World(stage, {})
    worker = world.product("first", looks=True)
    world.put(_cut(world))

    with world.cloud.faults.inject(NO_LEDGER):
        _turns(world, worker, RECEIVES_MAX + 2)

    (reason,) = _reasons(world)
    assert str(reason).startswith(
        f"received {RECEIVES_MAX} times, and at last: {TRUNCATED}; and it could not be buried"
    )
    assert world.look.messages() == 0


def test_an_object_that_failed_is_not_sent_again_with_each_try_of_another(stage: Stage) -> None:
    """They came in one message; the other may not be read for a while, and is counted in the end."""
    world = World(stage, {})
    cut, good = _cut(world), world.file(errors=12)
    world.put(cut)
    world.put(good)
    world.aws.sqs.purge_queue(QueueUrl=world.wired.queue_url)
    keys = [cut.key, good.key]
    heads = [world.aws.s3.head_object(Bucket=world.wired.bucket, Key=key) for key in keys]
    bodies = [
        created(world.wired.bucket, key, etag=head["ETag"].strip('"')) for key, head in zip(keys, heads, strict=True)
    ]
    world.send(json.dumps({"Records": [record for body in bodies for record in json.loads(body)["Records"]]}))
    worker = world.product("first", looks=True)
    reads = 0

    def every_second(call: Call) -> bool:
        nonlocal reads
        reads += call.operation == "GetObject"
        return call.operation == "GetObject" and reads % 2 == 0

    denied = Fault(kind=Refuse(code="AccessDenied", status=403), where=every_second, nth=None)
    with world.cloud.faults.inject(denied):
        _turns(world, worker, RECEIVES_MAX - 1)
    _turns(world, worker, 1)

    assert _reasons(world) == [TRUNCATED]
    assert world.look.messages() == 0
    assert sum(int(datum.sum) for datum in world.cloud.accepted if datum.metric == "logErrors") == 12


def test_a_message_that_could_not_be_sent_is_sent_later(stage: Stage) -> None:
    """That the ledger knew of it says nothing about the queue."""
    world = World(stage, {})
    worker = world.product("first", looks=True)
    world.send("hello")
    with world.cloud.faults.inject(Fault(service="sqs", operation="SendMessage", kind=DENIED, nth=None)):
        _turns(world, worker, 2)
    assert _reasons(world) == []

    _turns(world, worker, 1)

    assert _reasons(world) == [MALFORMED]
    assert world.look.messages() == 0


def test_a_dead_letter_whose_message_could_not_be_deleted_is_not_sent_again(stage: Stage) -> None:
    """The message comes back, and the ledger knows that it was sent."""
    world = World(stage, {})
    worker = world.product("first", looks=True)
    world.send("hello")

    with world.cloud.faults.inject(Fault(service="sqs", operation="DeleteMessageBatch", kind=FailEntries(), nth=None)):
        _turns(world, worker, 3)
    _turns(world, worker, 1)

    assert _reasons(world) == [MALFORMED]
    assert world.look.messages() == 0


def test_a_worker_that_dies_before_it_knows_of_a_letter_leaves_it_to_the_next(stage: Stage) -> None:
    """It may be there twice then, and never not at all."""
    world = World(stage, {})
    worker = world.product("first", looks=True)
    world.send("hello")
    with world.cloud.faults.inject(
        Fault(service="dynamodb", operation="PutItem", kind=DENIED, nth=2),
        Fault(service="sqs", operation="DeleteMessageBatch", kind=FailEntries(), nth=None),
    ):
        _turns(world, worker, 1)

    _turns(world, worker, 2)

    assert _reasons(world) == [MALFORMED] * 2
    assert world.look.messages() == 0


def test_a_message_that_was_only_ever_given_back_says_so(stage: Stage) -> None:
    """Nothing was wrong with it: each of its workers was stopped. SQS would have moved it without a word."""
    world = World(stage, {})
    world.put(world.file())
    for number in range(RECEIVES_MAX):
        worker = world.product(f"deployed-{number}", looks=True)
        worker.parts.turns.receive(wait_s=0)
        assert len(worker.parts.in_hand.all()) == 1
        worker.give_back()
        world.dies(worker)
    _turns(world, world.product("first", looks=True), 1)

    assert _reasons(world) == [f"received {RECEIVES_MAX} times, and at last: the worker was stopped"]
    assert world.look.messages() == 0
