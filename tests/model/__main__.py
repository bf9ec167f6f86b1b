"""Explores every run of the table on two cores: `python -m tests.model`, or with words that their names contain.

Prints what came of each, with states and seconds; the shortest trace where it is not as expected, or where runs are
named. Exits 1 if one is not as expected.
"""

import gc
import sys
from collections.abc import Sequence
from multiprocessing import Pool
from time import monotonic
from typing import NamedTuple

from tests.model.explore import Exploration
from tests.model.runs import RUNS, carry_out, is_as_expected

PROCESSES = 2


class Timed(NamedTuple):
    """What a run found, and how long it took."""

    name: str
    found: Exploration
    took_s: float


def main(words: Sequence[str]) -> int:
    """Carry out the runs whose names contain one of `words`, all if there are none; answer the exit code."""
    names = [name for name in RUNS if not words or any(word in name for word in words)]
    width = max(map(len, names), default=0)
    failed = 0
    # A process for each run: what the one before held is given back.
    with Pool(PROCESSES, maxtasksperchild=1) as pool:
        for timed in pool.imap(_timed, names, chunksize=1):
            as_expected = is_as_expected(RUNS[timed.name], timed.found)
            failed += not as_expected
            _say(_line(timed, as_expected=as_expected, width=width))
            if words or not as_expected:
                _say("".join(f"    {number:2}. {step}\n" for number, step in enumerate(timed.found.trace, 1)))
    _say(f"{len(names)} runs, {failed} not as expected\n")
    return int(failed > 0 or not names)


def _timed(name: str) -> Timed:
    # States are never garbage, and walking them costs a third of the time.
    gc.disable()
    began = monotonic()
    found = carry_out(RUNS[name])
    return Timed(name, found, monotonic() - began)


def _line(timed: Timed, *, as_expected: bool, width: int) -> str:
    word = "as expected" if as_expected else f"EXPECTED {RUNS[timed.name].expects}"
    found = timed.found
    return f"{timed.name:{width}}  {found.states:>9,} states  {timed.took_s:4.0f} s  {word}: {found.verdict}\n"


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
