"""What every door opens with."""

import pytest

from core.errors import Usage
from core.opening import fence
from core.writers import Fence


def test_the_fence_is_no_setting_but_on_the_loopback() -> None:
    """Elsewhere a shorter one would count errors twice."""
    shorter = {"LOGTALLY_LOCAL_FENCE": '{"margin_s": 1, "signature_age_s": 2, "hold_s": 3}'}

    assert fence({}, endpoints=["https://sqs.eu-west-1.amazonaws.com"]) == Fence()
    assert fence(shorter, endpoints=["http://127.0.0.1:4566"]) == Fence(margin_s=1, signature_age_s=2, hold_s=3)
    for endpoint in ("https://sqs.eu-west-1.amazonaws.com", "http://localhost:4566", "http://10.0.0.1"):
        with pytest.raises(Usage, match="is for the local cloud alone"):
            fence(shorter, endpoints=["http://127.0.0.1:4566", endpoint])
