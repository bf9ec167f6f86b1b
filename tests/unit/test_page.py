"""The page's pure parts: the chart's geometry, words, and a part that is kept and answered in time."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from anyio import CapacityLimiter
from hypothesis import given
from hypothesis import strategies as st

from api.page.chart import HEIGHT, REST, SERIES_MAX, TOP, drawn
from api.page.looks import Errors, Series, Span
from api.page.parts import OUR_FAULT, Failed, Part
from api.page.words import age, at, count, plural, safe, short
from core.errors import Transient
from core.model import Minute

NOW = datetime(2026, 11, 24, 18, 20, tzinfo=UTC)
SINCE = Minute(int(NOW.timestamp()) // 3600 * 3600)
COLUMNS = 60


def errors(*series: Series, span: Span = Span.HOUR) -> Errors:
    return Errors(span=span, since=SINCE, series=series, asked=len(series), services=len(series))


def series(service: str, *counts: int) -> Series:
    return Series(service=service, errors=(*counts, *[0] * (COLUMNS - len(counts))))


@given(st.lists(st.lists(st.integers(0, 10**6), min_size=COLUMNS, max_size=COLUMNS), min_size=1, max_size=12))
def test_every_error_is_drawn_once_and_nothing_leaves_the_plot(counts: list[list[int]]) -> None:
    """However many services there are: the boxes of a column stand on one another, and add up."""
    found = [Series(service=f"s{n}", errors=tuple(row)) for n, row in enumerate(counts) if sum(row)]
    chart = drawn(errors(*found))
    top = max((column.total for column in chart.columns), default=0)

    assert chart.total == sum(map(sum, counts)) == sum(entry.total for entry in chart.legend)
    assert len(chart.legend) <= SERIES_MAX + 1
    for column in chart.columns:
        assert all(box.y >= TOP - 0.1 and box.y + box.height <= TOP + HEIGHT + 0.1 for box in column.boxes)
        drawn_height = sum(box.height for box in column.boxes)
        assert drawn_height <= HEIGHT + 0.1
        assert not top or drawn_height >= column.total / top * HEIGHT / 3 - 0.1


def test_a_service_keeps_its_colour_while_the_order_changes() -> None:
    """Those that are too many to be told apart are one."""
    first = drawn(errors(series("orders", 5), series("auth", 3)))
    later = drawn(errors(series("auth", 9), series("orders", 5)))
    many = drawn(errors(*[series(f"s{n}", 20 - n) for n in range(9)]))

    def shades(chart: object) -> dict[str, str]:
        return {entry.service: entry.shade for entry in chart.legend}  # type: ignore[attr-defined]  # a chart

    assert shades(first) == shades(later) == {"auth": "s1", "orders": "s2"}
    assert shades(many)["3 more services"] == REST
    assert len(set(shades(many).values())) == SERIES_MAX + 1


def test_the_axes_have_round_numbers() -> None:
    """Whole ones up, and times of the clock across."""
    chart = drawn(errors(series("orders", 1, 3)))

    assert [tick.label for tick in chart.up] == ["2", "4"]
    assert [tick.label for tick in chart.across] == ["18:10", "18:20", "18:30", "18:40", "18:50"]
    assert drawn(errors(series("orders", 73))).up[-1].label == "80"


def test_a_chart_says_in_words_what_it_shows() -> None:
    """And has each column in numbers."""
    chart = drawn(errors(series("orders", 1000, 3), series("auth", 0, 2)))

    assert chart.words == "1,005 errors in the last 1 hour, by service: orders 1,003, auth 2."
    assert chart.columns[1].words == "18:01 UTC: 5 errors: orders 3, auth 2"
    assert [(row.at.minute, row.errors) for row in chart.rows] == [(1, (3, 2)), (0, (1000, 0))]
    assert drawn(errors()).words == "No errors in the last 1 hour."


@pytest.mark.parametrize(
    ("seconds", "words"), [(-3, "0 s"), (59.9, "59 s"), (60, "1 min"), (7199, "1 h"), (86400 * 3, "3 d")]
)
def test_a_span_is_said_in_its_largest_unit(seconds: float, words: str) -> None:
    """Rounded down: nothing is older than it is."""
    assert age(seconds) == words


def test_a_moment_of_another_day_says_which() -> None:
    """In UTC, with all of it for a machine."""
    now = NOW.timestamp()
    moment = datetime(2026, 11, 23, 23, 4, 5, tzinfo=UTC)

    assert ">18:20:00<" in at(NOW, now)
    assert ">18:20<" in at(NOW, now, seconds=False)
    assert ">23 Nov 23:04<" in at(moment, now)
    assert 'datetime="2026-11-23T23:04:05Z"' in at(moment.astimezone(UTC), now)
    assert ">19 Nov" not in at(moment + timedelta(days=1), now)


def test_numbers_and_names() -> None:
    """Thousands apart, one thing in the singular; what steers a screen is replaced, what is no text stays."""
    assert (count(1234567), count(0.5), plural(1, "file"), plural(1200, "file")) == (
        "1,234,567",
        "0.5",
        "1 file",
        "1,200 files",
    )
    assert safe("a\x1b[31mb\N{RIGHT-TO-LEFT OVERRIDE}") == "a\ufffd[31mb\ufffd"
    assert safe(3) == 3


def test_a_long_name_is_shown_by_its_beginning_and_its_end() -> None:
    """Which are where names differ."""
    long = f"{'a' * 100}{'b' * 100}{'c' * 100}"

    assert short("a" * 120) == "a" * 120
    assert short(long) == f"{'a' * 40}…{'c' * 80}"


def part(read: Callable[[], int], *, kept_s: float = 10, monotonic: Callable[[], float] = lambda: 0.0) -> Part[int]:
    return Part(read, name="numbers", kept_s=kept_s, limiter=CapacityLimiter(2), monotonic=monotonic)


def test_those_who_look_together_and_soon_after_share_one_read() -> None:
    """Later it is read again."""
    reads: list[int] = []
    now = [0.0]

    def read() -> int:
        reads.append(1)
        return len(reads)

    async def look() -> list[object]:
        numbers = part(read, monotonic=lambda: now[0])
        first = await asyncio.gather(*[numbers.get() for _ in range(10)])
        now[0] = 9.9
        soon = await numbers.get()
        now[0] = 10.1
        return [*first, soon, await numbers.get()]

    assert asyncio.run(look()) == [1] * 11 + [2]


def test_a_read_that_hangs_is_answered_in_time_and_not_begun_again() -> None:
    """What it brings in the end is kept."""
    let = threading.Event()
    reads: list[int] = []

    def read() -> int:
        reads.append(1)
        let.wait(10)
        return 7

    async def look() -> tuple[object, object, object]:
        numbers = part(read, monotonic=asyncio.get_running_loop().time)
        first = await numbers.get(wait_s=0.05)
        second = await numbers.get(wait_s=0.05)
        let.set()
        return first, second, await numbers.get()

    first, second, third = asyncio.run(look())

    assert isinstance(first, Failed)
    assert isinstance(second, Failed)
    assert (third, len(reads)) == (7, 1)


@pytest.mark.parametrize(
    ("failure", "words"),
    [(Transient("CloudWatch: AWS failed (500)"), "CloudWatch: AWS failed (500)"), (KeyError("oops"), OUR_FAULT)],
    ids=str,
)
def test_a_read_that_fails_says_why(failure: Exception, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of our own is told to the log alone; what was read before is still there to be used."""
    answers: list[int | Exception] = [5, failure]
    now = [0.0]

    def read() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def look() -> tuple[object, object, object]:
        numbers = part(read, monotonic=lambda: now[0])
        first = await numbers.get()
        now[0] = 11.0
        return first, await numbers.get(), numbers.last

    assert asyncio.run(look()) == (5, Failed(words), 5)
    assert ("page.part_failed" in capsys.readouterr().out) is (words == OUR_FAULT)
