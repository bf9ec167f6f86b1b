"""What every test in a browser may ask for: Chromium, and the page over a local cloud that a worker has worked off."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from msgspec import Struct
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from core.aws import clients
from core.limits import HOUR_S
from local.clock import VirtualClock
from local.cloud import Cloud
from local.logs import LogFile
from local.sample import fill
from local.wiring import Wired, wire
from tests.e2e.workers import messages_left, pushes_left, within, worker_processes
from tests.e2e.yard import errors
from tests.page_app import looks_at, served_page

TOKEN = "sesame"
THRESHOLD = 10
LONG_KEY = f"{'a-very-long-name' * 40}/<b>&amp; 100%.jsonl"
SCREENSHOTS = Path(__file__).parent / "screenshots"  # nobody commits them


class Sight(Struct):
    """The page, and what is behind it."""

    url: str
    cloud: Cloud
    wired: Wired
    aws: boto3.Session
    files: list[LogFile]
    kept_s: list[float]  # by how much what the page keeps is older than it is

    def put(self, key: str, body: bytes) -> None:
        """Upload a file, and wait until the worker has counted it, and the page looks afresh."""
        s3 = clients.s3(self.aws, endpoint_url=self.cloud.endpoint)
        s3.put_object(Bucket=self.wired.bucket, Key=key, Body=body)
        with within(60) as until:
            until(lambda: messages_left(self.wired.queue_url, self.aws, self.cloud.endpoint) == 0)
            until(lambda: pushes_left(self.wired, self.aws, self.cloud.endpoint) == 0)
        self.kept_s[0] += HOUR_S


Open = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        reason = "no Chromium: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def sight(
    chromium: Browser, served: tuple[Cloud, VirtualClock], aws: boto3.Session, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sight]:
    """The demo's logs, counted by a worker that goes on working."""
    cloud, clock = served
    clock.reset()
    cloud.reset()
    wired = wire(aws, endpoint_url=cloud.endpoint)
    looks = looks_at(cloud, wired, aws, environment="local")
    kept_s = [0.0]

    def monotonic() -> float:
        return time.monotonic() + kept_s[0]

    with (
        worker_processes(cloud, wired, threshold=THRESHOLD, folder=tmp_path_factory.mktemp("worker")) as workers,
        served_page(looks, environment="local", tokens=(TOKEN,), monotonic=monotonic) as url,
    ):
        sight = Sight(url=url, cloud=cloud, wired=wired, aws=aws, files=fill(cloud, wired), kept_s=kept_s)
        workers.start()
        sight.put(LONG_KEY, errors("orders", 3))
        yield sight


@pytest.fixture
def open_page(chromium: Browser, sight: Sight) -> Iterator[Open]:
    """Answer what opens a page in a browser of its own, logged in unless told otherwise.

    Nothing may go wrong in its console: no error, and nothing that the page's policy forbids.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opened(path: str = "/", *, log_in: bool = True, **context: Any) -> Page:
        made = chromium.new_context(base_url=sight.url, **context)
        contexts.append(made)
        page = made.new_page()
        page.on("console", lambda message: troubles.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(path)
        if log_in:
            page.get_by_label("Token").fill(TOKEN)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url(f"**{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [trouble for trouble in troubles if not trouble.startswith("Failed to load resource")] == []
