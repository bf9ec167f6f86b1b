"""The deliveries in hand: which are waiting for what, and until when each stays hidden."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType

from core.limits import VISIBILITY_S_MAX
from core.model import Bucket, Delivery, ETag, Head, ObjectCreated, ObjectKey, ObjectRef

Identity = tuple[Bucket, ObjectKey, ETag]  # what the ledger knows an object by: its version does not matter


class Reading(NamedTuple):
    """An object that is to be read for a delivery."""

    delivery: Delivery
    created: ObjectCreated
    head: Head | UnsetType | None = UNSET  # of its key; unset: it is to be looked up


class _Held(Struct):
    delivery: Delivery
    hidden_until: float
    left: dict[Identity, ObjectCreated]  # its objects that are not in the ledger yet
    poison: bool = False  # it waits for its burial, and for nothing in the ledger


class InHand:
    """What this worker has received, and neither deleted nor given back. Safe to use from several threads.

    An object that several deliveries announce is read for one of them at a time. If it is counted, that answers all;
    an end answers the one it was read for, since the others may have been received after that reading.
    """

    def __init__(self, *, places: Callable[[], int], visibility_timeout_s: int) -> None:
        self._places = places
        self._visibility_timeout_s = visibility_timeout_s
        self._held: dict[str, _Held] = {}
        self._reading: dict[Identity, Delivery] = {}
        self._extending: set[str] = set()  # receipts that a call about is on its way
        self._changed = threading.Condition()

    @property
    def free(self) -> int:
        """How many more messages may be received."""
        with self._changed:
            return max(0, self._places() - len(self._held))

    @property
    def reading(self) -> int:
        """How many objects are being read, or wait for it."""
        with self._changed:
            return len(self._reading)

    def wait_for_a_place(self, seconds: float) -> None:
        """Wait until a message may be received, or for so long."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._held) < self._places(), seconds)

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait until nothing is in hand, or for so long. Answer which."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._held, seconds)

    def take(self, delivery: Delivery, announced: Iterable[ObjectCreated]) -> list[ObjectCreated]:
        """Take a delivery in hand, which waits for what it announces. Answer what of that is to be read now."""
        left = {_identity(created.ref): created for created in announced}
        hidden_until = delivery.received_at + self._visibility_timeout_s
        with self._changed:
            self._held[delivery.receipt] = _Held(delivery, hidden_until, left)
            return [created for created in left.values() if self._start(delivery, created.ref)]

    def take_poison(self, delivery: Delivery) -> None:
        """Take a delivery in hand that announces nothing, until it is let go."""
        hidden_until = delivery.received_at + self._visibility_timeout_s
        with self._changed:
            self._held[delivery.receipt] = _Held(delivery, hidden_until, {}, poison=True)

    def counted(self, refs: Iterable[ObjectRef]) -> list[Delivery]:
        """Learn that `refs` are in the ledger for good. Answer the deliveries that wait for nothing any more."""
        with self._changed:
            for identity in map(_identity, refs):
                self._reading.pop(identity, None)
                for held in self._held.values():
                    held.left.pop(identity, None)
            return self._let_go([held.delivery for held in self._held.values() if not held.left and not held.poison])

    def ended(self, delivery: Delivery, ref: ObjectRef) -> tuple[list[Delivery], list[Reading]]:
        """Learn that the ledger has an end of `ref`, as it was read for `delivery`.

        Answer that delivery if it waits for nothing any more, and who the object is to be read for next.
        """
        with self._changed:
            held = self._held.get(delivery.receipt)
            if held is not None:
                held.left.pop(_identity(ref), None)
            done = self._let_go([delivery] if held is not None and not held.left else [])
            return done, self._pass_on(delivery, ref)

    def again(self, delivery: Delivery, ref: ObjectRef) -> list[Reading]:
        """Learn that `ref`, which was read for `delivery`, is to be read once more. Answer for whom."""
        with self._changed:
            held = self._held.get(delivery.receipt)
            if held is None or self._reading.get(_identity(ref)) is not delivery:
                return self._pass_on(delivery, ref)
            return [Reading(delivery, held.left[_identity(ref)])]

    def gave_up(self, delivery: Delivery, ref: ObjectRef) -> list[Reading]:
        """Learn that `ref` could not be read, and that its delivery is given back. Answer who reads next."""
        with self._changed:
            self._let_go([delivery])
            return self._pass_on(delivery, ref)

    def abandon(self, deliveries: Sequence[Delivery]) -> list[Reading]:
        """Let deliveries go, whatever was being read for them. Answer who reads that next."""
        with self._changed:
            self._let_go(deliveries)
            orphans = [identity for identity, reader in self._reading.items() if reader in deliveries]
            return [heir for identity in orphans for heir in self._inherit(identity)]

    def all(self) -> list[Delivery]:
        """Answer every delivery in hand."""
        with self._changed:
            return [held.delivery for held in self._held.values()]

    def to_extend(self, now: float) -> list[tuple[Delivery, int]]:
        """Answer which deliveries must stay hidden for longer, and for how many seconds from now; the soonest first.

        A third of the timeout is left for failed tries. SQS allows twelve hours from the receive.
        """
        with self._changed:
            due = [held for held in self._held.values() if held.hidden_until - now < self._visibility_timeout_s * 2 / 3]
            due.sort(key=lambda held: held.hidden_until)
            return [(held.delivery, seconds) for held in due if (seconds := self._seconds(held, now)) > 0]

    @contextmanager
    def extending(self, deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
        """Answer which of them are still in hand, to be extended in the block. One thread's.

        Who gives one of these back waits until it is over, or the extension would hide it again.
        """
        with self._changed:
            still = [delivery for delivery in deliveries if delivery.receipt in self._held]
            self._extending = {delivery.receipt for delivery in still}
        try:
            yield still
        finally:
            with self._changed:
                self._extending = set()
                self._changed.notify_all()

    def wait_until_extended(self, deliveries: Sequence[Delivery], seconds: float) -> None:
        """Wait until none of them, which are in hand no more, is being extended; or for so long."""
        receipts = {delivery.receipt for delivery in deliveries}
        with self._changed:
            self._changed.wait_for(lambda: not receipts & self._extending, seconds)

    def extended(self, delivery: Delivery, *, until: float) -> None:
        """Learn that a delivery stays hidden until then."""
        with self._changed:
            if delivery.receipt in self._held:
                self._held[delivery.receipt].hidden_until = until

    def _seconds(self, held: _Held, now: float) -> int:
        return int(min(self._visibility_timeout_s, held.delivery.received_at + VISIBILITY_S_MAX - now))

    def _start(self, delivery: Delivery, ref: ObjectRef) -> bool:
        return self._reading.setdefault(_identity(ref), delivery) is delivery

    def _pass_on(self, delivery: Delivery, ref: ObjectRef) -> list[Reading]:
        identity = _identity(ref)
        if self._reading.get(identity) is not delivery:
            return []  # found in the ledger meanwhile, and perhaps announced and being read again
        return self._inherit(identity)

    def _inherit(self, identity: Identity) -> list[Reading]:
        del self._reading[identity]
        heirs = [Reading(held.delivery, held.left[identity]) for held in self._held.values() if identity in held.left]
        for heir in heirs[:1]:
            self._reading[identity] = heir.delivery
        return heirs[:1]

    def _let_go(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        for delivery in deliveries:
            self._held.pop(delivery.receipt, None)
        self._changed.notify_all()
        return list(deliveries)


def _identity(ref: ObjectRef) -> Identity:
    return ref.bucket, ref.key, ref.etag
