"""The page in a real browser: what somebody sees, clicks and hears."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from local.sample import TRUNCATED
from tests.browser.conftest import LONG_KEY, SCREENSHOTS, THRESHOLD, TOKEN, Open, Sight
from tests.e2e.yard import errors

pytestmark = pytest.mark.xdist_group("browser")

PHONE = {"width": 320, "height": 640}
DESK = {"width": 1200, "height": 900}
REFRESHED_MS = 31_000
WORST = {"serious", "critical"}


def _shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def _faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in WORST
        for node in one["nodes"]
    ]


def _file_path(page: Page, key: str) -> str:
    href = page.locator("#files a.key", has_text=key).first.get_attribute("href")
    assert href is not None
    return href


def test_somebody_logs_in_and_sees_what_there_is(open_page: Open, sight: Sight) -> None:
    """A wrong token first. Then files, alerts, the queue and the dead letter, each with what belongs to it."""
    page = open_page("/", log_in=False, viewport=DESK)
    page.get_by_label("Token").fill("open")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That is not a token of this logtally.")
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")

    expect(page).to_have_title("(2) logtally · local")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 dead letter, 1 file could not be read")
    files = page.get_by_role("region", name="Last files")
    for file in sight.files:
        row = files.get_by_role("row").filter(has_text=file.key)
        expect(row).to_contain_text("failed" if file.key == TRUNCATED else f"{file.errors}")
        expect(row.get_by_text("rang", exact=True)).to_have_count(int(file.errors >= THRESHOLD))
    ringing = [file for file in sight.files if file.errors >= THRESHOLD]
    expect(page.get_by_role("region", name="Last alerts").get_by_role("listitem")).to_have_count(len(ringing))
    expect(page.get_by_role("region", name="Queue", exact=True)).to_contain_text(
        re.compile(r"Waiting\s*0\s*In flight\s*0")
    )
    expect(page.get_by_role("region", name="Dead letters")).to_contain_text(
        "truncated gzip: it ends before its end mark"
    )
    expect(page.get_by_role("region", name="Writers")).to_contain_text("no push is outstanding")
    expect(page.get_by_role("region", name="Ledger and graph")).to_contain_text("They agree")
    _shoot(page, "desk")


def test_the_chart_is_drawn_and_can_be_asked_for_another_span(open_page: Open) -> None:
    """Its columns have colours, and a service has the same one in the legend."""
    page = open_page("/?range=24h", viewport=DESK)

    colours = page.evaluate(
        """() => [...document.querySelectorAll('.chart .column rect:not(.hit)')]
                 .filter((box) => box.getBoundingClientRect().height > 1)
                 .map((box) => getComputedStyle(box).fill)"""
    )
    swatches = page.evaluate(
        "() => [...document.querySelectorAll('.swatch')].map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert len(colours) > 10
    assert set(colours) == set(swatches)
    assert len(swatches) == 5
    expect(page.get_by_role("img", name=re.compile("errors in the last 24 hours, by service: orders"))).to_be_visible()

    page.get_by_role("link", name="1 hour", exact=True).click()
    expect(page.get_by_role("link", name="1 hour", exact=True)).to_have_attribute("aria-current", "true")
    assert page.get_by_text("The same as a table").is_visible()


def test_one_click_leads_to_what_is_known_of_a_file(open_page: Open) -> None:
    """Also of a key with everything in it."""
    page = open_page("/")
    page.get_by_role("link", name=LONG_KEY[-20:]).first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text(LONG_KEY)
    expect(page.get_by_role("main")).to_contain_text("The graph shows its 3 errors, once.")
    expect(page.get_by_role("main")).to_contain_text("3 in 4 lines")
    _shoot(page, "file")


def test_it_refreshes_itself_and_leaves_the_reader_where_he_is(open_page: Open, sight: Sight) -> None:
    """A new file appears; focus, scroll and what is unfolded stay; the page is not loaded again."""
    page = open_page("/", viewport=PHONE)
    page.clock.install()
    page.reload()
    page.evaluate("window.isTheSame = true")
    page.get_by_text("The same as a table").click()
    link = page.locator("#files a.key", has_text=TRUNCATED)
    link.focus()
    before = page.evaluate("window.scrollY")
    key = "new/came-later.jsonl"
    sight.put(key, errors("shipping", 2))

    page.clock.fast_forward(REFRESHED_MS)

    expect(page.locator("#files a.key", has_text=key)).to_be_visible()
    assert page.evaluate("window.isTheSame") is True
    expect(page.locator("#points")).to_have_attribute("open", "")
    expect(page.locator("#files a.key", has_text=TRUNCATED)).to_be_focused()
    assert abs(page.evaluate("window.scrollY") - before) <= 1


def test_it_rests_while_nobody_looks(open_page: Open) -> None:
    """And is fresh at once when somebody does again."""
    page = open_page("/")
    page.clock.install()
    page.reload()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/") else None)
    hide = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"

    page.evaluate(hide, arg=True)
    page.clock.fast_forward(10 * REFRESHED_MS)
    assert asked == []

    with page.expect_response("**/"):
        page.evaluate(hide, arg=False)
        page.clock.fast_forward(1)
    assert len(asked) == 1


def test_it_says_when_it_could_not_refresh(open_page: Open) -> None:
    """Since when, and that it tries again; when it could, it says nothing any more."""
    page = open_page("/")
    trouble = page.get_by_role("status")
    page.route("**/", lambda route: route.abort())
    page.get_by_role("link", name="Refresh", exact=True).click()
    expect(trouble).to_have_text(re.compile(r"Could not refresh since \d\d:\d\d:\d\d UTC: .* It is tried again\."))

    page.unroute("**/")
    page.get_by_role("link", name="Refresh", exact=True).click()
    expect(trouble).to_have_text("")

    page.context.clear_cookies()
    page.get_by_role("link", name="Refresh", exact=True).click()
    expect(trouble).to_have_text("Not refreshed any more: the session is over. Log in again")


def test_it_works_without_scripts(open_page: Open) -> None:
    """Logging in, reading, another span, unfolding, a file, logging out."""
    page = open_page("/", java_script_enabled=False)
    expect(page.get_by_role("heading", name="Last files")).to_be_visible()
    page.get_by_role("link", name="24 hours").click()
    expect(page.get_by_role("region", name="Errors per service")).to_contain_text("20 min a column")
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("table", name="Errors by time and service")).to_be_visible()
    page.get_by_role("link", name=TRUNCATED).first.click()
    expect(page.get_by_role("main")).to_contain_text("Not counted: truncated gzip")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESK, "light")], ids=["phone-dark", "desk-light"])
def test_every_page_fits_and_has_no_serious_fault(
    open_page: Open, scheme: str, size: dict[str, int], request: pytest.FixtureRequest
) -> None:
    """On a phone nothing has to be moved sideways; contrast, names, landmarks and headings are what axe wants."""
    page = open_page("/", viewport=size, color_scheme=scheme)
    file = _file_path(page, TRUNCATED)
    paths = ["/", "/?range=24h", file, _file_path(page, LONG_KEY[-20:]), "/file?bucket=logs&key=nobody"]

    for path in paths:
        page.goto(path)
        for details in page.locator("details").all():
            details.evaluate("(one) => one.setAttribute('open', '')")
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
        assert _faults(page) == []
    page.goto("/")
    _shoot(page, request.node.callspec.id)
    page.get_by_role("button", name="Log out").click()
    assert _faults(page) == []
    page.get_by_label("Token").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert _faults(page) == []
    _shoot(page, f"login-{request.node.callspec.id}")


def test_it_is_dark_where_the_reader_wants_it_dark(open_page: Open) -> None:
    """And light where not."""

    def ground(scheme: str) -> int:
        page = open_page("/", color_scheme=scheme)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    assert ground("dark") < 100
    assert ground("light") > 600


def test_a_keyboard_is_enough(open_page: Open) -> None:
    """The first stop skips to the content; every stop is seen; Enter opens a file."""
    page = open_page("/", viewport=DESK)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    stops: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
                 const one = document.activeElement;
                 const style = getComputedStyle(one);
                 const isSeen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
                 return [one.textContent.trim(), one.getAttribute('href') ?? '', isSeen];
               }"""
        )
        assert stop[2], f"nobody sees that {stop[0]} has the focus"
        stops.append(stop[1])
        if stop[1].startswith("/file?"):
            break
    page.keyboard.press("Enter")

    assert {"#dead", "#queue", "/?range=1h"} <= set(stops)
    expect(page.get_by_role("link", name="All files")).to_be_visible()


def test_the_picture_of_the_documents_is_not_too_large() -> None:
    """It is loaded by everybody who reads them."""
    picture = Path(__file__).parents[2] / "docs" / "page.png"

    assert picture.stat().st_size < 300 * 1024
