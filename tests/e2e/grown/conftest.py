"""A key that grows."""

import pytest

from tests.e2e.grown.growing import Growing
from tests.faults.stage import Stage


@pytest.fixture
def growing(stage: Stage) -> Growing:
    return Growing(stage)
