"""What the workers say in their logs of requests of which nobody could say whether they had arrived.

Most are of workers that were killed or slept. Some are of workers that were only slow: others look after a second.
"""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct


class Doubts(Struct, frozen=True, kw_only=True):
    """How doubts were settled, each counted once."""

    landed: int  # requests whose mark was found: not sent again
    lost: int  # requests that a probe showed not to be there: sent again under the next number
    left: int  # pushes that a living worker left, since it could not say itself
    slots_lost: int  # times that a worker woke up and found that somebody had gone on with its slot

    @property
    def settled(self) -> int:
        """How many requests were in doubt, and are no more."""
        return self.landed + self.lost


class _Line(Struct, frozen=True):
    event: str
    slot: int | None = None
    seq: int | None = None


def doubts_in(log: Iterable[str]) -> Doubts:
    """Answer what the log holds of doubts: of one request several workers may find the same."""
    lines = list(_lines(log))
    landed, lost, left = (
        len({(line.slot, line.seq) for line in lines if line.event == event})
        for event in ("push.landed", "push.lost", "push.in_doubt")
    )
    return Doubts(landed=landed, lost=lost, left=left, slots_lost=sum(line.event == "slot.lost" for line in lines))


def _lines(log: Iterable[str]) -> Iterator[_Line]:
    decoder = msgspec.json.Decoder(_Line)
    for line in log:
        try:
            yield decoder.decode(line)
        except msgspec.DecodeError:
            continue  # a metric; or cut off, since its worker was killed
