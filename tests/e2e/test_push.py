"""The push protocol over real HTTP: what CloudWatch holds in the end, whatever the weather."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence

import boto3
import pytest

from core.aws import clients
from core.errors import Transient
from core.limits import HOUR_S, REQUEST_DATA_MAX
from core.model import (
    Bucket,
    Datum,
    End,
    EndKind,
    ETag,
    Member,
    ObjectKey,
    ObjectRef,
    Outside,
)
from core.writers import Slot
from local.clock import VirtualClock
from local.cloud import Cloud
from local.faults import DENIED, THROTTLED, Fail, Fault, Kind, LoseAnswer, LoseRequest, ProxyPage
from local.wiring import Wired
from tests.e2e.hands import Hand, Hands, errors_in
from tests.e2e.members import member_of


@pytest.fixture
def hands(cloud: Cloud, clock: VirtualClock, aws: boto3.Session, wired: Wired) -> Hands:
    return Hands(cloud=cloud, clock=clock, aws=aws, wired=wired)


def _ref(key: str) -> ObjectRef:
    return ObjectRef(bucket=Bucket("logs"), key=ObjectKey(key), etag=ETag(f"etag-of-{key}"))


def _member(key: str, data: Sequence[Datum], *, topic_arn: str | None = None, outside: Outside | None = None) -> Member:
    return member_of(_ref(key), data, topic_arn=topic_arn, outside=outside)


def _minutes(clock: Callable[[], float], n: int, *, service: str = "orders") -> list[Datum]:
    """`n` cells of one service, one error in the first, two in the second and so on."""
    this_minute = int(clock()) // 60 * 60
    return [Datum(this_minute - 60 * (n - i), service, i + 1) for i in range(n)]


def _counts(*data: Datum) -> Counter[tuple[str, int]]:
    counts: Counter[tuple[str, int]] = Counter()
    for datum in data:
        counts[datum.service or "", datum.at] += datum.count
    return counts


def _push(hand: Hand, *members: Member) -> None:
    hand.pusher.intend(members)
    hand.pusher.finish()
    hand.pusher.rest()


def _settle(hand: Hand, hands: Hands, *, hours: int = 2) -> None:
    """Let AWS's clock run on, with a round of settling every few minutes."""
    for _ in range(hours * 12):
        hands.clock.advance(HOUR_S / 12)
        hand.settler.round()


def _outstanding(hand: Hand) -> list[Slot]:
    return [writer.slot for writer in hand.ledger.writers() if writer.outstanding is not None]


def test_the_errors_of_several_files_arrive_once(hands: Hands) -> None:
    """Sum and SampleCount are both the number of errors."""
    hand = hands.new()
    orders, auth = _minutes(hands.clock, 3), _minutes(hands.clock, 2, service="auth")

    _push(hand, _member("orders.jsonl", orders), _member("auth.jsonl", auth))

    assert errors_in(hands.cloud) == _counts(*orders, *auth)
    assert hand.ledger.known([_ref("orders.jsonl"), _ref("auth.jsonl"), _ref("new.jsonl")]) == {
        _ref("orders.jsonl"),
        _ref("auth.jsonl"),
    }
    assert _outstanding(hand) == []


def test_a_file_that_the_ledger_has_is_not_pushed_again(hands: Hands) -> None:
    """By whoever comes second, together with one that is new."""
    old, new = _minutes(hands.clock, 3), _minutes(hands.clock, 2, service="auth")
    _push(hands.new(), _member("old.jsonl", old))

    _push(hands.new(), _member("old.jsonl", old), _member("new.jsonl", new))

    assert errors_in(hands.cloud) == _counts(*old, *new)


def test_the_next_intend_carries_the_commit(hands: Hands) -> None:
    """A push costs one write of the ledger, not two."""
    hand = hands.new()
    for name in "abc":
        hand.pusher.intend([_member(name, _minutes(hands.clock, 1))])
        hand.pusher.finish()

    assert hands.cloud.calls.count("dynamodb", "TransactWriteItems") == 3
    assert hands.cloud.calls.count("dynamodb", "PutItem") == 0


def test_a_file_with_more_cells_than_a_request_takes_is_counted_once(hands: Hands) -> None:
    """Each request of the push has a number and a mark of its own; the cells have items of their own."""
    services = [f"service-{n:04d}" for n in range(50)]
    data = [datum for name in services for datum in _minutes(hands.clock, 60, service=name)]

    _push(hands.new(), _member("huge.jsonl", data))

    assert errors_in(hands.cloud) == _counts(*data)
    assert hands.cloud.calls.count("cloudwatch", "PutMetricData") == -(-len(data) // (REQUEST_DATA_MAX - 1))


@pytest.mark.parametrize("kind", [LoseAnswer(), Fail(effect=True), ProxyPage(effect=True)], ids=str)
def test_a_push_that_landed_unseen_is_found_by_its_mark(hands: Hands, kind: Kind) -> None:
    """The answer was lost; its mark can be read, so nothing is sent again."""
    hand, data = hands.new(), _minutes(hands.clock, 3)
    with hands.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=kind)):
        _push(hand, _member("a.jsonl", data))
    assert len(_outstanding(hand)) == 1

    hand.settler.round()

    assert errors_in(hands.cloud) == _counts(*data)
    assert _outstanding(hand) == []
    assert hands.cloud.calls.count("cloudwatch", "PutMetricData") == 1


