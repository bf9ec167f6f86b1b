"""The protocol, in every interleaving of small worlds. All of them: `make model`."""

import gc
from collections.abc import Iterator

import pytest

from tests.model.explore import OK
from tests.model.runs import Run, carry_out, is_as_expected, short_form

SHORT = short_form()
HOLD = [pytest.param(run, id=name) for name, run in SHORT.items() if run.expects == OK]
BREAK = [pytest.param(run, id=name) for name, run in SHORT.items() if run.expects != OK]


@pytest.fixture(autouse=True)
def _states_are_no_garbage() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("run", HOLD)
def test_every_promise_holds_in_every_state_of_a_small_world(run: Run) -> None:
    """And from every state a way leads to all counted, published and deleted."""
    found = carry_out(run)

    assert found.verdict == OK, "\n".join(found.trace)


@pytest.mark.parametrize("run", BREAK)
def test_a_promise_breaks_when_a_rule_is_left_out(run: Run) -> None:
    """So the rule is needed, and the model can fail."""
    found = carry_out(run)

    assert is_as_expected(run, found), f"{found.verdict}\n" + "\n".join(found.trace)
