"""The page over real HTTP: what each part says, what looking costs, and what a part that fails does to the others."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from api.page.looks import Looks, Span, Verdict
from core.audit import Bound
from core.limits import DAY_S, HOUR_S, MINUTE_S
from core.model import Datum, End, EndKind, Outside
from local.cloud import Cloud
from local.faults import DENIED, Fault, NoAnswer
from tests.account_page import action, permitted
from tests.e2e.dlq.letters import Queues
from tests.e2e.hands import ENVIRONMENT, Hand
from tests.e2e.ledger.states import a_minute, left_in_doubt, member_named, push, put_by_hand, ref_of
from tests.e2e.ledger.user import User
from tests.e2e.page.browser import Browser
from tests.page_app import looks_at, served_page

SECTIONS = ("errors", "files", "alerts", "queue", "dead", "writers", "agreement")


def test_an_empty_ledger_is_a_calm_page(browser: Browser) -> None:
    """Every part says so in words."""
    answer = browser.get()

    assert answer.status == 200
    assert "Nothing needs you" in answer.text
    assert "No errors in the last 3 hours." in answer.section("errors")
    assert "Nothing came in during the last 7 days." in answer.section("files")
    assert "None of the last 0 files rang." in answer.section("alerts")
    assert "No worker has sent one there in the last 14 days." in answer.section("dead")
    assert "No worker has pushed yet." in answer.section("writers")
    assert "They agree" in answer.section("agreement")


def test_it_shows_what_came_in_and_what_somebody_has_to_act_on(
    user: User, hand: Hand, queues: Queues, browser: Browser
) -> None:
    """Files with their errors by service, alerts, dead letters with their reasons, and what is not finished."""
    at = a_minute(user)
    orders, billing = Datum(at=at, service="orders", count=1200), Datum(at=at, service="billing", count=7)
    push(hand, member_named("a.jsonl", [orders, billing], topic_arn=user.hands.wired.topic_arn))
    push(hand, End(ref=ref_of("torn.gz"), kind=EndKind.FAILED, reason="truncated gzip"))
    left_in_doubt(user, hand, member_named("doubt.jsonl", [Datum(at=at, service="auth", count=3)]), landed=True)
    queues.bury("torn.gz", reason="truncated gzip")

    answer = browser.get()

    assert "1 dead letter , 1 file could not be read" in answer.text
    assert "<title>(2) logtally" in answer.body
    assert "1,210 errors in the last 3 hours, by service: orders 1,200, billing 7, auth 3." in answer.section("errors")
    files = answer.section("files")
    assert "a.jsonl orders 1,200 billing 7 1,207 errors rang settled" in files
    assert "torn.gz truncated gzip failed" in files
    assert "doubt.jsonl auth 3 3 errors outstanding" in files
    assert "a.jsonl 1,207 errors: orders 1,200 billing 7" in answer.section("alerts")
    assert "1 in the queue" in answer.section("dead")
    assert "truncated gzip torn.gz" in answer.section("dead")
    assert "1 slot, 1 with a push that is not over: slot 0" in answer.section("writers")
    assert "doubt.jsonl" in answer.section("writers")
    assert "No difference." in answer.section("agreement") or "They agree" in answer.section("agreement")


def test_a_push_that_is_never_over_is_named_at_the_top(user: User, hand: Hand, browser: Browser) -> None:
    """After an hour it is no weather any more."""
    left_in_doubt(user, hand, member_named("a", [Datum(at=a_minute(user), service="auth", count=3)]), landed=False)
    user.hands.clock.advance(HOUR_S + 10)

    assert "a push has been outstanding for 1 h" in browser.get().text


def test_a_graph_that_shows_more_than_the_ledger_is_named_at_the_top(user: User, hand: Hand, browser: Browser) -> None:
    """With the minutes in which they differ."""
    at = a_minute(user)
    push(hand, member_named("a", [Datum(at=at, service="orders", count=3)]))
    put_by_hand(user, "orders", 2, at=at)

    answer = browser.get()

    assert "the graph differs from the ledger" in answer.text
    assert "orders 3 5" in answer.section("agreement")


def test_what_somebody_else_takes_away_from_the_graph_does_not_break_the_chart(
    user: User, hand: Hand, browser: Browser
) -> None:
    """A negative value, which only a stranger writes."""
    at = a_minute(user)
    push(hand, member_named("a", [Datum(at=at, service="orders", count=3)]))
    put_by_hand(user, "orders", 1, at=at, value=-3)
    put_by_hand(user, "auth", 1, at=at, value=-0.5)

    answer = browser.get()

    assert "No errors in the last 3 hours." in answer.section("errors")
    assert "They differ in 2 of 2 minutes" in answer.section("agreement")


def test_names_from_strangers_are_shown_and_steer_nothing(user: User, hand: Hand, browser: Browser) -> None:
    """Neither the page, nor the direction in which it is read."""
    key = "<script>alert(1)</script>\N{RIGHT-TO-LEFT OVERRIDE}&\"'+ ä.jsonl"
    push(hand, member_named(key, [Datum(at=a_minute(user), service="<b>orders", count=3)]))

    answer = browser.get()
    href = answer.body.partition('class="key" href="')[2].partition('"')[0]
    one = browser.get(href.replace("&amp;", "&"))

    assert "<script>alert" not in answer.body + one.body
    assert "<b>orders" not in answer.body + one.body
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in answer.body + one.body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\N{REPLACEMENT CHARACTER}" in answer.body
    assert "The graph shows its 3 errors, once." in one.text


@pytest.mark.parametrize(
    ("service", "operation", "failing"),
    [
        ("cloudwatch", "ListMetrics", {"errors", "agreement"}),
        ("dynamodb", "Query", {"files", "alerts", "dead", "writers", "agreement"}),
        ("sqs", "GetQueueAttributes", {"queue", "dead"}),
    ],
)
def test_a_part_that_fails_says_why_and_the_others_are_there(
    cloud: Cloud, browser: Browser, service: str, operation: str, failing: set[str]
) -> None:
    """A permission that is missing, say. Nothing at the top says that all is well."""
    with cloud.faults.inject(Fault(service=service, operation=operation, kind=DENIED, nth=None)):
        answer = browser.get()

    assert answer.status == 200
    assert {name for name in SECTIONS if "not permitted (AccessDenied" in answer.section(name)} == failing
    assert "Nothing needs you" not in answer.text
    assert "of this page can't be had" in answer.text


def test_the_age_of_the_oldest_message_is_left_out_if_it_can_not_be_had(cloud: Cloud, browser: Browser) -> None:
    """The counts are there all the same."""
    with cloud.faults.inject(Fault(service="cloudwatch", operation="GetMetricStatistics", kind=DENIED, nth=None)):
        queue = browser.get().section("queue")

    assert "In flight 0" in queue
    assert "How old the oldest is can't be had: CloudWatch: not permitted" in queue


@pytest.mark.slow
def test_a_part_that_hangs_says_so_in_time_and_the_next_look_does_not_wait(cloud: Cloud, browser: Browser) -> None:
    """It goes on by itself: no second read is started meanwhile."""
    silent = Fault(service="sqs", operation="GetQueueAttributes", kind=NoAnswer(), nth=None)
    with cloud.faults.inject(silent):
        began = time.monotonic()
        first = browser.get()
        took_s = time.monotonic() - began
        again = browser.get()
        took_again_s = time.monotonic() - began - took_s

    # What hangs must not go on in the next test.
    while "no answer for" in browser.get().section("queue"):
        assert time.monotonic() - began < 60
        time.sleep(0.5)

    assert 7 < took_s < 10
    assert took_again_s < 2
    for answer in (first, again):
        assert "no answer for" in answer.section("queue")
        assert "Nothing came in" in answer.section("files")


def test_looking_reads_by_key_and_receives_nothing(
    cloud: Cloud, user: User, hand: Hand, queues: Queues, browser: Browser
) -> None:
    """And asks for nothing that the page's role does not permit."""
    push(hand, member_named("a.jsonl", [Datum(at=a_minute(user), service="orders", count=3)]))
    queues.bury("b", reason="truncated gzip")
    cloud.calls.reset()

    browser.get()
    browser.get("/file?bucket=logs&key=a.jsonl")

    asked = {action(call.service, call.operation) for call in cloud.calls.of()}
    assert asked <= permitted().api
    assert "sqs:ReceiveMessage" not in asked
    assert len(queues.dead()) == 1


