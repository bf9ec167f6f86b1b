"""The stories in which something goes wrong. Each brings a world to a point from which it must recover by itself."""

import gzip
from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from core.limits import HOUR_S, MINUTE_S, NOTICE_BUSY_S, SLOTS_IN_DOUBT_MAX, WINDOW_BACK_S
from local.faults import Fault, LoseRequest, Refuse
from tests.faults.graph import Broken
from tests.faults.naive import Naive
from tests.faults.worker import Worker
from tests.faults.world import World


def one_file(world: World) -> None:
    """A file arrives, and is counted."""
    world.put(world.file())
    worker = world.worker("first")
    world.act(worker, worker.turn)


def several_files(world: World) -> None:
    """Three files share a push; one of them rings."""
    for errors in (1, 2, 10):
        world.put(world.file(errors=errors))
    worker = world.worker("first")
    world.act(worker, worker.turn)


def an_alert(world: World) -> None:
    """A file holds too many errors."""
    world.put(world.file(errors=12))
    worker = world.worker("first")
    world.act(worker, worker.turn)


def late_metrics(world: World) -> None:
    """What CloudWatch accepts becomes readable just before the hold is over."""
    world.cloud.delay_metrics(14 * MINUTE_S)
    an_alert(world)


def several_requests(world: World) -> None:
    """A file has more cells than one request takes, and than its item holds."""
    world.put(world.file(errors=1, minutes=60, services=25))
    worker = world.worker("first")
    world.act(worker, worker.turn)


def two_workers(world: World) -> None:
    """A message becomes visible again while its object is being read, and a second worker takes it too."""
    world.put(world.file(errors=10))
    slow, quick = world.worker("first"), world.worker("second")
    world.act(slow, slow.receive)
    world.clock.advance(6 * MINUTE_S)
    world.act(quick, quick.turn)
    world.act(slow, slow.push)


def two_files(world: World) -> None:
    """Two workers have a file each in hand, and look for a slot at the same time."""
    workers = world.worker("first"), world.worker("second")
    for worker in workers:
        world.put(world.file(errors=10))
        world.act(worker, worker.receive)
    for worker in workers:
        world.act(worker, worker.push)


def redelivered(world: World) -> None:
    """A file is announced again while its push is outstanding and its worker is dead."""
    file = world.file(errors=10)
    world.put(file)
    dead, other = world.worker("first"), world.worker("second")
    _die_before_the_push(world, dead)
    world.announce(file, times=2)
    world.act(other, other.turn)


def a_settler(world: World) -> None:
    """A worker dies between Intend and its push; another settles it, when the fence and the hold are over."""
    world.put(world.file(errors=10))
    dead, settler = world.worker("first"), world.worker("second")
    _die_before_the_push(world, dead)
    for wait_s in (40 * MINUTE_S, 6 * MINUTE_S, 6 * MINUTE_S):
        world.clock.advance(wait_s)
        world.act(settler, settler.settle)


def two_settlers(world: World) -> None:
    """Two workers settle the same push, in turns."""
    world.put(world.file(errors=10))
    dead, one, two = world.worker("first"), world.worker("second"), world.worker("third")
    _die_before_the_push(world, dead)
    for wait_s in (40 * MINUTE_S, 6 * MINUTE_S, 6 * MINUTE_S):
        world.clock.advance(wait_s)
        world.act(one, one.settle)
        world.act(two, two.settle)


def the_owner_wakes(world: World) -> None:
    """A worker sleeps after its Intend; another settles its push; it wakes, and goes on where it was."""
    world.put(world.file(errors=10))
    sleeper, settler = world.worker("first"), world.worker("second")
    world.act(sleeper, sleeper.receive)
    world.act(sleeper, sleeper.record)
    world.clock.advance(40 * MINUTE_S)
    world.act(settler, settler.settle)
    world.act(sleeper, sleeper.push)
    world.clock.advance(6 * MINUTE_S)
    world.act(settler, settler.settle)


def refused_as_invalid(world: World) -> None:
    """One datum of three files grew too old between Intend and the push; the others must not suffer."""
    files = [world.file(errors=2), world.file(errors=10, age_s=WINDOW_BACK_S - 2 * MINUTE_S), world.file(errors=1)]
    old = files[1]
    world.files[1] = replace(old, outside=frozenset(old.errors))
    for file in files:
        world.put(file)
    worker = world.worker("first")
    world.act(worker, worker.receive)
    world.act(worker, worker.record)
    world.clock.advance(3 * HOUR_S)
    world.act(worker, worker.push)


def cloudwatch_is_down(world: World) -> None:
    """For an hour no push gets an answer, while files arrive; alerts come all the same, and slots stay few."""
    worker = world.worker("first")
    down = Fault(service="cloudwatch", operation="PutMetricData", kind=LoseRequest(), nth=None)
    with world.cloud.faults.inject(down):
        for _ in range(6):
            world.put(world.file(errors=10))
            world.clock.advance(10 * MINUTE_S)
            world.act(worker, worker.turn)
            world.act(worker, worker.settle)
    if len(world.look.slots()) > 2 * (SLOTS_IN_DOUBT_MAX + 1):
        raise Broken(f"S: {len(world.look.slots())} slots for one worker")


def cloudwatch_refuses(world: World) -> None:
    """It denies all pushes for a while: alerts are published all the same."""
    world.put(world.file(errors=10))
    worker = world.worker("first")
    denied = Refuse(code="AccessDenied", status=403)
    with world.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=denied, nth=None)):
        world.act(worker, worker.turn)
        world.clock.advance(10 * MINUTE_S)
        world.act(worker, worker.turn)


