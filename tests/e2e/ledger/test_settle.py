"""`logtally ledger settle`: what somebody left is finished, and nothing before its time."""

import json
from collections import Counter

from core.model import Datum
from local.faults import DENIED, Fault
from tests.e2e.hands import Hand, errors_in
from tests.e2e.ledger.states import a_minute, left_in_doubt, member_named
from tests.e2e.ledger.user import User


def test_settle_finishes_what_landed(user: User, hand: Hand) -> None:
    """Its mark can be read: the push is committed, and nothing is sent again."""
    left_in_doubt(user, hand, member_named("a", [Datum(a_minute(user), "orders", 5)]), landed=True)

    told = user.told("settle")

    assert [(slot["slot"], slot["push"], slot["outcome"]) for slot in told["slots"]] == [(0, 1, "settled")]
    assert user.told("show", "s3://logs/a")["versions"][0]["state"] == "settled"
    assert user.hands.cloud.calls.count("cloudwatch", "PutMetricData") == 1


def test_settle_never_sends_again_before_its_time(user: User, hand: Hand) -> None:
    """No mark, and the fence is not over: it waits, and says until when. That is no failure."""
    left_in_doubt(user, hand, member_named("a", [Datum(a_minute(user), "orders", 5)]), landed=False)

    told = user.told("settle")

    assert [slot["outcome"] for slot in told["slots"]] == ["waiting"]
    assert "can be told" in told["slots"][0]["words"]
    assert user.hands.cloud.calls.count("cloudwatch", "PutMetricData") == 1


def test_settle_probes_and_sends_again_after_a_shorter_fence_of_the_local_cloud(user: User, hand: Hand) -> None:
    """By the same rule as the worker: only where every endpoint is on the loopback."""
    # Over at once, by a clock that shows whole seconds: what was lost certainly does not arrive any more.
    fence = json.dumps({"margin_s": 60.0, "signature_age_s": -62.0, "hold_s": 0.0})
    data = Datum(a_minute(user), "orders", 5)
    left_in_doubt(user, hand, member_named("a", [data]), landed=False)

    outcomes = [user.told("settle", LOGTALLY_LOCAL_FENCE=fence)["slots"][0]["outcome"] for _ in range(2)]

    assert outcomes == ["probed", "settled"]
    assert errors_in(user.hands.cloud) == Counter({("orders", data.at): 5})


def test_settle_leaves_a_push_alone_that_a_worker_may_be_busy_with(user: User, hand: Hand) -> None:
    """It is younger than LOGTALLY_SETTLE_AFTER_S."""
    hand.pusher.intend([member_named("a", [Datum(a_minute(user), "orders", 5)])])

    told = user.told("settle", LOGTALLY_SETTLE_AFTER_S="60")

    assert [slot["outcome"] for slot in told["slots"]] == ["too young"]


def test_settle_with_nothing_outstanding_says_so(user: User) -> None:
    """And is done."""
    done = user.run("settle")

    assert (done.returncode, json.loads(done.stdout), done.stderr) == (
        0,
        {"slots": []},
        "note: nothing is outstanding\n",
    )


def test_settle_ends_with_1_when_marks_may_not_be_read(user: User, hand: Hand) -> None:
    """Then nobody can settle."""
    left_in_doubt(user, hand, member_named("a", [Datum(a_minute(user), "orders", 5)]), landed=True)
    denied = Fault(service="cloudwatch", operation="GetMetricStatistics", kind=DENIED, nth=None)
    with user.hands.cloud.faults.inject(denied):
        told = user.told("settle", code=1)

    assert told["slots"][0]["outcome"] == "failed"
    assert "not permitted" in told["slots"][0]["words"]
