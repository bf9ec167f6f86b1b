"""What a soak did, what it took, and which promises are broken after it."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from local.crew import DRAIN_S_MAX, STOP_S_MAX
from tests.kills.kept import Kept
from tests.soak.idle import Idle
from tests.soak.process import Held
from tests.soak.times import Times

SHOWN: Final = 3


class Soaked(Struct, frozen=True, kw_only=True):
    """All of it."""

    seed: int
    files: int  # each bytes under each key once
    wanted: int
    packed: int
    put_again: int
    messages: int
    mb: float
    errors: int
    seconds: float  # from the first put until nothing is left
    faults: Mapping[str, int]
    restarts: int
    exits: list[int]  # of workers that were told to stop, other than 0
    drains: Times
    to_ledger: Times
    to_alert: Times
    unknown: int  # files of which no worker said that they are counted
    memory: list[Held]
    calls: Mapping[str, int]
    idle: Idle
    kept: Kept
    poison: int
    dead_letters: int
    poison_missing: list[str]
    dead_not_due: list[str]
    dead_for_another_reason: list[str]

    @property
    def broken(self) -> list[str]:
        """Say which promises are."""
        grown = [str(held) for held in self.memory if held.grew]
        wrong = {
            f"{self.unknown} files were counted by nobody": self.unknown,
            f"not in the dead-letter queue: {self.poison_missing}": self.poison_missing,
            f"in the dead-letter queue, and no poison: {self.dead_not_due}": self.dead_not_due,
            f"dead letters for another reason: {self.dead_for_another_reason}": self.dead_for_another_reason,
            f"workers that were told to stop ended with {self.exits}": self.exits,
            f"a worker took {self.drains.longest:.1f} s to stop": self.drains.longest > STOP_S_MAX,
            f"memory grew: {grown}": grown,
        }
        return [*self.kept.broken, *(words for words, found in wrong.items() if found), *self.idle.broken]

    def __str__(self) -> str:
        """Say it in some lines."""
        faults = sorted(self.faults.items())
        lines = [
            f"seed {self.seed}: {self.files} files ({self.wanted} wanted), {self.packed} packed, {self.mb:.0f} MB",
            f"{self.put_again} put again, {self.messages} messages, {self.poison} of them poison",
            f"{self.seconds:.0f} s, {self.files / self.seconds:.1f} files/s",
            f"{sum(self.faults.values())} faults: " + ", ".join(f"{count} {name}" for name, count in faults),
            f"{self.restarts} restarts; to stop, s: {self.drains}; drain timeout {DRAIN_S_MAX}",
            f"put to ledger, s: {self.to_ledger}",
            f"put to alert, s: {self.to_alert}",
            *map(str, self.memory[:SHOWN]),
            "calls for each 1000 files: "
            + ", ".join(f"{name} {count * 1000 / self.files:.0f}" for name, count in sorted(self.calls.items())),
            f"calls for each file, other than GetObject: {self._calls_a_file():.2f}",
            str(self.idle),
            f"{self.errors} errors",
            str(self.kept),
            f"{self.dead_letters} dead letters, {self.dead_letters - self.poison} of them copies",
        ]
        return "\n".join(lines)

    def _calls_a_file(self) -> float:
        return (sum(self.calls.values()) - self.calls.get("GetObject", 0)) / self.files
