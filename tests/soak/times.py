"""How long something took."""

from collections.abc import Iterable

from msgspec import Struct


class Times(Struct, frozen=True, kw_only=True):
    """Of how many, in seconds."""

    count: int
    p50: float
    p99: float
    longest: float

    def __str__(self) -> str:
        """Say it in a line."""
        return f"p50 {self.p50:.1f}, p99 {self.p99:.1f}, longest {self.longest:.1f} ({self.count})"


def times(seconds: Iterable[float]) -> Times:
    """Answer what most took, and the slowest."""
    found = sorted(seconds)
    if not found:
        return Times(count=0, p50=0, p99=0, longest=0)
    return Times(
        count=len(found),
        p50=found[len(found) // 2],
        p99=found[min(len(found) - 1, len(found) * 99 // 100)],
        longest=found[-1],
    )
