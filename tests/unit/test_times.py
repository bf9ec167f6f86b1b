"""Times as people write them."""

from datetime import UTC, datetime

import pytest

from core.times import moment_of

NOON = datetime(2025, 9, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2025-09-15T12:00:00Z",
        "2025-09-15t12:00:00z",
        "2025-09-15 14:00:00+02:00",
        "2025-09-15T12:00:00,000Z",
        1_757_937_600,
        1_757_937_600.0,
        1_757_937_600_000,
        1_757_937_600_000_000,
        1_757_937_600_000_000_000,
    ],
)
def test_one_moment_is_written_in_many_ways(written: str | float) -> None:
    """RFC 3339, or a number since 1970 in whatever its size says: seconds, milli-, micro- or nanoseconds."""
    assert moment_of(written) == NOON


@pytest.mark.parametrize("written", [None, "", "12:00", "2025-09-15T12:00:00", 0, 5, -1_757_937_600, 1e25, "9" * 100])
def test_what_is_no_time_is_none(written: str | float | None) -> None:
    """Small numbers count something else, such as the seconds since a start."""
    assert moment_of(written) is None


@pytest.mark.parametrize(
    ("written", "zone", "hour"),
    [
        ("2025-09-15 12:00:00,123", "Z", 12),
        ("2025-09-15T12:00:00.123", "+02:00", 10),
        ("2025-09-15T12:00:00.123Z", "+02:00", 12),
    ],
)
def test_a_time_without_an_offset_has_that_of_its_rule(written: str, zone: str, hour: int) -> None:
    """One that has an offset keeps it."""
    assert moment_of(written, zone=zone) == NOON.replace(hour=hour, microsecond=123_000)


@pytest.mark.parametrize("written", [1_757_937_659.999_999, 1_757_937_659_999.999, "2025-09-15T12:00:59.9999999Z"])
def test_no_time_moves_into_the_next_minute(written: str | float) -> None:
    """What is finer than a microsecond is cut off."""
    at = moment_of(written)

    assert at is not None
    assert (at.minute, at.second) == (0, 59)
