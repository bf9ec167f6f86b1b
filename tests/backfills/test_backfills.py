"""The short form. In full: `python -m tests.backfills`."""

import pytest

from tests.backfills.play import play


@pytest.mark.slow
@pytest.mark.race
def test_a_full_bucket_is_counted_once_whatever_happens_to_the_backfills() -> None:
    """Counted again, killed in the middle, and beside a worker that is told of the same files."""
    played = play(files=600, kills=3, seed=1, tell=print)

    assert played.broken == []
