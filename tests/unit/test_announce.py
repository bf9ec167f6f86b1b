"""Objects that are announced to the workers in the stead of S3."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from cli.backfill.announce import announce
from cli.backfill.feed import Feed
from cli.backfill.patience import Patience
from cli.backfill.sums import Adding
from cli.backfill.wanted import Wanted
from core.aws import clients
from core.aws.objects import Listed
from core.aws.queue import Queue
from core.errors import Denied, NotFound, Transient
from core.events import objects_in
from core.model import Bucket, Effect, ETag, ObjectCreated, ObjectKey, ObjectRef
from local.clock import VirtualClock
from local.cloud import Cloud
from local.faults import DENIED, FailEntries, Fault, LoseAnswer
from local.wiring import Wired
from tests.listings import Shelf, keys, listed

AT = datetime(2025, 9, 15, 12, 30, tzinfo=UTC)
SEND = "SendMessageBatch"


@pytest.fixture
def queue(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> Queue:
    """The product's queue, empty: without S3's test event."""
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)
    sqs.purge_queue(QueueUrl=wired.queue_url)
    return Queue(
        sqs,
        clients.sqs_receive(aws, endpoint_url=cloud.endpoint),
        clients.sqs_once(aws, endpoint_url=cloud.endpoint),
        url=wired.queue_url,
        dead_url=wired.dead_queue_url,
        visibility_timeout_s=300,
        clock=clock,
    )


def _created(key: str, *, effect: Effect = Effect.ALL) -> ObjectCreated:
    ref = ObjectRef(bucket=Bucket("logs"), key=ObjectKey(key), etag=ETag("e"))
    return ObjectCreated(ref=ref, size_b=100, at=AT, effect=effect)


def _received(queue: Queue) -> list[ObjectCreated]:
    """Answer what a worker finds in the queue, in any order of messages: so by key."""
    found: list[ObjectCreated] = []
    while deliveries := queue.receive(limit=10, wait_s=0):
        for delivery in deliveries:
            found += objects_in(delivery.body)
    return sorted(found, key=lambda created: created.ref.key)


def _keys(created: Sequence[ObjectCreated]) -> list[str]:
    return [one.ref.key for one in created]


def test_a_worker_reads_what_was_announced(queue: Queue) -> None:
    """As if S3 had said it, and with what counting it is to lead to."""
    created = [
        _created("a b+c%20ü/😀.jsonl"),
        _created("old", effect=Effect.SILENT),
        _created("older", effect=Effect.NONE),
    ]

    queue.announce(created)

    assert _received(queue) == created


def test_what_sqs_does_not_take_is_sent_again_and_nothing_else(queue: Queue, cloud: Cloud) -> None:
    """It fails entries inside an answer that says 200."""
    names = keys(10)

    with cloud.faults.inject(Fault(service="sqs", operation=SEND, kind=FailEntries(keep=3))):
        queue.announce([_created(name) for name in names])

    assert cloud.calls.count("sqs", SEND) == 2
    assert _keys(_received(queue)) == names


def test_what_sqs_never_takes_is_a_failure(queue: Queue, cloud: Cloud) -> None:
    """What it took stays announced: doing it again costs a look."""
    names = keys(10)

    with (
        cloud.faults.inject(Fault(service="sqs", operation=SEND, kind=FailEntries(keep=3), nth=None)),
        pytest.raises(Transient, match="SQS does not take 1 of 10 messages"),
    ):
        queue.announce([_created(name) for name in names])

    assert cloud.calls.count("sqs", SEND) == 3
    assert _keys(_received(queue)) == names[:9]


def test_an_answer_that_is_lost_may_announce_twice(queue: Queue, cloud: Cloud) -> None:
    """SQS itself does so, too."""
    with cloud.faults.inject(Fault(service="sqs", operation=SEND, kind=LoseAnswer())):
        queue.announce([_created("a")])

    assert set(_keys(_received(queue))) == {"a"}


def test_a_queue_that_may_not_be_written_to_says_so(queue: Queue, cloud: Cloud) -> None:
    """Somebody must act."""
    with cloud.faults.inject(Fault(service="sqs", operation=SEND, kind=DENIED)), pytest.raises(Denied):
        queue.announce([_created("a")])


def test_a_queue_that_is_nowhere_is_not_found(queue: Queue, aws: boto3.Session, cloud: Cloud, wired: Wired) -> None:
    """By its URL."""
    clients.sqs(aws, endpoint_url=cloud.endpoint).delete_queue(QueueUrl=wired.queue_url)

    with pytest.raises(NotFound, match=wired.queue_url):
        queue.announce([_created("a")])


def _feed(objects: Sequence[Listed], sums: Adding) -> Feed:
    return Feed(
        Shelf(objects),
        after=None,
        wanted=Wanted(),
        known=lambda _: set(),
        limit=None,
        sums=sums,
        wait=lambda _failures, _why: True,
        stop=threading.Event(),
    )


def _announce(
    feed: Feed,
    queue: Queue,
    sums: Adding,
    *,
    effect: Effect | None = None,
    now: datetime = AT,
    pace: Callable[[], None] = lambda: None,
    wait: Callable[[int, Transient], bool] = lambda _failures, _why: True,
    stop: threading.Event | None = None,
) -> None:
    announce(
        feed,
        queue=queue,
        effect=effect,
        sums=sums,
        pace=pace,
        wait=wait,
        stop=stop or threading.Event(),
        clock=now.timestamp,
    )


def test_a_feed_is_announced_in_full_batches(queue: Queue, cloud: Cloud) -> None:
    """And what is announced is done: the worker has it now."""
    names = keys(25)
    sums = Adding()
    feed = _feed([listed(name, at=AT) for name in names], sums)

    _announce(feed, queue, sums)

    assert _received(queue) == [_created(name) for name in names]
    assert cloud.calls.count("sqs", SEND) == 3
    assert (sums.now().announced, sums.now().bytes) == (25, 2500)
    assert feed.is_done


@pytest.mark.parametrize(
    ("asked", "effects"),
    [
        (None, [Effect.ALL, Effect.SILENT]),
        (Effect.ALL, [Effect.ALL, Effect.ALL]),
        (Effect.NONE, [Effect.NONE, Effect.NONE]),
    ],
)
def test_the_worker_is_told_what_counting_is_to_lead_to(
    queue: Queue, asked: Effect | None, effects: list[Effect]
) -> None:
    """The age of a file counts at the time when it is announced."""
    sums = Adding()
    objects = [listed("new", at=AT), listed("old", at=AT - timedelta(days=2))]

    _announce(_feed(objects, sums), queue, sums, effect=asked)

    assert [one.effect for one in _received(queue)] == effects


def test_a_batch_that_can_not_be_announced_is_tried_again(queue: Queue, cloud: Cloud) -> None:
    """Until it is there; then it counts once."""
    sums = Adding()
    feed = _feed([listed("a")], sums)
    failures: list[int] = []

    def wait(count: int, _: Transient) -> bool:
        failures.append(count)
        cloud.faults.reset()
        return True

    with cloud.faults.inject(Fault(service="sqs", operation=SEND, kind=FailEntries(), nth=None)):
        _announce(feed, queue, sums, wait=wait)

    assert failures == [1]
    assert (_keys(_received(queue)), sums.now().announced, feed.is_done) == (["a"], 1, True)


def test_a_batch_that_nobody_waits_for_is_not_done(queue: Queue, cloud: Cloud) -> None:
    """The next pass announces it."""
    sums = Adding()
    feed = _feed([listed("a")], sums)

    with cloud.faults.inject(Fault(service="sqs", operation=SEND, kind=FailEntries(), nth=None)):
        _announce(feed, queue, sums, wait=lambda _failures, _why: False)

    assert (sums.now().announced, feed.is_done, feed.place) == (0, False, None)


def test_nobody_waits_for_a_permission(queue: Queue, cloud: Cloud) -> None:
    """It is raised at once."""
    sums = Adding()
    denied = Fault(service="sqs", operation=SEND, kind=DENIED, nth=None)

    with cloud.faults.inject(denied), pytest.raises(Denied):
        _announce(_feed([listed("a")], sums), queue, sums, wait=Patience(threading.Event()).wait)

    assert cloud.calls.count("sqs", SEND) == 1


def test_whoever_stops_has_announced_what_was_in_hand(queue: Queue) -> None:
    """And the next pass goes on behind it."""
    sums = Adding()
    stop = threading.Event()
    feed = _feed([listed(name) for name in keys(250)], sums)
    paced: list[int] = []

    def pace() -> None:
        paced.append(1)
        if len(paced) == 105:
            stop.set()

    _announce(feed, queue, sums, pace=pace, stop=stop)

    assert (sums.now().announced, feed.place, feed.is_done) == (104, keys(250)[103], False)
    assert _keys(_received(queue)) == keys(104)
