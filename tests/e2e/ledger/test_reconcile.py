"""`logtally ledger reconcile`: the ledger against the graph, minute by minute."""

import json
from datetime import datetime

import pytest

from core.limits import DAY_S, HOUR_S
from core.model import Datum, Minute, Outside
from tests.e2e.hands import Hand
from tests.e2e.ledger.states import a_minute, an_hour_ago, iso, left_in_doubt, member_named, push, put_by_hand, settled
from tests.e2e.ledger.user import User


def test_a_graph_that_is_right_is_equal(user: User, hand: Hand) -> None:
    """What lies outside CloudWatch's window is not due."""
    at = a_minute(user)
    outside = Outside(errors=3, first=Minute(at - 30 * DAY_S), last=Minute(at - 30 * DAY_S))
    push(hand, member_named("a", [Datum(at, "orders", 5), Datum(at, "auth", 2)], outside=outside))
    push(hand, member_named("b", [Datum(at, "orders", 1), Datum(at - 60, "orders", 1), Datum(at + 1, None, 1)]))

    done = user.run("reconcile", "--since", an_hour_ago(user))

    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert (told["verdict"], told["differing"], told["waiting"], told["outstanding"]) == ("equal", [], [], [])
    assert told["errors"]["graph"] == 9
    assert done.stderr == "equal: of 4 minutes of services and alerts, none differ\n"


def test_a_graph_with_more_than_the_files_differs(user: User, hand: Hand) -> None:
    """Somebody put data beside logtally: the minute and the service are named."""
    at = a_minute(user)
    push(hand, member_named("a", [Datum(at, "orders", 5), Datum(at + 60, "orders", 2)]))
    put_by_hand(user, "orders", 3, at=at)
    put_by_hand(user, "stranger", 1, at=at)

    done = user.run("reconcile", "--since", an_hour_ago(user))

    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(line["minute"], line["service"], line["fresh"], line["graph"]) for line in told["differing"]] == [
        (iso(at), "orders", 5, 8),
        (iso(at), "stranger", 0, 1),
    ]
    assert done.stderr == "NOT EQUAL: of 3 minutes of services and alerts, 2 differ\n"


def test_the_same_sum_made_of_other_values_differs(user: User, hand: Hand) -> None:
    """Of our own data Sum and SampleCount are both the number of errors."""
    at = a_minute(user, ago_s=3 * HOUR_S)
    settled(hand, member_named("a", [Datum(at, "orders", 4)]), at=at + 60)
    put_by_hand(user, "orders", 2, at=at, value=2.0)

    told = user.told("reconcile", "--since", iso(at - 60), code=1)

    assert [(line["due"], line["graph"], line["samples"]) for line in told["differing"]] == [(4, 4, 2)]


def test_a_graph_with_less_than_what_is_settled_differs(user: User, hand: Hand) -> None:
    """It has been readable for long: what is not there was lost."""
    at = a_minute(user, ago_s=3 * HOUR_S)
    settled(hand, member_named("a", [Datum(at, "orders", 5), Datum(at, "auth", 2)]), at=at + 60)
    put_by_hand(user, "auth", 2, at=at)

    told = user.told("reconcile", "--since", iso(at), "--until", iso(at + 60), code=1)

    assert [(line["service"], line["due"], line["graph"]) for line in told["differing"]] == [("orders", 5, 0)]


@pytest.mark.parametrize("ago_s", [300, 5 * HOUR_S])
def test_what_cloudwatch_refused_is_not_missed(user: User, hand: Hand, ago_s: int) -> None:
    """Not while it is fresh, nor later: the ledger holds the reason."""
    at = a_minute(user, ago_s=ago_s)
    bad, good = Datum(at, "auth", 5), Datum(at, "orders", 2)
    settled(hand, member_named("a", [bad, good]), at=at + 60, refused=bad)
    put_by_hand(user, "orders", 2, at=at)

    told = user.told("reconcile", "--since", iso(at - 60))

    assert (told["verdict"], told["waiting"], told["errors"]["graph"]) == ("equal", [], 2)


