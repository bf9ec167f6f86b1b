"""The push protocol while AWS refuses, is silent, or somebody else answers for it."""

import pytest

from core.errors import Transient
from core.limits import HOUR_S
from core.model import (
    Datum,
)
from local.faults import DENIED, THROTTLED, Fault, LoseAnswer, ProxyPage
from tests.e2e.hands import Hands, errors_in
from tests.e2e.push.pushes import counts, member, minutes, outstanding, push, settle_all


def test_a_proxys_page_is_no_answer_of_the_ledger(hands: Hands) -> None:
    """It comes with a 200, and nothing was written: so nothing may be deleted."""
    hand, data = hands.new(), minutes(hands.clock, 3)
    page = Fault(service="dynamodb", operation="TransactWriteItems", kind=ProxyPage(), nth=None)
    with hands.cloud.faults.inject(page), pytest.raises(Transient, match="is there a proxy in between"):
        hand.pusher.intend([member("a.jsonl", data)])

    push(hand, member("a.jsonl", data))

    assert errors_in(hands.cloud) == counts(*data)


@pytest.mark.parametrize(
    ("service", "operation"), [("sns", "Publish"), ("cloudwatch", "GetMetricStatistics"), ("dynamodb", "Query")]
)
def test_a_proxys_page_settles_nothing(hands: Hands, service: str, operation: str) -> None:
    """No alert is taken for published, no mark for absent, and no slot for free."""
    hand = hands.new()
    data = [*minutes(hands.clock, 3), Datum(int(hands.clock()), None, 1)]
    lost = Fault(service="cloudwatch", operation="PutMetricData", kind=LoseAnswer())
    page = Fault(service=service, operation=operation, kind=ProxyPage(), nth=None)
    with hands.cloud.faults.inject(lost):
        hand.pusher.intend([member("a.jsonl", data, topic_arn=hands.wired.topic_arn)])
        hand.pusher.finish()
    with hands.cloud.faults.inject(page):
        hands.new().settler.round()
        hands.clock.advance(HOUR_S)
        hands.new().settler.round()
    assert len(outstanding(hand)) == 1

    settle_all(hand, hands)

    assert errors_in(hands.cloud) == counts(*data)
    assert set(hands.alerts()) == {"alert-of-a.jsonl"}
    assert outstanding(hand) == []


def test_while_cloudwatch_throttles_one_push_is_kept_and_nothing_more_received(hands: Hands) -> None:
    """It was refused, so it is certainly not counted: the same slot tries again."""
    hand, data = hands.new(), minutes(hands.clock, 3)
    throttle = Fault(service="cloudwatch", operation="PutMetricData", kind=THROTTLED, nth=None)
    with hands.cloud.faults.inject(throttle):
        push(hand, member("a.jsonl", data))
        why = hand.pusher.why_not_ready
    assert why is not None
    assert "CloudWatch takes no metrics" in why
    assert hand.pusher.unfinished

    hands.clock.advance(HOUR_S)
    hand.pusher.finish()
    hand.pusher.rest()

    assert hand.pusher.why_not_ready is None
    assert errors_in(hands.cloud) == counts(*data)
    assert outstanding(hand) == []


def test_a_clock_that_is_far_behind_the_one_that_signs_is_no_hot_loop(hands: Hands) -> None:
    """Each number would be signed too late: one renewal, then it waits, loudly. Another worker settles it."""
    hand, data = hands.new(behind_s=5 * 60), minutes(hands.clock, 3)

    push(hand, member("a.jsonl", data))

    assert "is the clock right?" in (hand.pusher.why_not_ready or "")
    assert hands.cloud.calls.count("dynamodb", "PutItem") == 1
    settle_all(hands.new(), hands)
    assert errors_in(hands.cloud) == counts(*data)


def test_a_worker_with_many_pushes_in_doubt_stops_receiving(hands: Hands) -> None:
    """Until they are settled."""
    hand, sent = hands.new(), []
    lost = Fault(service="cloudwatch", operation="PutMetricData", kind=LoseAnswer(), nth=None)
    with hands.cloud.faults.inject(lost):
        for name in "abcd":
            sent += minutes(hands.clock, 2, service=name)
            push(hand, member(name, minutes(hands.clock, 2, service=name)))
    assert "in doubt" in (hand.pusher.why_not_ready or "")

    hand.settler.round()
    hand.settler.round()

    assert hand.pusher.why_not_ready is None
    assert errors_in(hands.cloud) == counts(*sent)


def test_an_intend_whose_answer_is_lost_is_recognised(hands: Hands) -> None:
    """The SDK sends it again; refused, it is ours by its nonce."""
    hand, data = hands.new(), minutes(hands.clock, 3)
    with hands.cloud.faults.inject(Fault(service="dynamodb", operation="TransactWriteItems", kind=LoseAnswer())):
        push(hand, member("a.jsonl", data))

    assert errors_in(hands.cloud) == counts(*data)
    assert outstanding(hand) == []


def test_an_intend_that_nobody_answers_deletes_nothing(hands: Hands) -> None:
    """It may be done or not: the message must come back, and then it is counted once."""
    hand, data = hands.new(), minutes(hands.clock, 3)
    lost = Fault(service="dynamodb", operation="TransactWriteItems", kind=LoseAnswer(), nth=None)
    with hands.cloud.faults.inject(lost), pytest.raises(Transient):
        hand.pusher.intend([member("a.jsonl", data)])

    push(hand, member("a.jsonl", data))
    settle_all(hand, hands)

    assert errors_in(hands.cloud) == counts(*data)


def test_whoever_could_not_read_marks_goes_on_when_somebody_else_has_settled(hands: Hands) -> None:
    """Nothing is left that it could learn it from, so it asks."""
    left, denied, settles = (hands.new() for _ in range(3))
    with hands.cloud.faults.inject(Fault(service="cloudwatch", operation="PutMetricData", kind=LoseAnswer())):
        push(left, member("a", minutes(hands.clock, 1)))
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
    assert not outstanding(denied)
