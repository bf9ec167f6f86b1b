"""What the ledger has already, and what it lets be counted again."""

from core.model import (
    End,
    EndKind,
    Outside,
)
from tests.e2e.hands import Hands, errors_in
from tests.e2e.push.pushes import counts, member, minutes, push, ref_of


def test_an_end_is_replaced_when_the_same_bytes_turn_up_again(hands: Hands) -> None:
    """Deleted before it was read, and uploaded once more: now it is counted."""
    hand, data = hands.new(), minutes(hands.clock, 3)
    hand.pusher.intend([End(ref=ref_of("a.jsonl"), kind=EndKind.GONE, reason="deleted")])
    assert hand.ledger.known([ref_of("a.jsonl")]) == set()

    push(hand, member("a.jsonl", data))

    assert errors_in(hands.cloud) == counts(*data)
    assert hand.ledger.known([ref_of("a.jsonl")]) == {ref_of("a.jsonl")}


def test_an_end_never_replaces_what_was_counted(hands: Hands) -> None:
    """A late message finds the object deleted; its errors stay in the ledger."""
    hand, data = hands.new(), minutes(hands.clock, 3)
    push(hand, member("a.jsonl", data))

    hand.pusher.intend([End(ref=ref_of("a.jsonl"), kind=EndKind.GONE, reason="deleted")])

    assert hand.ledger.known([ref_of("a.jsonl")]) == {ref_of("a.jsonl")}


def test_a_file_without_errors_is_known_and_costs_no_push(hands: Hands) -> None:
    """Also when all that it has lies outside CloudWatch's window."""
    hand = hands.new()
    outside = Outside(errors=3, first=0, last=60)  # type: ignore[arg-type]  # minutes

    push(hand, member("calm.jsonl", []), member("old.jsonl", [], outside=outside))

    assert hand.ledger.known([ref_of("calm.jsonl"), ref_of("old.jsonl")]) == {ref_of("calm.jsonl"), ref_of("old.jsonl")}
    assert hands.cloud.calls.count("cloudwatch", "PutMetricData") == 0
    assert hand.ledger.writers() == []


def test_a_file_that_the_ledger_has_is_not_pushed_again(hands: Hands) -> None:
    """By whoever comes second, together with one that is new."""
    old, new = minutes(hands.clock, 3), minutes(hands.clock, 2, service="auth")
    push(hands.new(), member("old.jsonl", old))

    push(hands.new(), member("old.jsonl", old), member("new.jsonl", new))

    assert errors_in(hands.cloud) == counts(*old, *new)
