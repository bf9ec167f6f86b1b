"""How long a backfill waits for AWS."""

import threading

import pytest

from cli.backfill.patience import FAILURES_MAX, Patience
from core.errors import Denied, NoCredentials, Transient


class _Stop(threading.Event):
    """Notes how long somebody waits for it, and does not."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        return self.is_set()


def test_it_waits_longer_each_time_and_at_last_no_more() -> None:
    """Ten minutes in all."""
    stop = _Stop()
    patience = Patience(stop)
    why = Transient("no answer")

    for failures in range(1, FAILURES_MAX + 1):
        assert patience.wait(failures, why)
    with pytest.raises(Transient, match="no answer"):
        patience.wait(FAILURES_MAX + 1, why)

    seconds = [waited or 0 for waited in stop.waited]
    assert seconds == sorted(seconds)
    assert 9 * 60 < sum(seconds) < 11 * 60


@pytest.mark.parametrize("why", [Denied("not permitted"), NoCredentials("expired")])
def test_it_does_not_wait_for_a_permission(why: Transient) -> None:
    """Only somebody's hand can help."""
    stop = _Stop()

    with pytest.raises(type(why)):
        Patience(stop).wait(1, why)

    assert stop.waited == []


def test_whoever_is_stopped_waits_no_more() -> None:
    """And does not try again."""
    stop = _Stop()
    stop.set()

    assert not Patience(stop).wait(1, Transient("no answer"))


def test_it_says_what_it_waits_for_as_long_as_it_does() -> None:
    """For the bar, and for the lines of a log."""
    said: list[str | None] = []

    class Looked(_Stop):
        def wait(self, timeout: float | None = None) -> bool:
            said.append(patience.why)
            return super().wait(timeout)

    patience = Patience(Looked())
    patience.wait(1, Transient("no answer"))

    assert (said, patience.why) == (["no answer"], None)
