"""An alert that somebody asks for, over real HTTP: published, and counted once, whoever dies and whoever repeats."""

import threading

import boto3
import pytest
from msgspec.structs import replace

from core.aws import clients
from core.aws.metrics import ALERT_TRIGGERED
from core.errors import Busy, Denied, KeyReused, NotFound, Throttled, Transient, Usage
from core.limits import DAY_S, HOUR_S, NOTICE_BUSY_S, NOTICE_KEPT_S, NOTICES_OUTSTANDING_MAX
from core.model import Bucket, Datum, ETag, NoticeKey, ObjectKey, ObjectRef, Report
from core.push import Notified, Notifier
from local.clock import VirtualClock
from local.cloud import Cloud
from local.faults import DENIED, Fault, LoseAnswer, LoseRequest
from local.wiring import Wired
from tests.e2e.hands import ENVIRONMENT, Hand, Hands
from tests.e2e.members import member_of

KEY = NoticeKey("k1")
REF = ObjectRef(bucket=Bucket("logs"), key=ObjectKey("a.jsonl"), etag=ETag("e1"))


@pytest.fixture
def hands(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> Hands:
    return Hands(cloud=cloud, clock=clock, aws=aws, wired=wired)


def _report(*, total: int = 12) -> Report:
    return member_of(REF, [Datum(0, "orders", total)], topic_arn="rings").report


def _ask(hands: Hands, notifier: Notifier, key: NoticeKey = KEY, *, asked: str = "a.jsonl 10") -> Notified:
    return notifier.notify(key, asked=asked, report=_report(), topic_arn=hands.wired.topic_arn)


def _asked_for(hands: Hands) -> list[float]:
    """When CloudWatch holds an alert that was asked for."""
    dimensions = {"Environment": ENVIRONMENT, "Source": "notify"}
    found = [datum for datum in hands.cloud.accepted if datum.metric == ALERT_TRIGGERED]
    ours = [datum for datum in found if datum.dimensions == dimensions]
    assert all(datum.sum == datum.sample_count == 1 for datum in ours)
    return [datum.timestamp for datum in ours]


def _settle(hand: Hand, hands: Hands, *, hours: float = 2) -> None:
    for _ in range(int(hours * 12)):
        hands.clock.advance(HOUR_S / 12)
        hand.settler.round()


def _outstanding(hands: Hands) -> int:
    return sum(writer.outstanding is not None for writer in hands.new().ledger.writers())


def test_an_alert_that_is_asked_for_is_published_and_counted_once(hands: Hands) -> None:
    """At the time of the request, in a metric of its own; its slot is free for the next one at once."""
    notifier, at = hands.notifier(), int(hands.clock())

    answer = _ask(hands, notifier)
    second = _ask(hands, notifier, NoticeKey("k2"))

    assert (answer.repeated, answer.report) == (False, _report())
    assert answer.message_id not in {None, second.message_id}
    assert len(_asked_for(hands)) == 2
    assert all(at <= moment <= hands.clock() for moment in _asked_for(hands))
    assert len(set(hands.alerts())) == 2
    assert [writer.used_at for writer in hands.new().ledger.writers()] == [0.0]


def test_it_is_not_mixed_with_the_files_that_ring(hands: Hands) -> None:
    """Nor dropped as a duplicate of the worker's alert of the same file."""
    hand = hands.new()
    hand.pusher.intend([member_of(REF, [Datum(int(hands.clock()), None, 1)], topic_arn=hands.wired.topic_arn)])
    hand.pusher.finish()
    hand.pusher.rest()

    _ask(hands, hands.notifier())

    of_files = [datum for datum in hands.cloud.accepted if datum.dimensions == {"Environment": ENVIRONMENT}]
    assert [datum.sum for datum in of_files] == [1]
    assert len(_asked_for(hands)) == 1
    assert len(set(hands.alerts())) == 2


def test_a_repeat_is_answered_as_before_and_counts_nothing(hands: Hands) -> None:
    """By any process, for a day, without reading the object again."""
    first = _ask(hands, hands.notifier())
    hands.clock.advance(DAY_S - 1)
    other = hands.notifier()

    assert other.earlier(KEY, asked="a.jsonl 10") == replace(first, repeated=True)
    assert _ask(hands, other) == replace(first, repeated=True)
    assert len(_asked_for(hands)) == 1
    assert len(hands.alerts()) == 1


def test_a_day_later_the_key_names_another_request(hands: Hands) -> None:
    """It is published under another name, and counted; the first one stays in the ledger, for whoever settles it."""
    notifier = hands.notifier()
    _ask(hands, notifier)
    hands.clock.advance(DAY_S)

    assert notifier.earlier(KEY, asked="another") is None
    answer = _ask(hands, notifier, asked="another")

    assert not answer.repeated
    assert len(_asked_for(hands)) == 2
    assert len(set(hands.alerts())) == 2
    items = clients.dynamodb(hands.aws, endpoint_url=hands.cloud.endpoint).query(
        TableName=hands.wired.table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "notify#k1"}},
    )["Items"]
    assert [item["sk"]["S"] for item in items] == ["1", "2"]
    assert all(float(item["expires_at"]["N"]) > hands.clock() + NOTICE_KEPT_S - 2 * DAY_S for item in items)


