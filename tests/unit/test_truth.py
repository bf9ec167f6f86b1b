"""The comparison at the demo's end: it can fail."""

from datetime import UTC, datetime

from local.logs import LogFile
from local.truth import Counts, Difference, differences, errors_in

MINUTE = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_files_are_read_by_the_simplest_reader() -> None:
    """Each line is a JSON object; an error counts in its minute."""
    body = b'{"ts":"2026-01-01T00:00:59Z","service":"a","level":"ERROR"}\n{"ts":"x","service":"a","level":"INFO"}\n'

    assert errors_in([LogFile(key="k", body=body, errors=1)] * 2) == Counts({("a", MINUTE): 2})


def test_a_minute_that_differs_is_found_on_either_side() -> None:
    """Too many, too few, and what should not be there at all."""
    expected, found = Counts({("a", MINUTE): 2, ("b", MINUTE): 1}), Counts({("a", MINUTE): 4, ("c", MINUTE): 1})

    assert differences(expected, found) == [
        Difference(service="a", minute=MINUTE, expected=2, found=4),
        Difference(service="b", minute=MINUTE, expected=1, found=0),
        Difference(service="c", minute=MINUTE, expected=0, found=1),
    ]
    assert differences(expected, expected) == []
