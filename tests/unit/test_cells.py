"""What CloudWatch is sent of a tally, and what not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cells import data_of, dimension_value
from core.limits import DAY_S, HOUR_S, SERVICES_MAX, WINDOW_AHEAD_S, WINDOW_BACK_S
from core.model import Cell, Datum, Minute, Outside

NOW = 1_800_000_000.0
NOW_MINUTE = Minute(1_800_000_000)

names = st.one_of(st.text(max_size=4), st.text(alphabet="a~:é 0", max_size=12), st.sampled_from(["other", "x" * 1025]))
minutes = st.integers(-20 * DAY_S // 60, 4 * HOUR_S // 60).map(lambda n: Minute(NOW_MINUTE + 60 * n))
tallies = st.dictionaries(st.tuples(minutes, names), st.integers(1, 1000), max_size=30).map(
    lambda cells: [Cell(minute, service, errors) for (minute, service), errors in sorted(cells.items())]
)


@given(cells=tallies, services_max=st.integers(0, 5), alert=st.booleans())
def test_no_error_is_lost_between_what_is_sent_and_what_is_not(
    cells: list[Cell], services_max: int, alert: bool
) -> None:
    """Each minute and name is sent once, in order, inside the window."""
    data, outside = data_of(cells, now=NOW, alert=alert, services_max=services_max)
    errors = [datum for datum in data if datum.service is not None]

    sent = sum(datum.count for datum in errors)
    assert sent + (0 if outside is None else outside.errors) == sum(cell.errors for cell in cells)
    keys = [(datum.at, str(datum.service)) for datum in errors]
    assert keys == sorted(set(keys))
    assert all(NOW - WINDOW_BACK_S <= datum.at <= NOW + WINDOW_AHEAD_S for datum in errors)
    assert len({datum.service for datum in errors}) <= services_max + 1


@given(services=st.sets(names, max_size=20))
def test_no_two_services_share_a_name(services: set[str]) -> None:
    """However alike what can be read of them."""
    assert len({dimension_value(service) for service in services}) == len(services)


@given(service=st.text())
def test_every_name_is_one_that_cloudwatch_takes(service: str) -> None:
    """One that it refuses would take its whole request with it."""
    value = dimension_value(service)

    assert 1 <= len(value) <= 1024
    assert value.isascii()
    assert value.isprintable()
    assert value == value.strip()
    assert not value.startswith(":")


@pytest.mark.parametrize("service", ["api", "other", "unknown", "a b", "a:b", "~", "a~0123456", "A" * 1024])
def test_a_valid_name_is_kept(service: str) -> None:
    """Dashboards know it."""
    assert dimension_value(service) == service


@pytest.mark.parametrize(
    ("service", "legible"),
    [
        ("café", "caf_"),
        ("", ""),
        ("  ", ""),
        (" api ", "api "),
        (":api", "api"),
        ("a\nb", "a_b"),
        ("x" * 1025, "x" * 1015),
    ],
)
def test_an_invalid_name_becomes_what_can_be_read_of_it_and_a_digest(service: str, legible: str) -> None:
    """So that a person recognises it, and a machine tells it from others."""
    assert dimension_value(service)[:-9] == legible
    assert dimension_value(service)[-9] == "~"


def test_a_name_that_looks_made_is_made_anew() -> None:
    """Else a service could call itself what another one becomes."""
    made = dimension_value("café")

    assert dimension_value(made) != made
    assert dimension_value(made).startswith(made)


def test_minutes_outside_the_window_are_counted_and_not_sent() -> None:
    """One of them would have its whole request refused."""
    old, soon = Minute(NOW_MINUTE - 15 * DAY_S), Minute(NOW_MINUTE + 3 * HOUR_S)
    cells = [Cell(old, "a", 2), Cell(old, "b", 3), Cell(NOW_MINUTE, "a", 4), Cell(soon, "a", 5)]

    data, outside = data_of(cells, now=NOW, alert=False)

    assert data == (Datum(NOW_MINUTE, "a", 4),)
    assert outside == Outside(errors=10, first=old, last=soon)


def test_the_window_ends_before_cloudwatch_s() -> None:
    """Time passes between planning and sending, and clocks differ."""
    edge = Minute(NOW_MINUTE - 14 * DAY_S + HOUR_S)

    assert data_of([Cell(edge, "a", 1)], now=NOW, alert=False)[0] == ()


def test_an_alert_is_a_datum_of_its_own_and_the_last() -> None:
    """At the time of the alert, not of the errors."""
    data, outside = data_of([Cell(Minute(NOW_MINUTE - 60), "a", 1)], now=NOW + 7.9, alert=True)

    assert data == (Datum(NOW_MINUTE - 60, "a", 1), Datum(NOW_MINUTE + 7, None, 1))
    assert outside is None


def test_a_thousand_services_make_a_hundred_names_and_other() -> None:
    """Those with the most errors keep their names; equal ones go by name."""
    cells = [Cell(NOW_MINUTE, f"s{n:04}", 2 if n >= 990 else 1) for n in range(1000)]

    data, _ = data_of(cells, now=NOW, alert=False)

    kept = {str(datum.service): datum.count for datum in data}
    assert kept.pop("other") == 1000 + 10 - (SERVICES_MAX + 10)
    assert sorted(kept) == [f"s{n:04}" for n in [*range(SERVICES_MAX - 10), *range(990, 1000)]]


def test_a_service_that_calls_itself_other_joins_the_rest() -> None:
    """In one datum for each minute."""
    cells = [Cell(NOW_MINUTE, "a", 9), Cell(NOW_MINUTE, "b", 1), Cell(NOW_MINUTE, "other", 50)]

    assert data_of(cells, now=NOW, alert=False, services_max=1)[0] == (
        Datum(NOW_MINUTE, "a", 9),
        Datum(NOW_MINUTE, "other", 51),
    )
