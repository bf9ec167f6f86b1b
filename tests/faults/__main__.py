"""Carries out every single fault and every pair, over all cores: `python -m tests.faults`.

With scenarios: those alone. With one line that a failure printed (`an-alert 7:stop-after`): that schedule, with its
calls. Prints each schedule that broke a promise, and at the end how many there were; exits 1 if one did.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from multiprocessing import Pool
from time import monotonic
from typing import Final, NamedTuple

from tests.faults.carry_out import carry_out, pairs, singles
from tests.faults.scenarios import SCENARIOS
from tests.faults.schedule import Schedule
from tests.faults.stage import Stage, set_up

NO_PAIRS: Final = frozenset({"cloudwatch-is-down"})  # a hundred calls: its pairs would take days

# Of this process, which ends with them.
_entered: Final = ExitStack()
_stage: Final[list[Stage]] = []


class Tally(NamedTuple):
    """What came of one single fault and all pairs that begin with it."""

    ran: int
    broken: tuple[str, ...]


def main(words: Sequence[str]) -> int:
    """Answer the exit code."""
    if any(":" in word for word in words):
        return _repeat(Schedule.of(" ".join(words)))
    began, failed, total = monotonic(), 0, 0
    names = list(words) or list(SCENARIOS)
    with Pool(os.cpu_count(), initializer=_enter) as pool:
        for name in names:
            of_scenario = pool.apply(_singles, (name,))
            ran = 0
            for tally in pool.imap_unordered(_with_pairs, of_scenario):
                ran += tally.ran
                failed += len(tally.broken)
                _say("".join(f"BROKEN {line}\n" for line in tally.broken))
            total += ran
            _say(f"{name}: {ran:,} schedules, {monotonic() - began:.0f} s so far\n")
    _say(f"{total:,} schedules, {failed} broke a promise, {monotonic() - began:.0f} s on {os.cpu_count()} cores\n")
    return int(failed > 0)


def _enter() -> None:
    _stage.append(_entered.enter_context(set_up()))


def _singles(name: str) -> list[Schedule]:
    return list(singles(carry_out(Schedule(name), _stage[0])))


def _with_pairs(schedule: Schedule) -> Tally:
    single = carry_out(schedule, _stage[0])
    ran = [single]
    if schedule.scenario not in NO_PAIRS:
        ran += [carry_out(pair, _stage[0]) for pair in pairs(single)]
    return Tally(len(ran), tuple(f"{one.schedule}  # {one.broken}" for one in ran if one.broken is not None))


def _repeat(schedule: Schedule) -> int:
    with set_up() as stage:
        ran = carry_out(schedule, stage)
    faults = dict(schedule.faults)
    for number, (worker, operation) in enumerate(ran.called, 1):
        _say(f"{number:4}  {worker:8} {operation:30} {faults.get(number, '')}\n")
    _say(f"{ran.broken or 'all promises kept'}\n")
    return int(ran.broken is not None)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