@pytest.mark.parametrize("kind", [LoseRequest(), Fail(), ProxyPage()], ids=str)
def test_a_push_that_did_not_land_is_sent_again_after_the_fence(hands: Hands, kind: Kind) -> None:
    """Not before a probe is readable and the mark is not."""
    hand, data = hands.new(), _minutes(hands.clock, 3)
    with hands.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=kind)):
        _push(hand, _member("a.jsonl", data))

    _settle(hand, hands, hours=0)
    hand.settler.round()
    assert errors_in(hands.cloud) == Counter()
    _settle(hand, hands)

    assert errors_in(hands.cloud) == _counts(*data)
    assert _outstanding(hand) == []


def test_a_push_whose_worker_died_is_finished_by_another(hands: Hands) -> None:
    """With its alert, and with the cells that the ledger holds."""
    data = [*_minutes(hands.clock, 1500), Datum(int(hands.clock()), None, 1)]
    hands.new().pusher.intend([_member("a.jsonl", data, topic_arn=hands.wired.topic_arn)])

    _settle(hands.new(), hands)

    assert errors_in(hands.cloud) == _counts(*data)
    assert hands.alerts() == ["alert-of-a.jsonl"]


def test_a_worker_that_slept_cannot_send_a_push_that_was_settled(hands: Hands) -> None:
    """The slot went on under a new number, so the sleeper must leave the push to it."""
    sleeper, other, data = hands.new(), hands.new(), _minutes(hands.clock, 3)
    sleeper.pusher.intend([_member("a.jsonl", data)])
    _settle(other, hands)

    sleeper.pusher.finish()

    assert errors_in(hands.cloud) == _counts(*data)
    assert _outstanding(other) == []


def test_two_settlers_at_once_count_it_once(hands: Hands) -> None:
    """Each write of a slot is conditional on its number: one of them goes on, the other leaves."""
    data = _minutes(hands.clock, 3)
    hands.new().pusher.intend([_member("a.jsonl", data)])
    settlers = [hands.new().settler for _ in range(2)]

    for _ in range(24):
        hands.clock.advance(HOUR_S / 12)
        threads = [threading.Thread(target=settler.round) for settler in settlers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert errors_in(hands.cloud) == _counts(*data)


def test_metrics_that_become_readable_late_are_waited_for(hands: Hands) -> None:
    """CloudWatch may take minutes to show a point. The hold is longer."""
    hand, data = hands.new(), _minutes(hands.clock, 3)
    hands.cloud.delay_metrics(14 * 60)
    with hands.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=LoseAnswer())):
        _push(hand, _member("a.jsonl", data))

    _settle(hand, hands)

    assert errors_in(hands.cloud) == _counts(*data)
    assert _outstanding(hand) == []


def test_one_datum_that_is_refused_does_not_harm_the_others(hands: Hands) -> None:
    """It is taken out, with CloudWatch's reason beside its object; all others are counted."""
    hand, good = hands.new(), _minutes(hands.clock, 5)
    old = Datum(int(hands.clock()) - 15 * 24 * HOUR_S, "orders", 7)

    _push(hand, _member("good.jsonl", good), _member("bad.jsonl", [*good, old]))

    assert errors_in(hands.cloud) == _counts(*good, *good)
    assert _outstanding(hand) == []
    (refused,) = hands.refused("bad.jsonl")
    assert "Timestamp" in refused


def test_an_intend_whose_answer_is_lost_is_recognised(hands: Hands) -> None:
    """The SDK sends it again; refused, it is ours by its nonce."""
    hand, data = hands.new(), _minutes(hands.clock, 3)
    with hands.cloud.faults.inject(Fault(service="dynamodb", operation="TransactWriteItems", kind=LoseAnswer())):
        _push(hand, _member("a.jsonl", data))

    assert errors_in(hands.cloud) == _counts(*data)
    assert _outstanding(hand) == []


def test_an_intend_that_nobody_answers_deletes_nothing(hands: Hands) -> None:
    """It may be done or not: the message must come back, and then it is counted once."""
    hand, data = hands.new(), _minutes(hands.clock, 3)
    lost = Fault(service="dynamodb", operation="TransactWriteItems", kind=LoseAnswer(), nth=None)
    with hands.cloud.faults.inject(lost), pytest.raises(Transient):
        hand.pusher.intend([_member("a.jsonl", data)])

    _push(hand, _member("a.jsonl", data))
    _settle(hand, hands)

    assert errors_in(hands.cloud) == _counts(*data)