def uploaded_again(world: World) -> None:
    """A file is deleted before it is read, and the same bytes are uploaded once more."""
    file = world.file(errors=10)
    world.put(file)
    world.announce(file)  # without its version: the bucket keeps that for whoever names it
    world.aws.sqs.purge_queue(QueueUrl=world.wired.queue_url)
    world.announce(file)
    world.aws.s3.delete_object(Bucket=world.wired.bucket, Key=file.key)
    worker = world.worker("first")
    world.act(worker, worker.turn)
    world.put(file)
    world.act(worker, worker.turn)


def grows(world: World) -> None:
    """A file is uploaded three times, the first time in the middle of a line; it rings the second time."""
    worker = world.worker("first")
    file = world.grow(world.file(errors=6), cut_b=30)
    world.put(file)
    world.act(worker, worker.turn)
    for errors in (4, 1):
        file = world.grow(file, errors=errors)
        world.put(file)
        world.act(worker, worker.turn)


def grows_in_hand(world: World) -> None:
    """A file grows while a worker has it in hand; another counts the longer one; the slow one finds out."""
    slow, quick = world.worker("first"), world.worker("second")
    file = world.file(errors=6)
    world.put(file)
    world.act(slow, slow.receive)
    file = world.grow(file, errors=6)
    world.put(file)
    world.act(quick, quick.turn)
    world.act(slow, slow.push)
    world.put(world.grow(file))
    world.act(slow, slow.turn)


def grows_in_two_hands(world: World) -> None:
    """Two workers have read two versions of a file before either is counted."""
    first, second = world.worker("first"), world.worker("second")
    file = world.file(errors=6)
    world.put(file)
    world.act(first, first.receive)
    world.put(world.grow(file, errors=6))
    world.act(second, second.receive)
    world.act(first, first.push)
    world.act(second, second.push)
    world.act(second, second.turn)


def grows_in_reverse(world: World) -> None:
    """Three versions of a file are announced in the other order: the last has all that the others have."""
    worker = world.worker("first")
    file = world.file(errors=6)
    for errors in (4, 1):
        world.put(file)
        file = world.grow(file, errors=errors)
    world.put(file)
    world.turn_around()
    world.act(worker, worker.turn)


def rotates(world: World) -> None:
    """A file grows, and is rotated away before that is counted; the shorter one that follows is announced first."""
    worker = world.worker("first")
    old = world.file(errors=6)
    world.put(old)
    world.act(worker, worker.turn)
    world.put(world.grow(old, errors=2))
    new = world.rotate(old, errors=1)
    world.put(new)
    world.turn_around()
    world.act(worker, worker.turn)
    world.put(world.grow(new))
    world.act(worker, worker.turn)


def grows_beside_a_backfill(world: World) -> None:
    """Somebody announces the version before last and the last, as a backfill does: without saying which is newer."""
    worker, other = world.worker("first"), world.worker("second")
    file = world.file(errors=6)
    world.put(file)
    world.announce(file)
    world.act(worker, worker.receive)
    file = world.grow(file, errors=6)
    world.put(file)
    world.announce(file)
    world.act(other, other.turn)
    world.act(worker, worker.push)
    world.put(world.grow(file))
    world.act(other, other.turn)


def poison(world: World) -> None:
    """A message that is no event, and a gzip that ends too early, arrive beside a good file."""
    good, cut = world.file(errors=10), world.file()
    world.expected_ends[cut.key] = "failed"
    world.expected_dead = 2
    world.put(replace(cut, body=gzip.compress(cut.body)[:-9]))
    world.send("hello")
    world.put(good)
    worker = world.worker("first")
    world.act(worker, worker.turn)


def asked(world: World) -> None:
    """Somebody asks for an alert, and asks again, whomever, until there is an answer."""
    world.ask(world.asker("asker"), "k1", repeats=True)


def asked_twice(world: World) -> None:
    """A client asks two processes with one key, though the first has answered; then for another alert."""
    one, two = world.asker("asker"), world.asker("second asker")
    world.ask(one, "k1", repeats=True)
    world.clock.advance(NOTICE_BUSY_S)
    world.ask(two, "k1", repeats=True)
    world.ask(two, "k2", repeats=True)


def asked_and_left(world: World) -> None:
    """The topic denies an alert that is asked for, and the process dies; nobody asks again, and a worker settles it."""
    asker, settler = world.asker("asker"), world.worker("first")
    denied = Refuse(code="AuthorizationError", status=403)
    with world.cloud.faults.inject(Fault(service="sns", operation="Publish", kind=denied, nth=None)):
        world.ask(asker, "k1", repeats=False)
    world.dies(asker)
    for wait_s in (40 * MINUTE_S, 6 * MINUTE_S, 6 * MINUTE_S):
        world.clock.advance(wait_s)
        world.act(settler, settler.settle)


def _die_before_the_push(world: World, worker: Worker | Naive) -> None:
    world.act(worker, worker.receive)
    world.act(worker, worker.record)
    world.dies(worker)


SCENARIOS: Final[Mapping[str, Callable[[World], None]]] = {
    scenario.__name__.replace("_", "-"): scenario
    for scenario in (
        one_file,
        several_files,
        an_alert,
        late_metrics,
        several_requests,
        two_workers,
        two_files,
        redelivered,
        a_settler,
        two_settlers,
        the_owner_wakes,
        refused_as_invalid,
        cloudwatch_is_down,
        cloudwatch_refuses,
        uploaded_again,
        grows,
        grows_in_hand,
        grows_in_two_hands,
        grows_in_reverse,
        rotates,
        grows_beside_a_backfill,
        poison,
        asked,
        asked_twice,
        asked_and_left,
    )
}