def test_ten_viewers_cost_as_much_as_one(cloud: Cloud, user: User, hand: Hand, looks: Looks) -> None:
    """Whether they come together, or soon after one another."""
    push(hand, member_named("a.jsonl", [Datum(at=a_minute(user), service="orders", count=3)]))
    with served_page(looks, environment=ENVIRONMENT, monotonic=lambda: 0.0) as url, ThreadPoolExecutor(10) as viewers:
        cloud.calls.reset()
        seen = list(viewers.map(lambda _: Browser(url).get().status, range(10)))
        Browser(url).get()
    calls = Counter(call.operation for call in cloud.calls.of())

    assert seen == [200] * 10
    # The service of the chart; that of the audit, and its alerts; the age of the oldest message.
    assert calls["GetMetricStatistics"] == 1 + 2 + 1
    assert calls["GetQueueAttributes"] == 2
    assert calls["ListMetrics"] == 2


def test_too_many_files_are_not_compared_at_a_look(cloud: Cloud, user: User, hand: Hand, looks: Looks) -> None:
    """Nor too many services. No file is read for it that is too old to matter."""
    at = a_minute(user)
    for n in range(3):
        push(hand, member_named(f"{n}.jsonl", [Datum(at=at, service=f"s{n}", count=1)]))

    def verdict(**bound: int) -> Verdict:
        most = Bound(**({"objects_max": 3, "services_max": 4} | bound))
        return replace(looks, audit_bound=most).agreement().verdict

    assert verdict() is Verdict.AGREE
    assert verdict(objects_max=2) is Verdict.TOO_MUCH
    assert verdict(services_max=3) is Verdict.TOO_MUCH
    user.hands.clock.advance(6 * HOUR_S)
    assert verdict(objects_max=0) is Verdict.AGREE


