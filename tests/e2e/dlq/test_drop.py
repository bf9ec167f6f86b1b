"""`logtally dlq drop`: letters are deleted for good, and the ledger remembers them."""

import pytest

from tests.e2e.dlq.letters import Queues, event
from tests.e2e.ledger.user import User


@pytest.mark.parametrize(
    ("words", "dropped", "left"), [(("--reason", "S3 event"), ["h"], ["b", "d"]), (("--all",), ["b", "d", "h"], [])]
)
def test_drop_deletes_those_that_are_meant(
    user: User, queues: Queues, words: tuple[str, ...], dropped: list[str], left: list[str]
) -> None:
    """And shows them; nothing goes to the first queue. What a worker wrote down stays in the list."""
    queues.bury("h", reason="not an S3 event")
    queues.bury("b", reason="truncated gzip")
    queues.used_up("d")

    dry = user.told("drop", *words)
    assert (len(dry["letters"]), dry["dropped"], dry["dryRun"], queues.depth()) == (len(dropped), 0, True, 3)

    told = user.told("drop", *words, "--yes")

    assert (told["dropped"], told["seen"], told["dryRun"]) == (len(dropped), 3, False)
    assert sorted(line["objects"][0]["key"] for line in told["letters"]) == dropped
    assert queues.dead() == [event(name) for name in left]
    assert queues.first() == []
    assert sorted(line["messageId"] for line in user.told("list")["letters"]) == ["b", "h"]
