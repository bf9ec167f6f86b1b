"""Programs that a machine may lack: a test that needs one is skipped, and says so."""

import os
from typing import Final, NoReturn

import pytest

ALL_TOOLS: Final = "LOGTALLY_ALL_TOOLS"  # set where all of them must be there, as in the pipeline


def unavailable(reason: str) -> NoReturn:
    """Skip the test, and say why in the summary; where all tools must be there, fail."""
    if os.environ.get(ALL_TOOLS):
        pytest.fail(reason)
    pytest.skip(reason)
