"""The alerts of a push, while a topic takes nothing."""

from core.aws import clients
from core.model import (
    Datum,
)
from local.faults import Fail, Fault
from tests.e2e.hands import Hands, errors_in
from tests.e2e.push.pushes import counts, member, minutes, outstanding, push, settle_all


def test_an_alert_that_could_not_be_published_is_published_by_whoever_settles(hands: Hands) -> None:
    """The push is counted, and not committed before its alert is out."""
    hand = hands.new()
    data = [*minutes(hands.clock, 3), Datum(int(hands.clock()), None, 1)]
    with hands.cloud.faults.inject(Fault(service="sns", operation="Publish", kind=Fail(), nth=None)):
        push(hand, member("a.jsonl", data, topic_arn=hands.wired.topic_arn))
        hand.settler.round()
    assert len(outstanding(hand)) == 1

    hand.settler.round()

    assert hands.alerts() == ["alert-of-a.jsonl"]
    assert errors_in(hands.cloud) == counts(*data)
    assert outstanding(hand) == []


def test_a_topic_that_is_gone_holds_up_no_alert_of_another(hands: Hands) -> None:
    """It is one rule's; and what it holds is published when it is there again."""
    hand = hands.new()
    (datum,) = minutes(hands.clock, 1)
    gone = f"{hands.wired.topic_arn}-gone"
    topics = {"a": gone, "b": hands.wired.topic_arn, "c": gone, "d": hands.wired.topic_arn}

    push(hand, *(member(key, [datum], topic_arn=topic) for key, topic in topics.items()))

    assert sorted(hands.alerts()) == ["alert-of-b", "alert-of-d"]
    assert errors_in(hands.cloud) == counts(*[datum] * 4)
    assert len(outstanding(hand)) == 1
    sns = clients.sns(hands.aws, endpoint_url=hands.cloud.endpoint)
    sns.create_topic(Name=gone.rpartition(":")[2])
    settle_all(hand, hands, hours=1)
    assert set(hands.alerts()) <= {"alert-of-b", "alert-of-d"}  # by whoever settled
    assert not outstanding(hand)
