"""`logtally ledger writers`: the slots, and what is outstanding in each."""

from datetime import datetime

from core.model import Datum, NoticeKey
from local.faults import Fault, LoseAnswer
from tests.e2e.hands import Hand
from tests.e2e.ledger.states import a_minute, left_in_doubt, member_named, push
from tests.e2e.ledger.user import User


def test_writers_shows_what_is_outstanding(user: User, hand: Hand) -> None:
    """Since when it was intended, which request is being sent, and whose objects wait for it."""
    before = user.hands.clock()
    services = [f"s{n}" for n in range(20)]
    data = [Datum(a_minute(user) - 60 * n, service, 1) for service in services for n in range(60)]
    left_in_doubt(user, hand, member_named("huge", data), landed=True)
    push(hand, member_named("small", [Datum(a_minute(user), "orders", 1)]))

    first, second = user.told("writers")["writers"]

    assert (first["slot"], second["slot"], second["outstanding"]) == (0, 1, None)
    outstanding = first["outstanding"]
    assert (outstanding["push"], outstanding["request"], outstanding["requests"]) == (1, 1, 2)
    assert outstanding["members"] == [{"bucket": "logs", "key": "huge", "etag": "e1"}]
    assert abs(datetime.fromisoformat(outstanding["since"]).timestamp() - before) < 10


def test_writers_names_a_notice(user: User) -> None:
    """Nobody's object waits for it."""
    before = user.hands.clock()
    report = member_named("a", [Datum(a_minute(user), "orders", 5)], topic_arn="rings").report
    with user.hands.cloud.faults.inject(Fault(operation="PutMetricData", kind=LoseAnswer())):
        user.hands.notifier().notify(
            NoticeKey("k\x1b[31m1"), asked="a", report=report, topic_arn=user.hands.wired.topic_arn
        )

    (slot,) = user.told("writers")["writers"]

    outstanding = slot["outstanding"]
    assert (outstanding["notice"], outstanding["members"], outstanding["alerts"]) == ("notify#k\x1b[31m1", [], 1)
    assert abs(datetime.fromisoformat(outstanding["since"]).timestamp() - before) < 10
    shown = user.shown("writers")
    assert "notify#k" in shown
    assert "\x1b[31m1" not in shown
    assert [slot["outcome"] for slot in user.told("settle")["slots"]] == ["settled"]
