"""Days of weather: anything that can happen to files, messages, workers, the network and time, in any order.

A day is drawn from its number, so it can be played again, and without some of its events. Chance alone draws, not
hypothesis: that leaves rules out of each example and plays variations of one before it draws the next, so that many of
its days hardly pushed, and passed variants that these days find out.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from random import Random
from typing import Final, NamedTuple, assert_never

from core.limits import HOLD_S, HOUR_S, MINUTE_S, SETTLE_AFTER_S
from core.writers import Fence
from tests.faults.files import THRESHOLD, File
from tests.faults.graph import Broken
from tests.faults.kinds import Kind, kinds_of
from tests.faults.naive import Naive
from tests.faults.stage import Stage
from tests.faults.variants import THE_PRODUCT, Variant
from tests.faults.worker import Worker
from tests.faults.world import VISIBILITY_S, World
from tests.queues import take_nobody_for_poison

EVENTS: Final = 30  # of a day
WORKERS: Final = ("first", "second")  # a third comes when both sleep or are dead
# Before and after the moments at which something changes: anybody may settle, a message comes back, absence may be
# looked for. And long after all of them.
ABSENT_S: Final = int(Fence().absent_from(0))
PASS_S: Final = (1, SETTLE_AFTER_S + 1, VISIBILITY_S + 1, ABSENT_S - 2 * MINUTE_S, ABSENT_S + 1, 3 * HOUR_S)
LATE_S: Final = (0, 5 * MINUTE_S, HOLD_S - 1)  # metrics are never readable later than that


class Act(StrEnum):
    """What a worker does at a time."""

    RECEIVES = "receives"
    INTENDS = "receives and intends"  # and sends nothing yet
    PUSHES = "receives and pushes"
    SETTLES = "settles"
    GIVES_BACK = "gives back"


# Where the promises of an act are made or broken: what goes wrong, goes wrong there.
DECIDING: Final[Mapping[Act, tuple[str, ...]]] = {
    Act.INTENDS: ("TransactWriteItems",),
    Act.PUSHES: ("TransactWriteItems", "PutMetricData"),
    Act.SETTLES: ("PutItem", "PutMetricData"),
}


class Arrives(NamedTuple):
    """A new file is uploaded."""

    errors: int
    minutes: int


class Touch(StrEnum):
    """What is done to a file that was there already."""

    ANNOUNCED = "announced"  # twice; uploaded, if it is deleted
    UPLOADED = "uploaded"
    DELETED = "deleted"


class Touched(NamedTuple):
    """A file is there once more, or no more."""

    file: int
    how: Touch


class Takes(NamedTuple):
    """A worker takes a step; `fault` happens to the next call of an operation, in the middle of it as a rule."""

    worker: str
    act: Act
    fault: tuple[str, Kind] | None = None


class Dies(NamedTuple):
    """A worker's process ends."""

    worker: str


class Late(NamedTuple):
    """A message is hidden, and another one comes before it."""

    seconds: int


class Passes(NamedTuple):
    """Time passes."""

    seconds: int


class Slow(NamedTuple):
    """From now on what CloudWatch accepts becomes readable so much later."""

    seconds: int
    in_order: bool


class Strikes(NamedTuple):
    """Something goes wrong with the next call, whatever it is."""

    kind: Kind


Event = Arrives | Touched | Takes | Dies | Late | Passes | Slow | Strikes
# How likely each is, and how it is drawn.
CHANCES: Final[Mapping[Callable[[Random], Event], int]] = {
    lambda random: Arrives(random.choice((1, THRESHOLD)), random.randint(1, 3)): 5,
    lambda random: Touched(random.randrange(EVENTS), random.choice(list(Touch))): 3,
    lambda random: _takes(random, Act.RECEIVES): 3,
    lambda random: _takes(random, Act.INTENDS): 4,
    lambda random: _takes(random, Act.PUSHES): 8,
    lambda random: _takes(random, Act.SETTLES): 8,
    lambda random: _takes(random, Act.GIVES_BACK): 1,
    lambda random: Dies(random.choice(WORKERS)): 2,
    lambda random: Late(random.choice((0, MINUTE_S, VISIBILITY_S))): 1,
    lambda random: Passes(random.choice(PASS_S)): 5,
    lambda random: Slow(random.choice(LATE_S), random.random() < 0.5): 2,
    lambda random: Strikes(random.choice(kinds_of("PutMetricData"))): 2,
}


class Found(NamedTuple):
    """A day on which a promise was broken."""

    day: int
    why: str
    events: tuple[Event, ...]


