"""`logtally ledger show`: what the ledger says of a file, and why the graph shows what it shows of it."""

from msgspec.structs import replace

from core.limits import DAY_S
from core.model import Datum, End, EndKind, Minute, Outside
from tests.e2e.hands import Hand
from tests.e2e.ledger.states import a_minute, left_in_doubt, member_named, push, ref_of
from tests.e2e.ledger.user import User


def test_show_says_what_is_on_the_graph_and_what_is_not(user: User, hand: Hand) -> None:
    """Errors outside the window and refused data are missing there, and the reason is beside them."""
    at = a_minute(user)
    too_old = Datum(at - 20 * DAY_S, "auth", 4)
    outside = Outside(errors=3, first=Minute(at - 30 * DAY_S), last=Minute(at - 29 * DAY_S))
    data = [too_old, Datum(at, "orders", 5), Datum(at + 60, "orders", 2), Datum(at + 61, None, 1)]
    push(hand, member_named("a b.jsonl", data, outside=outside, topic_arn=user.hands.wired.topic_arn))

    told = user.told("show", "s3://logs/a b.jsonl")

    (version,) = told["versions"]
    assert (version["etag"], version["versionId"], version["state"]) == ("e1", "v1", "settled")
    assert version["report"]["total"] == 14
    assert version["report"]["byService"] == {"auth": 4, "orders": 7}
    assert version["report"]["alert"] is True
    assert version["onGraph"]["errors"] == 7
    assert version["onGraph"]["alerts"] == 1
    assert version["outsideWindow"]["errors"] == 3
    (refused,) = version["refused"]
    assert (refused["service"], refused["errors"]) == ("auth", 4)
    assert "past two weeks" in refused["reason"]
    assert version["push"]["push"] == 1
    assert version["push"]["seq"] > 1  # each half of what was refused took a number
    assert version["why"] == (
        "The graph shows its 7 errors, once. Of 14 errors 3 are outside CloudWatch's window and 4 CloudWatch refuses."
    )


def test_show_says_when_the_graph_has_nothing_of_a_file(user: User, hand: Hand) -> None:
    """All its minutes are too old; its alert counts all the same."""
    at = a_minute(user)
    outside = Outside(errors=14, first=Minute(at - 30 * DAY_S), last=Minute(at - 29 * DAY_S))
    push(hand, member_named("old", [Datum(at, None, 1)], outside=outside, topic_arn=user.hands.wired.topic_arn))
    push(hand, member_named("calm", [], outside=outside))

    whys = [user.told("show", f"s3://logs/{key}")["versions"][0]["why"] for key in ("old", "calm")]

    assert whys == ["The graph shows nothing of it. Of 14 errors 14 are outside CloudWatch's window."] * 2


def test_a_file_of_which_nothing_can_be_read_is_not_called_one_without_errors(user: User, hand: Hand) -> None:
    """It was counted, and it is somebody's to mend: JSON that is spread over lines, most likely."""
    for key, lines in (("a", 12), ("b", 1)):
        member = member_named(key, [])
        push(hand, replace(member, report=replace(member.report, lines=lines, malformed=lines)))

    whys = [user.told("show", f"s3://logs/{key}")["versions"][0]["why"] for key in ("a", "b")]
    reasons = [line["reason"] for line in user.told("list")["objects"]]

    must_be = "be read; a line must be a JSON object of the expected kind"
    assert whys == [
        f"The graph shows nothing of it: none of its 12 lines can {must_be}.",
        f"The graph shows nothing of it: its only line can't {must_be}.",
    ]
    assert reasons == [f"its only line can't {must_be}", f"none of its 12 lines can {must_be}"]


def test_show_tells_the_versions_of_a_key_apart(user: User, hand: Hand) -> None:
    """The newest first; each with its own end. At the top stands what they come to on the graph."""
    at = a_minute(user)
    push(hand, member_named("a.jsonl", [Datum(at, "orders", 5)], etag="e1"))
    push(hand, member_named("a.jsonl", [], etag="e2"))
    push(hand, End(ref=ref_of("a.jsonl", etag="e3"), kind=EndKind.FAILED, reason="truncated gzip"))
    left_in_doubt(user, hand, member_named("a.jsonl", [Datum(at, "orders", 9)], etag="e4"), landed=False)

    told = user.told("show", "s3://logs/a.jsonl")
    shown = user.shown("show", "s3://logs/a.jsonl")

    versions = told["versions"]
    assert told["together"] == {"versions": 4, "onGraph": 1, "errors": 5, "undecided": 9}
    assert "4 versions; on the graph: 1 of them, with 5 errors together, and perhaps 9 more" in shown
    assert [(version["etag"], version["state"]) for version in versions] == [
        ("e4", "outstanding"),
        ("e3", "failed"),
        ("e2", "empty"),
        ("e1", "settled"),
    ]
    assert [version["why"] for version in versions] == [
        "Its push is not over: the graph shows its 9 errors, or not yet; nothing is shown twice.",
        "Not counted: truncated gzip.",
        "It has no errors, so there is nothing to show.",
        "The graph shows its 5 errors, once.",
    ]
