"""How many CPUs this process may use: those of the machine, or fewer if its container is held to fewer."""

from pathlib import Path
from typing import Final

CGROUP: Final = Path("/sys/fs/cgroup")


def cpus(*, of_machine: int, cgroup: Path = CGROUP) -> float:
    """Answer the CPUs, such as 0.25, by the quota of the control group, if there is one.

    The number of the machine's does not know of it: a container with a quarter of a CPU sees all of its host's.
    https://docs.kernel.org/admin-guide/cgroup-v2.html
    """
    quota = _v2(cgroup / "cpu.max") or _v1(cgroup / "cpu")
    return min(quota, of_machine) if quota else of_machine


def _v2(file: Path) -> float | None:
    words = _words(file)
    if len(words) != 2 or words[0] == "max":
        return None
    return int(words[0]) / int(words[1])


def _v1(folder: Path) -> float | None:
    quota, period = _words(folder / "cpu.cfs_quota_us"), _words(folder / "cpu.cfs_period_us")
    if len(quota) != 1 or len(period) != 1 or int(quota[0]) <= 0:  # -1: no quota
        return None
    return int(quota[0]) / int(period[0])


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