def test_a_proxys_page_is_no_answer_of_the_ledger(hands: Hands) -> None:
    """It comes with a 200, and nothing was written: so nothing may be deleted."""
    hand, data = hands.new(), _minutes(hands.clock, 3)
    page = Fault(service="dynamodb", operation="TransactWriteItems", kind=ProxyPage(), nth=None)
    with hands.cloud.faults.inject(page), pytest.raises(Transient, match="is there a proxy in between"):
        hand.pusher.intend([_member("a.jsonl", data)])

    _push(hand, _member("a.jsonl", data))

    assert errors_in(hands.cloud) == _counts(*data)


@pytest.mark.parametrize(
    ("service", "operation"), [("sns", "Publish"), ("cloudwatch", "GetMetricStatistics"), ("dynamodb", "Query")]
)
def test_a_proxys_page_settles_nothing(hands: Hands, service: str, operation: str) -> None:
    """No alert is taken for published, no mark for absent, and no slot for free."""
    hand = hands.new()
    data = [*_minutes(hands.clock, 3), Datum(int(hands.clock()), None, 1)]
    lost = Fault(service="cloudwatch", operation="PutMetricData", kind=LoseAnswer())
    page = Fault(service=service, operation=operation, kind=ProxyPage(), nth=None)
    with hands.cloud.faults.inject(lost):
        hand.pusher.intend([_member("a.jsonl", data, topic_arn=hands.wired.topic_arn)])
        hand.pusher.finish()
    with hands.cloud.faults.inject(page):
        hands.new().settler.round()
        hands.clock.advance(HOUR_S)
        hands.new().settler.round()
    assert len(_outstanding(hand)) == 1

    _settle(hand, hands)

    assert errors_in(hands.cloud) == _counts(*data)
    assert set(hands.alerts()) == {"alert-of-a.jsonl"}
    assert _outstanding(hand) == []


def test_while_cloudwatch_throttles_one_push_is_kept_and_nothing_more_received(hands: Hands) -> None:
    """It was refused, so it is certainly not counted: the same slot tries again."""
    hand, data = hands.new(), _minutes(hands.clock, 3)
    throttle = Fault(service="cloudwatch", operation="PutMetricData", kind=THROTTLED, nth=None)
    with hands.cloud.faults.inject(throttle):
        _push(hand, _member("a.jsonl", data))
        why = hand.pusher.why_not_ready
    assert why is not None
    assert "CloudWatch takes no metrics" in why
    assert hand.pusher.unfinished

    hands.clock.advance(HOUR_S)
    hand.pusher.finish()
    hand.pusher.rest()

    assert hand.pusher.why_not_ready is None
    assert errors_in(hands.cloud) == _counts(*data)
    assert _outstanding(hand) == []


def test_a_clock_that_is_far_behind_the_one_that_signs_is_no_hot_loop(hands: Hands) -> None:
    """Each number would be signed too late: one renewal, then it waits, loudly. Another worker settles it."""
    hand, data = hands.new(behind_s=5 * 60), _minutes(hands.clock, 3)

    _push(hand, _member("a.jsonl", data))

    assert "is the clock right?" in (hand.pusher.why_not_ready or "")
    assert hands.cloud.calls.count("dynamodb", "PutItem") == 1
    _settle(hands.new(), hands)
    assert errors_in(hands.cloud) == _counts(*data)


def test_a_worker_with_many_pushes_in_doubt_stops_receiving(hands: Hands) -> None:
    """Until they are settled."""
    hand, sent = hands.new(), []
    lost = Fault(service="cloudwatch", operation="PutMetricData", kind=LoseAnswer(), nth=None)
    with hands.cloud.faults.inject(lost):
        for name in "abcd":
            sent += _minutes(hands.clock, 2, service=name)
            _push(hand, _member(name, _minutes(hands.clock, 2, service=name)))
    assert "in doubt" in (hand.pusher.why_not_ready or "")

    hand.settler.round()
    hand.settler.round()

    assert hand.pusher.why_not_ready is None
    assert errors_in(hands.cloud) == _counts(*sent)


def test_an_alert_that_could_not_be_published_is_published_by_whoever_settles(hands: Hands) -> None:
    """The push is counted, and not committed before its alert is out."""
    hand = hands.new()
    data = [*_minutes(hands.clock, 3), Datum(int(hands.clock()), None, 1)]
    with hands.cloud.faults.inject(Fault(service="sns", operation="Publish", kind=Fail(), nth=None)):
        _push(hand, _member("a.jsonl", data, topic_arn=hands.wired.topic_arn))
        hand.settler.round()
    assert len(_outstanding(hand)) == 1

    hand.settler.round()

    assert hands.alerts() == ["alert-of-a.jsonl"]
    assert errors_in(hands.cloud) == _counts(*data)
    assert _outstanding(hand) == []


def test_a_topic_that_is_gone_holds_up_no_alert_of_another(hands: Hands) -> None:
    """It is one rule's; and what it holds is published when it is there again."""
    hand = hands.new()
    (datum,) = _minutes(hands.clock, 1)
    gone = f"{hands.wired.topic_arn}-gone"
    topics = {"a": gone, "b": hands.wired.topic_arn, "c": gone, "d": hands.wired.topic_arn}

    _push(hand, *(_member(key, [datum], topic_arn=topic) for key, topic in topics.items()))

    assert sorted(hands.alerts()) == ["alert-of-b", "alert-of-d"]
    assert errors_in(hands.cloud) == _counts(*[datum] * 4)
    assert len(_outstanding(hand)) == 1
    sns = clients.sns(hands.aws, endpoint_url=hands.cloud.endpoint)
    sns.create_topic(Name=gone.rpartition(":")[2])
    _settle(hand, hands, hours=1)
    assert set(hands.alerts()) <= {"alert-of-b", "alert-of-d"}  # by whoever settled
    assert not _outstanding(hand)


def test_whoever_could_not_read_marks_goes_on_when_somebody_else_has_settled(hands: Hands) -> None:
    """Nothing is left that it could learn it from, so it asks."""
    left, denied, settles = (hands.new() for _ in range(3))
    with hands.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=LoseAnswer())):
        _push(left, _member("a", _minutes(hands.clock, 1)))
    hands.clock.advance(HOUR_S)
    reads = Fault(service="cloudwatch", operation="GetMetricStatistics", kind=DENIED, nth=None)
    with hands.cloud.faults.inject(reads):
        denied.settler.round()
        assert denied.settler.why_not_ready
    settles.settler.round()

    with hands.cloud.faults.inject(reads):
        denied.settler.round()
        assert denied.settler.why_not_ready
    denied.settler.round()

    assert denied.settler.why_not_ready is None
    assert not _outstanding(denied)


def test_an_end_is_replaced_when_the_same_bytes_turn_up_again(hands: Hands) -> None:
    """Deleted before it was read, and uploaded once more: now it is counted."""
    hand, data = hands.new(), _minutes(hands.clock, 3)
    hand.pusher.intend([End(ref=_ref("a.jsonl"), kind=EndKind.GONE, reason="deleted")])
    assert hand.ledger.known([_ref("a.jsonl")]) == set()

    _push(hand, _member("a.jsonl", data))

    assert errors_in(hands.cloud) == _counts(*data)
    assert hand.ledger.known([_ref("a.jsonl")]) == {_ref("a.jsonl")}


def test_an_end_never_replaces_what_was_counted(hands: Hands) -> None:
    """A late message finds the object deleted; its errors stay in the ledger."""
    hand, data = hands.new(), _minutes(hands.clock, 3)
    _push(hand, _member("a.jsonl", data))

    hand.pusher.intend([End(ref=_ref("a.jsonl"), kind=EndKind.GONE, reason="deleted")])

    assert hand.ledger.known([_ref("a.jsonl")]) == {_ref("a.jsonl")}


def test_a_file_without_errors_is_known_and_costs_no_push(hands: Hands) -> None:
    """Also when all that it has lies outside CloudWatch's window."""
    hand = hands.new()
    outside = Outside(errors=3, first=0, last=60)  # type: ignore[arg-type]  # minutes

    _push(hand, _member("calm.jsonl", []), _member("old.jsonl", [], outside=outside))

    assert hand.ledger.known([_ref("calm.jsonl"), _ref("old.jsonl")]) == {_ref("calm.jsonl"), _ref("old.jsonl")}
    assert hands.cloud.calls.count("cloudwatch", "PutMetricData") == 0
    assert hand.ledger.writers() == []


def test_workers_that_push_at_the_same_time_share_slots_without_harm(hands: Hands) -> None:
    """Eight workers, forty files each, half of them the same files."""
    files = [_member(f"{n}.jsonl", [Datum(int(hands.clock()) // 60 * 60, f"s{n % 5}", n + 1)]) for n in range(100)]

    def work(hand: Hand, start: int) -> None:
        for n in range(start, start + 40, 4):
            hand.pusher.intend([files[i % 100] for i in range(n, n + 4)])
            hand.pusher.finish()
        hand.pusher.rest(release=True)

    threads = [threading.Thread(target=work, args=(hands.new(), 13 * n)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors_in(hands.cloud) == _counts(*(datum for file in files for datum in file.data))