def day(number: int) -> tuple[Event, ...]:
    """Draw the events of a day."""
    random = Random(number)
    drawn = random.choices(list(CHANCES), weights=list(CHANCES.values()), k=EVENTS)
    return tuple(draw(random) for draw in drawn)


def play(events: Sequence[Event], stage: Stage, *, variant: Variant = THE_PRODUCT) -> str | None:
    """Let these events happen, then good weather return; answer which promise was broken, if one was."""
    weather = Weather(stage, variant)
    try:
        for event in events:
            weather.happens(event)
        weather.clears_up()
    except Broken as exc:
        return str(exc)
    finally:
        weather.world.meddler.leave()
    return None


def find(days: Sequence[int], stage: Stage, *, variant: Variant = THE_PRODUCT) -> Found | None:
    """Answer the first of `days` on which a promise is broken."""
    for number in days:
        events = day(number)
        why = play(events, stage, variant=variant)
        if why is not None:
            return Found(number, why, events)
    return None


def shortened(found: Found, stage: Stage, *, variant: Variant = THE_PRODUCT) -> Found:
    """Leave out one event after the other, as long as a promise is still broken."""
    for at in reversed(range(len(found.events))):
        fewer = found.events[:at] + found.events[at + 1 :]
        why = play(fewer, stage, variant=variant)
        if why is not None:
            found = Found(found.day, why, fewer)
    return found


class Weather:
    """A world of two workers. I1 and I3 are looked at after each of their steps, all promises at the end."""

    def __init__(self, stage: Stage, variant: Variant) -> None:
        self.world = World(stage, {}, variant=variant)
        self._workers: dict[str, Worker | Naive] = {}
        self._deleted: dict[str, File] = {}
        take_nobody_for_poison(self.world.aws.sqs, self.world.wired)
        self.world.put(self.world.file(errors=THRESHOLD))  # so that there is one to be touched

    def happens(self, event: Event) -> None:
        """Let it happen."""
        world = self.world
        match event:
            case Arrives(errors, minutes):
                world.put(world.file(errors=errors, minutes=minutes))
            case Touched(number, how):
                self._touched(world.files[number % len(world.files)], how)
            case Takes(name, act, fault):
                self._takes(name, act, fault)
            case Dies(name):
                world.dies(self._worker(name))
            case Late(seconds):
                world.aws.sqs.receive_message(
                    QueueUrl=world.wired.queue_url, VisibilityTimeout=seconds, WaitTimeSeconds=0
                )
            case Passes(seconds):
                world.clock.advance(seconds)
            case Slow(seconds, in_order):
                world.cloud.delay_metrics(seconds, in_order=in_order)
            case Strikes(kind):
                world.meddler.strike_next(kind)
            case _:
                assert_never(event)

    def clears_up(self) -> None:
        """Let nothing go wrong any more: everything comes true."""
        self.world.meddler.leave()
        for file in self._deleted.values():
            self.world.put(file)
        self.world.recover()

    def _touched(self, file: File, how: Touch) -> None:
        if how is Touch.DELETED:
            self.world.aws.s3.delete_object(Bucket=self.world.wired.bucket, Key=file.key)
            self._deleted[file.key] = file
        elif how is Touch.UPLOADED or file.key in self._deleted:
            self.world.put(file)
            self._deleted.pop(file.key, None)
        else:
            self.world.announce(file, times=2)

    def _takes(self, name: str, act: Act, fault: tuple[str, Kind] | None) -> None:
        if fault is not None:
            operation, kind = fault
            self.world.meddler.strike_next(kind, of=operation)
        worker = self._worker(name)
        acts: Mapping[Act, Callable[[], None]] = {
            Act.RECEIVES: worker.receive,
            Act.INTENDS: worker.intend,
            Act.PUSHES: worker.turn,
            Act.SETTLES: worker.settle,
            Act.GIVES_BACK: worker.give_back,
        }
        self.world.act(worker, acts[act])

    def _worker(self, name: str) -> Worker | Naive:
        if name not in self._workers or not self._workers[name].lives:
            self._workers[name] = self.world.worker(name)
        return self._workers[name]


def _takes(random: Random, act: Act) -> Takes:
    """Draw a step; half of the time nothing goes wrong in it."""
    name = random.choice(WORKERS)
    if act not in DECIDING or random.random() < 0.5:
        return Takes(name, act)
    operation = random.choice(DECIDING[act])
    return Takes(name, act, (operation, random.choice(kinds_of(operation))))
