"""Logging in over real HTTP: a token earns a cookie, and nothing else does."""

import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from api.page.looks import Looks
from local.clock import VirtualClock
from tests.e2e.hands import ENVIRONMENT
from tests.e2e.page.browser import Browser
from tests.page_app import served_page

TOKENS = ("sesame", "an older one")


@pytest.fixture
def browser(looks: Looks) -> Iterator[Browser]:
    """Somebody who has to log in."""
    with served_page(looks, environment=ENVIRONMENT, tokens=TOKENS) as url:
        yield Browser(url)


@pytest.mark.parametrize("path", ["/", "/?range=1h", "/file?bucket=logs&key=a%2Bb"])
def test_who_has_no_session_is_sent_to_log_in_and_back(browser: Browser, path: str) -> None:
    """With any of the tokens; to what was asked for."""
    asked = browser.get(path)
    form = browser.get(asked.headers["location"])
    after = form.body.partition('name="next" value="')[2].partition('"')[0].replace("&amp;", "&")
    done = browser.post("/login", {"token": TOKENS[1], "next": after})

    assert asked.status == 303
    assert form.status == 200
    assert (done.status, done.headers["location"]) == (303, path)
    assert browser.get(path).status in {200, 404}
    assert browser.get("/login").status == 303


def test_the_cookie_is_for_this_site_and_no_script(browser: Browser) -> None:
    """For half a day; and over HTTPS alone where it came by HTTPS."""
    done = browser.post("/login", {"token": TOKENS[0]})

    attributes = {part.strip().lower() for part in done.headers["set-cookie"].split(";")[1:]}
    assert attributes == {"httponly", "max-age=43200", "path=/", "samesite=strict"}
    assert TOKENS[0] not in done.headers["set-cookie"]

    by_https = browser.post("/login", {"token": TOKENS[0]}, X_Forwarded_Proto="https")
    assert "; secure" in by_https.headers["set-cookie"].lower()


@pytest.mark.parametrize("token", ["", "Sesame", "sesame2", "\N{SNOWMAN}"])
def test_a_wrong_token_is_401_with_the_form_after_a_while(browser: Browser, token: str) -> None:
    """A guess costs a second, and nobody else waits for it."""
    began = time.monotonic()
    answer = browser.post("/login", {"token": token, "next": "/"})

    assert time.monotonic() - began >= 1
    assert answer.status == 401
    assert "That is not a token of this logtally." in answer.text
    assert '<input id="token"' in answer.body
    assert "set-cookie" not in answer.headers
    assert browser.get().status == 303


def test_a_session_ends(browser: Browser, clock: VirtualClock) -> None:
    """After twelve hours, or by logging out."""
    browser.post("/login", {"token": TOKENS[0]})
    clock.advance(12 * 3600 - 60)
    before = browser.get().status
    clock.advance(120)
    after = browser.get().status

    assert (before, after) == (200, 303)

    browser.post("/login", {"token": TOKENS[0]})
    out = browser.post("/logout")
    assert (out.status, out.headers["location"]) == (303, "/login")
    assert "max-age=0" in out.headers["set-cookie"].lower()
    assert browser.get().status == 303


def test_changing_a_token_ends_its_sessions_and_no_others(browser: Browser, looks: Looks) -> None:
    """What was signed with it is worth nothing."""
    older = Browser(browser.url)
    browser.post("/login", {"token": TOKENS[0]})
    older.post("/login", {"token": TOKENS[1]})

    with served_page(looks, environment=ENVIRONMENT, tokens=(TOKENS[0], "a new one")) as url:
        assert Browser(url, browser.cookie).get().status == 200
        assert Browser(url, older.cookie).get().status == 303


@pytest.mark.parametrize(
    "after", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "file?", ""]
)
def test_nobody_is_sent_to_another_site(browser: Browser, after: str) -> None:
    """Whatever somebody wrote into the link."""
    form = browser.get(f"/login?next={quote(after)}")
    done = browser.post("/login", {"token": TOKENS[0], "next": after})

    assert 'name="next" value="/"' in form.body
    assert done.headers["location"] == "/"
    assert browser.get(f"/login?next={quote(after)}").headers["location"] == "/"


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({}, True),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "https://renamed.example"}, True),
        ({"Sec_Fetch_Site": "cross-site"}, False),
        ({"Sec_Fetch_Site": "same-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://["}, False),
    ],
    ids=str,
)
def test_a_form_of_another_site_is_refused(browser: Browser, headers: dict[str, str], accepted: bool) -> None:
    """Also the one that logs somebody out."""
    done = browser.post("/login", form={"token": TOKENS[0]}, **headers)
    out = browser.post("/logout", form={}, **headers)

    assert (done.status, out.status) == ((303, 303) if accepted else (403, 403))


def test_the_form_of_the_page_itself_is_accepted(browser: Browser) -> None:
    """As a browser without those headers sends it."""
    assert browser.post("/login", {"token": TOKENS[0]}, Origin=browser.url).status == 303


@pytest.mark.parametrize("cookie", ["logtally=", "logtally=logtally.AAAA.BBBB", "logtally=logtally", "logtally=%00"])
def test_a_forged_cookie_is_none(browser: Browser, cookie: str) -> None:
    """Nor does it break anything."""
    browser.cookie = cookie

    assert browser.get().status == 303


def test_a_form_that_is_too_large_is_refused(browser: Browser) -> None:
    """Nobody is let in to fill our memory."""
    assert browser.post("/login", {"token": "x" * 20_000}).status == 413
