"""What each kind of test may take, and what it took: a gate that grows slower unseen is soon left out."""

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

CHECK_S: Final = "CHECK_S"  # the variable in which `make test` hands over what lint and types took
# Minutes on two cores.
BUDGET: Final = {
    "check": 2,
    "unit": 2,
    "property": 2,
    "faults": 4,
    "model": 1,
    "kills": 3,
    "soak": 2,
    "backfills": 1,
    "e2e": 4,
    "browser": 1,
    "infra": 6,
    "image": 5,
    "pipeline": 1,
}


def spent(reports: Iterable[pytest.TestReport], *, processes: int) -> list[str]:
    """Answer a line for each kind: what it took, its share of all processes, beside its budget."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for report in reports:
        seconds[Path(report.fspath).parts[1]] += report.duration / processes
    if CHECK_S in os.environ:
        seconds["check"] = int(os.environ[CHECK_S])
    return [
        f"{kind:<9} {seconds[kind] / 60:4.1f} of {budget} min" + ("  OVER" if seconds[kind] > budget * 60 else "")
        for kind, budget in BUDGET.items()
        if seconds[kind]
    ]
