"""What can go wrong with one call to AWS, and where: each kind by its name, so that a schedule can be written down."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from local.faults import (
    CAPACITY,
    DENIED,
    THROTTLED,
    BreakBody,
    CancelTransaction,
    Fail,
    FailEntries,
    LoseAnswer,
    LoseRequest,
    ProxyPage,
    Unprocessed,
)
from local.faults import Kind as AtTheCloud


class Kind(StrEnum):
    """What happens to a call."""

    # The process itself, by a hook on its client.
    STOP_BEFORE = "stop-before"  # it ends before the call is sent
    STOP_AFTER = "stop-after"  # it ends when the call took effect, before the answer is used
    SLEEP = "sleep"  # signed, and not yet sent: everybody else lives on for hours, then it is sent
    NAP = "nap"  # the same, but signed afterwards
    DOZE = "doze"  # signed, and sent three minutes later, while its signature is still good; others live meanwhile
    MEANWHILE = "meanwhile"  # another worker takes a whole turn before it is sent
    NO_CONNECTION = "no-connection"
    SILENCE = "silence"  # it took effect, and no answer comes in time
    # The way there and back, by the local cloud.
    LOSE_REQUEST = "lose-request"
    LOSE_ANSWER = "lose-answer"
    FAIL = "fail"  # 5xx, without effect
    FAIL_LATE = "fail-late"  # 5xx, with effect
    THROTTLED = "throttled"
    DENIED = "denied"
    PAGE = "page"  # a proxy answers, with a 200
    # What only some operations know.
    CONFLICT = "conflict"
    CAPACITY = "capacity"
    UNPROCESSED = "unprocessed"
    ENTRIES = "entries"  # a batch is answered by a 200, and no entry of it was done
    BREAK_BODY = "break-body"


AT_THE_CLOUD: Final[Mapping[Kind, AtTheCloud]] = {
    Kind.LOSE_REQUEST: LoseRequest(),
    Kind.LOSE_ANSWER: LoseAnswer(),
    Kind.FAIL: Fail(),
    Kind.FAIL_LATE: Fail(effect=True),
    Kind.THROTTLED: THROTTLED,
    Kind.DENIED: DENIED,
    Kind.PAGE: ProxyPage(),
    Kind.CONFLICT: CancelTransaction(),
    Kind.CAPACITY: CAPACITY,
    Kind.UNPROCESSED: Unprocessed(),
    Kind.ENTRIES: FailEntries(),
    Kind.BREAK_BODY: BreakBody(),
}
ONLY: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.CONFLICT: frozenset({"TransactWriteItems"}),
    Kind.CAPACITY: frozenset({"TransactWriteItems", "PutItem", "BatchGetItem", "Query", "GetItem"}),
    Kind.UNPROCESSED: frozenset({"BatchGetItem"}),
    Kind.ENTRIES: frozenset({"DeleteMessageBatch", "ChangeMessageVisibilityBatch"}),
    Kind.BREAK_BODY: frozenset({"GetObject"}),
}
NOT: Final[Mapping[Kind, frozenset[str]]] = {
    # A body that is somebody's page is no JSON; S3's stays on the wire.
    Kind.PAGE: frozenset({"GetObject"}),
}
# Of those that have the same consequence in the code, one: what happened to the call, and what its process knows.
_DISTINCT: Final = (
    Kind.STOP_BEFORE,
    Kind.STOP_AFTER,
    Kind.SLEEP,
    Kind.NAP,
    Kind.DOZE,
    Kind.MEANWHILE,
    Kind.LOSE_REQUEST,
    Kind.LOSE_ANSWER,
    Kind.THROTTLED,
)
# A read has no effect: before or after, lost or refused, asleep before or after it is signed, is all the same.
_DISTINCT_OF_A_READ: Final = (Kind.STOP_BEFORE, Kind.NAP, Kind.MEANWHILE, Kind.THROTTLED)
_READS: Final = frozenset({"BatchGetItem", "GetItem", "GetMetricStatistics", "GetObject", "Query"})


def kinds_of(operation: str) -> tuple[Kind, ...]:
    """Answer everything that can happen to a call of `operation`."""
    return tuple(
        kind
        for kind in Kind
        if (kind not in ONLY or operation in ONLY[kind]) and operation not in NOT.get(kind, frozenset())
    )


def distinct_kinds_of(operation: str) -> tuple[Kind, ...]:
    """Answer those of them that differ in their consequence."""
    return _DISTINCT_OF_A_READ if operation in _READS else _DISTINCT
