"""The push protocol over real HTTP: what CloudWatch holds in the end."""

import threading
from collections import Counter

import pytest

from core.limits import HOUR_S, REQUEST_DATA_MAX
from core.model import (
    Datum,
)
from local.faults import Fail, Fault, Kind, LoseAnswer, LoseRequest, ProxyPage
from tests.e2e.hands import Hand, Hands, errors_in
from tests.e2e.push.pushes import counts, member, minutes, outstanding, push, ref_of, settle_all


def test_the_errors_of_several_files_arrive_once(hands: Hands) -> None:
    """Sum and SampleCount are both the number of errors."""
    hand = hands.new()
    orders, auth = minutes(hands.clock, 3), minutes(hands.clock, 2, service="auth")

    push(hand, member("orders.jsonl", orders), member("auth.jsonl", auth))

    assert errors_in(hands.cloud) == counts(*orders, *auth)
    assert hand.ledger.known([ref_of("orders.jsonl"), ref_of("auth.jsonl"), ref_of("new.jsonl")]) == {
        ref_of("orders.jsonl"),
        ref_of("auth.jsonl"),
    }
    assert outstanding(hand) == []


def test_the_next_intend_carries_the_commit(hands: Hands) -> None:
    """A push costs one write of the ledger, not two."""
    hand = hands.new()
    for name in "abc":
        hand.pusher.intend([member(name, minutes(hands.clock, 1))])
        hand.pusher.finish()

    assert hands.cloud.calls.count("dynamodb", "TransactWriteItems") == 3
    assert hands.cloud.calls.count("dynamodb", "PutItem") == 0


def test_a_file_with_more_cells_than_a_request_takes_is_counted_once(hands: Hands) -> None:
    """Each request of the push has a number and a mark of its own; the cells have items of their own."""
    services = [f"service-{n:04d}" for n in range(50)]
    data = [datum for name in services for datum in minutes(hands.clock, 60, service=name)]

    push(hands.new(), member("huge.jsonl", data))

    assert errors_in(hands.cloud) == counts(*data)
    assert hands.cloud.calls.count("cloudwatch", "PutMetricData") == -(-len(data) // (REQUEST_DATA_MAX - 1))


@pytest.mark.parametrize("kind", [LoseAnswer(), Fail(effect=True), ProxyPage(effect=True)], ids=str)
def test_a_push_that_landed_unseen_is_found_by_its_mark(hands: Hands, kind: Kind) -> None:
    """The answer was lost; its mark can be read, so nothing is sent again."""
    hand, data = hands.new(), minutes(hands.clock, 3)
    with hands.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=kind)):
        push(hand, member("a.jsonl", data))
    assert len(outstanding(hand)) == 1

    hand.settler.round()

    assert errors_in(hands.cloud) == counts(*data)
    assert outstanding(hand) == []
    assert hands.cloud.calls.count("cloudwatch", "PutMetricData") == 1


@pytest.mark.parametrize("kind", [LoseRequest(), Fail(), ProxyPage()], ids=str)
def test_a_push_that_did_not_land_is_sent_again_after_the_fence(hands: Hands, kind: Kind) -> None:
    """Not before a probe is readable and the mark is not."""
    hand, data = hands.new(), minutes(hands.clock, 3)
    with hands.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=kind)):
        push(hand, member("a.jsonl", data))

    settle_all(hand, hands, hours=0)
    hand.settler.round()
    assert errors_in(hands.cloud) == Counter()
    settle_all(hand, hands)

    assert errors_in(hands.cloud) == counts(*data)
    assert outstanding(hand) == []


def test_a_push_whose_worker_died_is_finished_by_another(hands: Hands) -> None:
    """With its alert, and with the cells that the ledger holds."""
    data = [*minutes(hands.clock, 1500), Datum(int(hands.clock()), None, 1)]
    hands.new().pusher.intend([member("a.jsonl", data, topic_arn=hands.wired.topic_arn)])

    settle_all(hands.new(), hands)

    assert errors_in(hands.cloud) == counts(*data)
    assert hands.alerts() == ["alert-of-a.jsonl"]


def test_a_worker_that_slept_cannot_send_a_push_that_was_settled(hands: Hands) -> None:
    """The slot went on under a new number, so the sleeper must leave the push to it."""
    sleeper, other, data = hands.new(), hands.new(), minutes(hands.clock, 3)
    sleeper.pusher.intend([member("a.jsonl", data)])
    settle_all(other, hands)

    sleeper.pusher.finish()

    assert errors_in(hands.cloud) == counts(*data)
    assert outstanding(other) == []


def test_two_settlers_at_once_count_it_once(hands: Hands) -> None:
    """Each write of a slot is conditional on its number: one of them goes on, the other leaves."""
    data = minutes(hands.clock, 3)
    hands.new().pusher.intend([member("a.jsonl", data)])
    settlers = [hands.new().settler for _ in range(2)]

    for _ in range(24):
        hands.clock.advance(HOUR_S / 12)
        threads = [threading.Thread(target=settler.round) for settler in settlers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert errors_in(hands.cloud) == counts(*data)


def test_metrics_that_become_readable_late_are_waited_for(hands: Hands) -> None:
    """CloudWatch may take minutes to show a point. The hold is longer."""
    hand, data = hands.new(), minutes(hands.clock, 3)
    hands.cloud.delay_metrics(14 * 60)
    with hands.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=LoseAnswer())):
        push(hand, member("a.jsonl", data))

    settle_all(hand, hands)

    assert errors_in(hands.cloud) == counts(*data)
    assert outstanding(hand) == []


def test_one_datum_that_is_refused_does_not_harm_the_others(hands: Hands) -> None:
    """It is taken out, with CloudWatch's reason beside its object; all others are counted."""
    hand, good = hands.new(), minutes(hands.clock, 5)
    old = Datum(int(hands.clock()) - 15 * 24 * HOUR_S, "orders", 7)

    push(hand, member("good.jsonl", good), member("bad.jsonl", [*good, old]))

    assert errors_in(hands.cloud) == counts(*good, *good)
    assert outstanding(hand) == []
    (refused,) = hands.refused("bad.jsonl")
    assert "Timestamp" in refused


def test_workers_that_push_at_the_same_time_share_slots_without_harm(hands: Hands) -> None:
    """Eight workers, forty files each, half of them the same files."""
    files = [member(f"{n}.jsonl", [Datum(int(hands.clock()) // 60 * 60, f"s{n % 5}", n + 1)]) for n in range(100)]

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

    assert errors_in(hands.cloud) == counts(*(datum for file in files for datum in file.data))
