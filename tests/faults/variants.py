"""What can be put in the place of the product, to see that a test finds what is wrong with it.

Each class here is one of the product's with one rule left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from core.aws.ledger import Ledger, Refused
from core.history import Noted
from core.model import Delivery, End, Member, Notice, NoticeKey
from core.push import Found, Pusher, Settler
from core.push.carry import Carried, Held
from core.push.settle import Verdict
from core.writers import Fence, Writer
from local.cloud import SIGNATURE_AGE_S
from worker.handle import Steps
from worker.in_hand import Reading


class ByNumber(Ledger):
    """Takes a refused write for its own when the slot shows its number, whoever wrote it."""

    def _is_mine(self, writer: Writer) -> bool:
        now = self.writer(writer.slot)
        return now is not None and now.seq == writer.seq


class Forgetful(Ledger):
    """Takes every request for a new one: what it puts is never there already."""

    def noted(self, key: NoticeKey) -> Noted | None:  # noqa: ARG002 - that is what it forgets
        return None

    def intend_notice(self, writer: Writer, notice: Notice, *, at: float) -> bool:
        ref = replace(notice.ref, n=writer.seq)
        assert writer.outstanding is not None
        writer = replace(writer, outstanding=replace(writer.outstanding, notice=ref))
        return super().intend_notice(writer, replace(notice, ref=ref), at=at)


class Careless(Ledger):
    """Moves heads wherever they are by now."""

    def _heads(self, entries: Sequence[Member | End], *, at: float) -> list[dict[str, Any]]:
        return [{"Item": put["Item"]} for put in super()._heads(entries, at=at)]


class Headless(Ledger):
    """Keeps no heads: each version of a key is another file."""

    def intend(self, writer: Writer, *, members: Sequence[Member], ends: Sequence[Member | End], at: float) -> Refused:
        return super().intend(writer, members=[replace(member, head=None) for member in members], ends=ends, at=at)


class Silent(Settler):
    """Publishes nothing: whoever intended the push will have done that."""

    def settle(self, writer: Writer) -> Verdict | Carried:
        assert writer.outstanding is not None
        self._rung[writer.slot, writer.outstanding.push] = frozenset(range(len(writer.outstanding.bells)))
        return super().settle(writer)


class Hopeful(Settler):
    """Takes every push that somebody left for landed."""

    def _judge(self, held: Held) -> Verdict:
        held.landed = True
        return Verdict.LANDED


class Hasty(Steps):
    """Deletes messages before the ledger holds what is in them."""

    def record(self, found: Sequence[Found[Delivery]], pusher: Pusher) -> list[Reading]:
        self._leaving.delete([one.read_for for one in found])
        return super().record(found, pusher)


class Variant(Struct, frozen=True, kw_only=True):
    """The product, or what is put in its place."""

    naive: bool = False  # the worker of tests/faults/naive.py
    sdk_retries: bool = False  # a push without an answer is sent again by the SDK
    fence: Fence = Fence()  # of the workers
    signature_age_s: float = SIGNATURE_AGE_S  # that the cloud allows
    ledger: type[Ledger] = Ledger
    settler: type[Settler] = Settler
    steps: type[Steps] = Steps


THE_PRODUCT: Final = Variant()
NO_LEDGER: Final = Variant(naive=True)
# By the rule that each leaves out.
BROKEN: Final[Mapping[str, Variant]] = {
    "AWS refuses old signatures": Variant(signature_age_s=float("inf")),
    "a push is sent once": Variant(sdk_retries=True),
    "absence is looked for after the fence and the hold": Variant(
        fence=Fence(margin_s=60, signature_age_s=0, hold_s=0)
    ),
    "a push that left no mark is lost": Variant(settler=Hopeful),
    "a write is ours by its nonce": Variant(ledger=ByNumber),
    "whoever settles a push publishes its alerts": Variant(settler=Silent),
    "a message is deleted when the ledger holds it": Variant(steps=Hasty),
}
# Nobody asks for an alert in the days of weather, and no file grows.
BROKEN_IN_STORIES: Final[Mapping[str, Variant]] = {
    **BROKEN,
    "a notice is put if absent": Variant(ledger=Forgetful),
    "a head is moved from where it was read": Variant(ledger=Careless),
    "a version is compared with the head": Variant(ledger=Headless),
}