def test_a_key_of_another_request_is_refused(hands: Hands) -> None:
    """Else somebody would be told of a file that they have not asked about."""
    notifier = hands.notifier()
    _ask(hands, notifier)

    with pytest.raises(KeyReused, match="take a new one"):
        notifier.earlier(KEY, asked="b.jsonl 10")
    with pytest.raises(KeyReused, match="take a new one"):
        _ask(hands, notifier, asked="b.jsonl 10")


@pytest.mark.parametrize("key", ["", " ", "k" * 256])
def test_a_key_that_is_none_is_refused(hands: Hands, key: str) -> None:
    """It must fit the ledger."""
    with pytest.raises(Usage, match="1 to 255 characters"):
        _ask(hands, hands.notifier(), NoticeKey(key))


def test_a_push_in_doubt_is_answered_and_settled_by_a_worker(hands: Hands) -> None:
    """The alert is out: nobody waits for CloudWatch."""
    with hands.cloud.faults.inject(Fault(operation="PutMetricData", kind=LoseRequest())):
        answer = _ask(hands, hands.notifier())
    assert answer.message_id is not None
    assert (len(_asked_for(hands)), _outstanding(hands)) == (0, 1)

    _settle(hands.new(), hands)

    assert (len(_asked_for(hands)), _outstanding(hands)) == (1, 0)
    assert set(hands.alerts()) == set(_ids(hands))


def test_what_could_not_be_published_is_published_by_a_worker(hands: Hands) -> None:
    """The failure says so. A repeat is told to wait, and then publishes it itself; it stays one alert."""
    notifier = hands.notifier()
    with (
        hands.cloud.faults.inject(Fault(operation="Publish", kind=DENIED, nth=None)),
        pytest.raises(Denied, match="a worker publishes this alert"),
    ):
        _ask(hands, notifier)
    with pytest.raises(Busy, match="ask again"):
        _ask(hands, notifier)
    hands.clock.advance(NOTICE_BUSY_S)

    repeat = _ask(hands, notifier)
    _settle(hands.new(), hands)

    assert (repeat.repeated, repeat.message_id is None) == (True, False)
    assert (len(_asked_for(hands)), _outstanding(hands)) == (1, 0)
    assert len(set(hands.alerts())) == 1


def test_a_topic_that_is_not_there_is_named(hands: Hands) -> None:
    """It is no transient failure, and the words are its own."""
    topic_arn = f"{hands.wired.topic_arn}-gone"

    with pytest.raises(NotFound, match="-gone: there is no such thing"):
        hands.notifier().notify(KEY, asked="a", report=_report(), topic_arn=topic_arn)


def test_a_repeat_after_a_worker_has_settled_it_has_no_message_id(hands: Hands) -> None:
    """Whoever published it could not keep that; the ledger knows that it is published."""
    notifier = hands.notifier()
    with (
        hands.cloud.faults.inject(Fault(operation="Publish", kind=DENIED, nth=None)),
        pytest.raises(Denied),
    ):
        _ask(hands, notifier)
    _settle(hands.new(), hands)
    assert len(hands.alerts()) == 1

    repeat = _ask(hands, notifier)

    assert (repeat.repeated, repeat.message_id, repeat.report) == (True, None, _report())
    assert hands.alerts() == []