@pytest.mark.parametrize(("span", "minutes_ago", "shown"), [("1h", 90, 0), ("3h", 90, 5), ("24h", 90, 5), ("x", 90, 5)])
def test_the_chart_goes_as_far_back_as_it_is_asked_to(
    user: User, hand: Hand, browser: Browser, span: str, minutes_ago: int, shown: int
) -> None:
    """Three hours, if it is asked for something else."""
    at = a_minute(user, ago_s=minutes_ago * MINUTE_S)
    push(hand, member_named("a", [Datum(at=at, service="orders", count=5)]))

    said = browser.get(f"/?range={span}").section("errors")

    assert ("orders 5" in said) is bool(shown)


def test_only_the_busiest_services_are_asked_for(user: User, hand: Hand, browser: Browser) -> None:
    """By the last files; and the page says that there are others."""
    at = a_minute(user)
    push(hand, member_named("a", [Datum(at=at, service=f"s{n:02d}", count=1 + n) for n in range(20)]))

    said = browser.get().section("errors")

    assert "12 of 20 services: those with the most errors in the last files." in said
    assert "s19" in said
    assert "6 more services" in said
    assert "s07 " not in said


def test_one_file_is_told_whole(user: User, hand: Hand, browser: Browser) -> None:
    """Every version, what is outside the window, and which push it was in."""
    at = a_minute(user)
    outside = Outside(errors=4, first=at - 30 * DAY_S, last=at - 30 * DAY_S)  # type: ignore[arg-type]  # a minute
    push(hand, member_named("a", [Datum(at=at, service="orders", count=5)], outside=outside))
    push(hand, member_named("a", [Datum(at=at, service="orders", count=1)], etag="e2"))

    answer = browser.get("/file?bucket=logs&key=a")

    assert answer.status == 200
    assert "The graph shows its 5 errors, once. Of 9 errors 4 are outside CloudWatch's window." in answer.text
    assert "ETag e2" in answer.text
    assert answer.text.index("ETag e2") < answer.text.index("ETag e1")


@pytest.mark.parametrize("query", ["", "?bucket=logs&key=nobody", "?bucket=logs"])
def test_a_file_that_nobody_knows_is_404(browser: Browser, query: str) -> None:
    """In words."""
    answer = browser.get(f"/file{query}")

    assert answer.status == 404
    assert "The ledger has never seen" in answer.text


def test_a_file_that_can_not_be_looked_up_is_503(cloud: Cloud, browser: Browser) -> None:
    """With the reason."""
    with cloud.faults.inject(Fault(service="dynamodb", operation="Query", kind=DENIED, nth=None)):
        answer = browser.get("/file?bucket=logs&key=a")

    assert answer.status == 503
    assert "not permitted (AccessDeniedException)" in answer.text


def test_a_file_is_kept_by_its_content_and_a_page_by_nobody(browser: Browser) -> None:
    """Also by its ETag, under a name without the version."""
    page = browser.get()
    href = page.body.partition('stylesheet" href="')[2].partition('"')[0]
    named, plain = browser.get(href), browser.get("/static/page.css")

    assert page.headers["cache-control"] == "no-store"
    assert named.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["cache-control"] == "no-cache"
    assert browser.get("/static/page.css", If_None_Match=plain.headers["etag"]).status == 304
    assert browser.get("/static/nothing.css").status == 404


def test_the_page_does_with_the_strictest_policy(user: User, hand: Hand, browser: Browser) -> None:
    """No style and no script stands in it, and nothing comes from elsewhere."""
    push(hand, member_named("a", [Datum(at=a_minute(user), service="orders", count=5)]))

    bodies = [browser.get(path).body for path in ("/", "/file?bucket=logs&key=a")]

    for body in bodies:
        assert " style=" not in body
        assert " on" not in "".join(part for part in body.split("<") if "click=" in part)
        assert "<style" not in body
        assert body.count("<script") == body.count('<script src="/static/page.js?')
        assert "//" not in body.replace("s3://", "")


def test_the_chart_is_of_one_environment(cloud: Cloud, user: User, hand: Hand, looks: Looks) -> None:
    """Another's errors are not in it."""
    push(hand, member_named("a", [Datum(at=a_minute(user), service="orders", count=5)]))
    elsewhere = looks_at(cloud, user.hands.wired, user.hands.aws, environment="elsewhere")

    found = [one.errors(Span.HOURS, busiest=("orders",)).series for one in (looks, elsewhere)]

    assert [sum(one.total for one in series) for series in found] == [5, 0]