def test_a_graph_that_shows_all_that_it_may_is_equal(user: User, hand: Hand) -> None:
    """Although one push is not over: it can only be found to have landed."""
    at = a_minute(user)
    left_in_doubt(user, hand, member_named("there", [Datum(at, "orders", 5)]), landed=True)

    told = user.told("reconcile", "--since", an_hour_ago(user))

    assert (told["verdict"], [name["key"] for name in told["outstanding"]]) == ("equal", ["there"])


def test_nothing_on_either_side_is_equal(user: User) -> None:
    """And it says that nothing was compared."""
    done = user.run("reconcile", "--since", an_hour_ago(user))

    assert (done.returncode, done.stderr) == (
        0,
        "equal: neither the ledger nor the graph has anything of that time\n",
    )


def test_what_is_outstanding_is_no_difference(user: User, hand: Hand) -> None:
    """The graph may show it or not; it is named apart."""
    at = a_minute(user)
    left_in_doubt(user, hand, member_named("there", [Datum(at, "orders", 5)]), landed=True)
    left_in_doubt(user, hand, member_named("not there", [Datum(at, "orders", 3)]), landed=False)

    done = user.run("reconcile", "--since", an_hour_ago(user))

    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"]) == (4, "waits")
    assert done.stderr == (
        "waits: nothing to compare yet: 1 minute of services and alerts, with data that are outstanding, or too fresh"
        " to be readable\n"
    )
    assert [(line["outstanding"], line["graph"]) for line in told["waiting"]] == [(8, 5)]
    assert {name["key"] for name in told["outstanding"]} == {"there", "not there"}


def test_what_is_not_readable_yet_is_no_difference(user: User, hand: Hand) -> None:
    """CloudWatch takes its time, the longer the older the minute."""
    at = a_minute(user, ago_s=30 * HOUR_S)
    user.hands.cloud.delay_metrics(HOUR_S)
    push(hand, member_named("a", [Datum(at, "orders", 5)]))

    told = user.told("reconcile", "--since", iso(at), code=4)

    assert told["verdict"] == "waits"
    assert [(line["due"], line["fresh"], line["graph"]) for line in told["waiting"]] == [(0, 5, 0)]


def test_one_minute_that_waits_makes_all_of_them_wait(user: User, hand: Hand) -> None:
    """Whoever hears that all is equal asks no more."""
    at = a_minute(user)
    push(hand, member_named("a", [Datum(at, "orders", 5)]))
    left_in_doubt(user, hand, member_named("not there", [Datum(at + 60, "orders", 3)]), landed=False)

    done = user.run("reconcile", "--since", an_hour_ago(user))

    assert done.returncode == 4
    assert done.stderr == (
        "waits: of 2 minutes of services and alerts, none differ; 1 waits for data that are outstanding, or too fresh"
        " to be readable\n"
    )


def test_fifteen_days_back_are_all_that_cloudwatch_keeps(user: User) -> None:
    """Its oldest minutes may go while they are looked at: they are left out, and that is said."""
    now = user.hands.clock()

    done = user.run("reconcile", "--since", iso(int(now) - 15 * DAY_S))

    since = datetime.fromisoformat(json.loads(done.stdout)["since"]).timestamp()
    assert done.returncode == 0
    assert 0 < since - (now - 15 * DAY_S) < HOUR_S
    assert done.stderr.startswith(f"note: from {iso(int(since))[:16]}Z on: ")


def test_days_are_asked_one_at_a_time(user: User, hand: Hand) -> None:
    """One answer of GetMetricStatistics takes 1440 points."""
    at = a_minute(user, ago_s=5 * DAY_S)
    push(hand, member_named("a", [Datum(at, "orders", 5), Datum(a_minute(user), "orders", 1)]))

    told = user.told("reconcile", "--since", iso(at - DAY_S))

    assert (told["verdict"], told["compared"], told["errors"]["graph"]) == ("equal", 2, 6)
