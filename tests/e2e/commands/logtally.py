"""`logtally` as a shell runs it, by that name, and the code beside the tests, whatever is installed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

ROOT: Final = Path(__file__).parents[3]
LOGTALLY: Final = (
    sys.executable,
    "-c",
    "import sys; sys.argv[0] = 'logtally'; from cli.main import run; run()",
)


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Answer what a process sees of the world: nobody's files, and no account."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


def logtally(*words: str, variables: Mapping[str, str] = MappingProxyType({})) -> subprocess.CompletedProcess[str]:
    """Run it."""
    return subprocess.run(
        [*LOGTALLY, *words],
        env=environment(variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
