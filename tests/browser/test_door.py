"""The whole door in a browser: the page behind its token, and the documentation, with the headers of the real app."""

from collections.abc import Iterator

import boto3
import pytest
from playwright.sync_api import Browser, Page, expect

from local.clock import VirtualClock
from local.cloud import Cloud
from local.wiring import wire
from tests.api_app import api_app
from tests.http_server import over_http

TOKEN = "a-token-for-the-door"


@pytest.fixture(scope="module")
def door(served: tuple[Cloud, VirtualClock], aws: boto3.Session) -> Iterator[str]:
    """The app as an entry point makes it."""
    cloud, clock = served
    cloud.reset()
    wired = wire(aws, endpoint_url=cloud.endpoint)
    with over_http(api_app(cloud, clock, aws, wired, api_token=(TOKEN,))) as client:
        yield client.url


@pytest.fixture
def tab(chromium: Browser, door: str) -> Iterator[Page]:
    """A tab in which nothing is complained of."""
    complaints: list[str] = []
    with chromium.new_context(base_url=door) as context, context.new_page() as tab:
        tab.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        tab.on("pageerror", lambda exc: complaints.append(str(exc)))
        yield tab
    assert not complaints


def test_the_documentation_shows_every_operation_and_comes_from_here(tab: Page, door: str) -> None:
    """No stranger's server is asked for a script or a font."""
    elsewhere: list[str] = []
    tab.on("request", lambda asked: None if asked.url.startswith((door, "data:")) else elsewhere.append(asked.url))

    tab.goto("/docs")

    for operation in ("GET/analyze", "POST/notify", "GET/notify", "GET/health", "GET/ready"):
        expect(tab.locator(".opblock-summary", has_text=operation)).to_be_visible()
    assert not elsewhere


def test_a_token_opens_the_page_and_logging_out_closes_it(tab: Page) -> None:
    """Over plain HTTP, too."""
    tab.goto("/")
    tab.get_by_label("Token").fill(TOKEN)
    tab.get_by_role("button", name="Log in").click()
    expect(tab.get_by_role("heading", name="Last files")).to_be_visible()
    tab.get_by_role("button", name="Log out").click()

    tab.goto("/")

    expect(tab.get_by_label("Token")).to_be_visible()
