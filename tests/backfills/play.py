"""The acts: once, again, killed in the middle, and beside workers that are told of the same files."""

import threading
from collections.abc import Callable
from random import Random
from typing import Final

from msgspec import Struct

from tests.backfills.acts import Act, House, Left, Run, house

AGAIN_SHARE_MAX: Final = 0.05  # of the seconds of the first time


class Played(Struct, frozen=True, kw_only=True):
    """What came of all acts."""

    files: int
    first: Run
    once: Left
    again: Run
    twice: Left
    kills: int
    killed: Left
    beside: Left
    gets_beside: int  # by the backfill and the worker together

    @property
    def broken(self) -> list[str]:
        """Say which promises are."""
        lefts = {"once": self.once, "twice": self.twice, "killed": self.killed, "beside a worker": self.beside}
        wrong = {
            f"the first ended with {self.first.code}: {self.first.errors}": self.first.code,
            f"the second ended with {self.again.code}: {self.again.errors}": self.again.code,
            f"the first counted {self.first.told.get('counted')}": self.first.told.get("counted") != self.files,
            f"the second read {self.again.gets} files": self.again.gets,
        }
        return [
            *(words for words, is_so in wrong.items() if is_so),
            *(f"{name}: {words}" for name, left in lefts.items() for words in left.broken),
        ]

    @property
    def share(self) -> float:
        """What the second time took, of the first."""
        return self.again.seconds / self.first.seconds

    def __str__(self) -> str:
        """Say it in some lines."""
        return (
            f"{self.files} files: {self.first.seconds:.1f} s once, {self.files / self.first.seconds:.0f} files/s\n"
            f"again: {self.again.seconds:.1f} s, {self.share:.1%} of that, {self.again.gets} reads\n"
            f"killed {self.kills} times, and gone on: {self.killed}\n"
            f"beside a worker: {self.gets_beside} reads in all, {self.beside}"
        )


def play(*, files: int, kills: int, seed: int, tell: Callable[[str], object]) -> Played:
    """Play all acts over one full bucket. `tell` is told of each."""
    with house(files, seed=seed) as made:
        act = made.act("once")
        first = act.run()
        tell(f"counted in {first.seconds:.1f} s")
        once = act.left()
        again = act.run()
        tell(f"again in {again.seconds:.1f} s")
        twice = act.left()
        killed = _killed(made, kills=kills, random=Random(seed))
        tell(f"killed {kills} times, and gone on: {killed}")
        before = made.cloud.calls.count("s3", "GetObject")
        beside = _beside(made)
        return Played(
            files=files,
            first=first,
            once=once,
            again=again,
            twice=twice,
            kills=kills,
            killed=killed,
            beside=beside,
            gets_beside=made.cloud.calls.count("s3", "GetObject") - before,
        )


def _killed(made: House, *, kills: int, random: Random) -> Left:
    act = made.act("killed")
    for _ in range(kills):
        act.killed_after(random.randint(len(made.files) // 20, len(made.files) // (kills + 1)))
    assert act.run().code in {0, 4}
    act.settle()
    return act.left()


def _beside(made: House) -> Left:
    """Hand all files to a worker, and count them here at the same time."""
    act = made.act("beside")
    with act.worker():
        handing = threading.Thread(target=_hand_over, args=(act,))
        handing.start()
        assert act.run().code in {0, 4}
        handing.join()
    return act.left()


def _hand_over(act: Act) -> None:
    done = act.run("--enqueue")
    assert done.code == 0, done.errors
