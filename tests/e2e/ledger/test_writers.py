"""`logtally ledger writers`: the slots, and what is outstanding in each."""

from datetime import datetime

from core.model import Datum
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
