"""Asking all parts at once."""

import threading
import time

import pytest

from core.checkup import asked
from core.errors import Denied, Transient


def test_each_gets_its_answer_or_why_there_is_none() -> None:
    """One that hangs holds up nobody, and is given up."""
    never = threading.Event()

    def deny() -> None:
        raise Denied("not permitted")

    answers = asked({"a": lambda: 1, "b": deny, "c": never.wait}, seconds=0.2, monotonic=time.monotonic)
    never.set()

    assert answers["a"] == 1
    assert isinstance(answers["b"], Denied)
    assert isinstance(answers["c"], Transient)
    assert str(answers["c"]) == "no answer within 0.2 s"


def test_a_bug_is_not_taken_for_an_answer() -> None:
    """It is raised where somebody sees it."""
    with pytest.raises(ZeroDivisionError):
        asked({"a": lambda: 1 // 0}, seconds=5, monotonic=time.monotonic)
