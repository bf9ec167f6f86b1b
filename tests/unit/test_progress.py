"""How far a backfill is, in one line."""

import pytest

from cli.backfill.progress import found, words
from cli.backfill.sums import Adding, Sums

HALF = Sums(listed=700, unwanted=100, known=100, counted=180, unreadable=3, gone=7, left=10, errors=42, alerts=2)


@pytest.mark.parametrize(
    ("sums", "files", "seconds", "waits_for", "line"),
    [
        (Sums(), None, 0.0, None, "0 files, 0 B, 0 files/s; 0 errors, 0 alerts"),
        (Sums(), 10, 30.0, None, "0 of 10 files, 0 B, 0 files/s; 0 errors, 0 alerts"),
        (
            Sums(listed=1, counted=1, malformed=1, errors=2),
            1,
            1.0,
            None,
            "1 of 1 files, 0 B, 1 files/s; 2 errors, 0 alerts, 1 malformed line",
        ),
        (HALF, None, 100.0, None, "300 files, 0 B, 3 files/s; 42 errors, 2 alerts, 3 unreadable, 10 left"),
        (
            HALF,
            600,
            100.0,
            None,
            "300 of 600 files, 0 B, 3 files/s, 1:40 left; 42 errors, 2 alerts, 3 unreadable, 10 left",
        ),
        (Sums(announced=50, bytes=3 * 1024), 50, 10.0, None, "50 of 50 files, 3.0 KiB, 5 files/s; 0 errors, 0 alerts"),
        (Sums(known=60), 50, 10.0, None, "60 of 50 files, 0 B, 6 files/s; 0 errors, 0 alerts"),
        (
            Sums(counted=1),
            7201,
            1.0,
            "4 pushes are in doubt",
            "1 of 7201 files, 0 B, 1 files/s, 2:00:00 left; 0 errors, 0 alerts; waits: 4 pushes are in doubt",
        ),
    ],
    ids=[
        "at once",
        "nothing done",
        "lines that can't be read",
        "no total yet",
        "half",
        "all",
        "more than there were",
        "waits",
    ],
)
def test_a_line_says_how_far_it_is(
    sums: Sums, files: int | None, seconds: float, waits_for: str | None, line: str
) -> None:
    """And how long the rest may take, once somebody knows how much that is."""
    assert words(sums, files=files, seconds=seconds, waits_for=waits_for) == line


def test_what_did_not_happen_is_not_told() -> None:
    """But errors and alerts always are."""
    assert found(Sums(errors=1)) == "1 errors, 0 alerts"


def test_sums_are_those_of_a_moment() -> None:
    """Whoever looks at them sees none of what comes later."""
    sums = Adding()
    sums.add(counted=1, errors=3)
    before = sums.now()
    sums.add(counted=1, errors=4)

    assert (before.counted, before.errors) == (1, 3)
    assert (sums.now().counted, sums.now().errors, sums.now().done) == (2, 7, 2)
