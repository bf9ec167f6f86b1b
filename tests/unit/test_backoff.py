"""How long a message stays hidden after a transient fault."""

import pytest

from worker.backoff import backoff_s


@pytest.mark.parametrize(
    ("receive_count", "jitter", "seconds"),
    [(1, 1.0, 5), (2, 1.0, 10), (3, 0.5, 10), (8, 1.0, 640), (9, 1.0, 900), (10_000, 1.0, 900), (5, 0.0, 0)],
)
def test_the_wait_doubles_up_to_a_quarter_of_an_hour(receive_count: int, jitter: float, seconds: int) -> None:
    """With full jitter: anything from nothing to that."""
    assert backoff_s(receive_count, jitter=jitter) == seconds
