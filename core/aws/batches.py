"""Batch calls of SQS: they answer 200 with failed entries inside. Each entry is looked at, and tried again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final, TypeVar

import structlog

from core.aws.errors import FAILED, translate
from core.errors import LogtallyError
from core.limits import BATCH_MAX

log = structlog.get_logger()
T = TypeVar("T")

BATCH_ATTEMPTS: Final = 3  # for an entry that fails in an answer; a call that fails, its client repeats
# Its batches fail such an entry because of the handle: the message was received again, or is deleted.
HANDLE_CODES: Final = {"ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight"}


def each_batch(values: Sequence[T], call: Callable[[Sequence[T]], Mapping[str, object]], *, what: str) -> list[T]:
    """Call with all of `values`, a batch at a time. The entries of a call have their place in it as their `Id`.

    Answers those for which it failed, but for a handle that is good for nothing any more. When a call fails whole, no
    other is made: the next one would wait as long for the same silence. Raises nothing.
    """
    failed: list[T] = []
    batches = _batched(values, BATCH_MAX)
    for batch in batches:
        left = batch
        try:
            for _ in range(BATCH_ATTEMPTS):
                left = one_batch(left, call, what=what)
                if not left:
                    break
        except LogtallyError as exc:
            log.warning("queue.batch_failed", why=str(exc))
            return [*failed, *left, *chain.from_iterable(batches)]
        failed += left
    return failed


def one_batch(batch: Sequence[T], call: Callable[[Sequence[T]], Mapping[str, object]], *, what: str) -> list[T]:
    """Call once. Answers those for which the call is worth repeating. Raises what `translate` answers."""
    try:
        answer = call(batch)
    except FAILED as exc:
        raise translate(exc, what=what) from exc
    failed = answer.get("Failed", ())
    assert isinstance(failed, Sequence)
    again = [int(entry["Id"]) for entry in failed if entry["Code"] not in HANDLE_CODES]
    if failed:
        log.warning("queue.entries_failed", codes=sorted({entry["Code"] for entry in failed}), count=len(failed))
    return [batch[n] for n in again]


def _batched(values: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch
