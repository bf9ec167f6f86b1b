"""What is in hand, and who waits for what."""

import threading

from core.limits import VISIBILITY_S_MAX
from core.model import Bucket, Delivery, ETag, MessageId, ObjectCreated, ObjectKey, ObjectRef, ReceiptHandle
from worker.in_hand import InHand, Reading

A, B = (ObjectRef(bucket=Bucket("b"), key=ObjectKey(key), etag=ETag("e")) for key in "ab")
OF_A, OF_B = ObjectCreated(ref=A), ObjectCreated(ref=B)


def _delivery(name: str) -> Delivery:
    return Delivery(
        message_id=MessageId(name),
        receipt=ReceiptHandle(f"receipt-{name}"),
        body="",
        receive_count=1,
        sent_at=0.0,
        received_at=1000.0,
    )


ONE, TWO = _delivery("one"), _delivery("two")


def _in_hand() -> InHand:
    return InHand(places=lambda: 10, visibility_timeout_s=300)


def test_a_message_is_complete_when_all_its_objects_are_in_the_ledger() -> None:
    """And not before."""
    in_hand = _in_hand()
    assert in_hand.take(ONE, [OF_A, OF_B]) == [OF_A, OF_B]

    assert in_hand.counted([A]) == []
    assert in_hand.counted([B]) == [ONE]
    assert in_hand.free == 10


def test_an_object_that_two_messages_announce_is_read_once() -> None:
    """What is counted answers both."""
    in_hand = _in_hand()
    in_hand.take(ONE, [OF_A])

    assert in_hand.take(TWO, [OF_A]) == []
    assert in_hand.counted([A]) == [ONE, TWO]


def test_an_end_answers_only_the_message_it_was_read_for() -> None:
    """The other may have come after that reading, with the same bytes uploaded again."""
    in_hand = _in_hand()
    in_hand.take(ONE, [OF_A])
    in_hand.take(TWO, [OF_A])

    assert in_hand.ended(ONE, A) == ([ONE], [Reading(TWO, OF_A)])
    assert in_hand.ended(TWO, A) == ([TWO], [])


def test_an_end_that_comes_when_its_object_is_counted_answers_nobody_else() -> None:
    """Another worker counted it, and its message is deleted; the same object may be announced, and read, anew."""
    in_hand = _in_hand()
    in_hand.take(ONE, [OF_A])
    assert in_hand.counted([A]) == [ONE]
    assert in_hand.take(TWO, [OF_A]) == [OF_A]

    assert in_hand.ended(ONE, A) == ([], [])
    assert in_hand.all() == [TWO]


def test_what_one_message_could_not_read_the_next_one_reads() -> None:
    """Giving one back does not forget the other."""
    in_hand = _in_hand()
    in_hand.take(ONE, [OF_A, OF_B])
    in_hand.take(TWO, [OF_A])

    assert in_hand.gave_up(ONE, A) == [Reading(TWO, OF_A)]
    assert in_hand.all() == [TWO]


def test_messages_are_kept_hidden_before_their_timeout_runs_out() -> None:
    """With a third of it left for failed tries."""
    in_hand = _in_hand()
    in_hand.take(ONE, [OF_A])

    assert in_hand.to_extend(1000.0 + 99) == []
    assert in_hand.to_extend(1000.0 + 101) == [(ONE, 300)]
    in_hand.extended(ONE, until=1000.0 + 101 + 300)
    assert in_hand.to_extend(1000.0 + 102) == []


def test_no_message_is_hidden_for_more_than_twelve_hours() -> None:
    """SQS refuses to."""
    in_hand = _in_hand()
    in_hand.take(ONE, [OF_A])

    assert in_hand.to_extend(1000.0 + VISIBILITY_S_MAX - 40) == [(ONE, 40)]
    assert in_hand.to_extend(1000.0 + VISIBILITY_S_MAX) == []


def test_the_soonest_to_expire_is_extended_first() -> None:
    """The others can wait for a better moment."""
    in_hand = _in_hand()
    in_hand.take(ONE, [OF_A])
    in_hand.take(TWO, [OF_B])
    in_hand.extended(ONE, until=1000.0 + 350)

    assert [delivery for delivery, _ in in_hand.to_extend(1000.0 + 200)] == [TWO, ONE]


def test_what_was_given_back_is_not_extended() -> None:
    """Or it would be hidden again from those who are to take it."""
    in_hand = _in_hand()
    in_hand.take(ONE, [OF_A])
    in_hand.take(TWO, [OF_A])
    in_hand.gave_up(ONE, A)

    with in_hand.extending([ONE, TWO]) as still:
        assert still == [TWO]


def test_who_gives_back_waits_until_it_is_not_being_extended_any_more() -> None:
    """The call is on its way; and whoever gives back another one does not wait."""
    in_hand = _in_hand()
    in_hand.take(ONE, [OF_A])
    in_hand.take(TWO, [OF_B])
    waiting = threading.Thread(target=in_hand.wait_until_extended, args=([ONE], 10.0))

    with in_hand.extending([ONE]):
        in_hand.gave_up(ONE, A)
        in_hand.wait_until_extended([TWO], 10.0)
        waiting.start()
        waiting.join(0.1)
        waited = waiting.is_alive()
    waiting.join(5)

    assert waited
    assert not waiting.is_alive()


def test_poison_is_in_hand_whatever_is_counted() -> None:
    """It announces nothing, and must not be taken for done."""
    in_hand = _in_hand()
    in_hand.take_poison(ONE)
    in_hand.take(TWO, [OF_A])

    assert in_hand.counted([A]) == [TWO]
    assert in_hand.to_extend(1000.0 + 101) == [(ONE, 300)]