def test_nothing_happens_when_the_ledger_takes_nothing(hands: Hands) -> None:
    """So the same request may be made again."""
    notifier = hands.notifier()
    with (
        hands.cloud.faults.inject(Fault(operation="TransactWriteItems", kind=DENIED, nth=None)),
        pytest.raises(Transient),
    ):
        _ask(hands, notifier)
    assert (hands.alerts(), _outstanding(hands)) == ([], 0)

    assert not _ask(hands, notifier).repeated


def test_a_lost_answer_of_the_ledger_changes_nothing(hands: Hands) -> None:
    """The SDK repeats the call, and the slot shows whose it is."""
    with hands.cloud.faults.inject(Fault(operation="TransactWriteItems", kind=LoseAnswer())):
        answer = _ask(hands, hands.notifier())

    assert not answer.repeated
    assert (len(_asked_for(hands)), len(hands.alerts())) == (1, 1)


def test_a_message_id_that_could_not_be_kept_does_not_fail_the_request(hands: Hands) -> None:
    """A repeat then finds it settled."""
    notifier = hands.notifier()
    with hands.cloud.faults.inject(Fault(operation="PutItem", kind=DENIED, nth=None)):
        first = _ask(hands, notifier)
    _settle(hands.new(), hands, hours=0.5)

    repeat = _ask(hands, notifier)

    assert (first.message_id is None, repeat.message_id) == (False, None)
    assert (len(_asked_for(hands)), _outstanding(hands)) == (1, 0)


def test_what_cloudwatch_refuses_is_recorded_beside_the_notice(hands: Hands) -> None:
    """After two weeks without CloudWatch it takes the datum no more. The key is free for another request."""
    notifier = hands.notifier()
    with hands.cloud.faults.inject(Fault(operation="PutMetricData", kind=LoseRequest())):
        _ask(hands, notifier)
    hands.clock.advance(14 * DAY_S + HOUR_S)

    _settle(hands.new(), hands)

    assert (len(_asked_for(hands)), _outstanding(hands)) == (0, 0)
    items = clients.dynamodb(hands.aws, endpoint_url=hands.cloud.endpoint).query(
        TableName=hands.wired.table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "notify#k1"}},
    )["Items"]
    assert [item["sk"]["S"].split("#")[0] for item in items] == ["1", "refused"]
    assert not _ask(hands, notifier).repeated


def test_the_workers_keep_slots_when_no_alert_can_be_published(hands: Hands) -> None:
    """Each one takes a slot until it is settled, so there is a limit, and it is named."""
    notifier = hands.notifier()
    with hands.cloud.faults.inject(Fault(operation="Publish", kind=DENIED, nth=None)):
        for n in range(NOTICES_OUTSTANDING_MAX):
            with pytest.raises(Denied):
                _ask(hands, notifier, NoticeKey(f"k{n}"))
    with pytest.raises(Transient, match="wait to be settled"):
        _ask(hands, notifier, NoticeKey("one more"))
    assert _outstanding(hands) == NOTICES_OUTSTANDING_MAX

    _settle(hands.new(), hands)

    assert not _ask(hands, notifier, NoticeKey("one more")).repeated
    assert len(_asked_for(hands)) == NOTICES_OUTSTANDING_MAX + 1


@pytest.mark.race
def test_of_many_at_once_with_one_key_one_is_counted(hands: Hands) -> None:
    """The others are answered the same, or told to ask again."""
    notifier = hands.notifier(at_once=4)
    answers: list[Notified | str] = []

    def ask() -> None:
        try:
            answers.append(_ask(hands, notifier))
        except (Busy, Throttled) as exc:
            answers.append(type(exc).__name__)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    told = [answer for answer in answers if isinstance(answer, Notified)]
    assert len(answers) == 8
    assert sum(not answer.repeated for answer in told) == 1
    assert len({answer.message_id for answer in told}) == 1
    assert len(_asked_for(hands)) == 1
    assert len(set(hands.alerts())) == 1


@pytest.mark.race
def test_many_at_once_with_keys_of_their_own_are_all_counted(hands: Hands) -> None:
    """In slots of their own, no more of them than publish at once."""
    notifier = hands.notifier(at_once=4)
    threads = [threading.Thread(target=_ask, args=(hands, notifier, NoticeKey(f"k{n}"))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(_asked_for(hands)) == 8
    assert len(set(hands.alerts())) == 8
    assert len(hands.new().ledger.writers()) <= 4


def _ids(hands: Hands) -> list[str]:
    noted = hands.new().ledger.noted(KEY)
    return [] if noted is None else [noted.notice.alert.deduplication_id]
