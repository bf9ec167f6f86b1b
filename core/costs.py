"""What AWS takes for calls: list prices, and bills made of them. Pure.

The prices are those of us-east-1; docs/backfill.md says of which year. Others are a matter of settings.
"""

import math
from typing import Final

from msgspec import Struct

from core.limits import BATCH_MAX, MEMBER_ITEMS, REQUEST_DATA_MAX, TRANSACTION_ITEMS_MAX

LIST_KEYS: Final = 1000  # in one answer of ListObjectsV2
MEMBERS: Final = (TRANSACTION_ITEMS_MAX - 1) // MEMBER_ITEMS  # of a full push: one item is the slot
# Of one object, in units of 1 KB: its item, of up to two, twice for the transaction, and once for the index; and its
# key's head, twice for the transaction.
WRITE_UNITS: Final = 2 * 2 + 2 + 2
SLOT_WRITE_UNITS: Final = 2 * 4  # of a push: its slot names each member
MESSAGE_CALLS: Final = 3 / BATCH_MAX  # to send, receive and delete a message
assert MEMBERS < REQUEST_DATA_MAX


class Prices(Struct, frozen=True, kw_only=True):
    """US dollars."""

    lists: float  # of 1,000
    gets: float  # of 1,000
    reads: float  # of 1,000,000 read units
    writes: float  # of 1,000,000 write units
    pushes: float  # of 1,000
    messages: float  # of 1,000,000
    alerts: float  # of 1,000,000


PRICES: Final = Prices(lists=0.005, gets=0.0004, reads=0.125, writes=0.625, pushes=0.01, messages=0.4, alerts=0.5)


class Charge(Struct, frozen=True, kw_only=True):
    """One line of a bill."""

    what: str
    count: int
    dollars: float


def bill(
    *, looked_up: int, listed: int, files: int, rings_max: int, pushes: bool, enqueue: bool, prices: Prices
) -> tuple[Charge, ...]:
    """Answer what counting so many files takes, of those listed and looked up in the ledger.

    `pushes`: their errors go to CloudWatch; then it is the least that it takes, since nobody knows how many services
    and minutes the files hold. `rings_max`: of the files, all of which may ring. `enqueue`: by way of the queue.
    """
    full = math.ceil(files / MEMBERS)
    lists = math.ceil(listed / LIST_KEYS)
    writes = files * WRITE_UNITS + full * SLOT_WRITE_UNITS
    messages = math.ceil(files * MESSAGE_CALLS)
    # For whatever is there, and for the heads of what is not known; the worker looks for both.
    looks = looked_up + (2 * files if enqueue else files)
    lines = [
        Charge(what="S3 listings", count=lists, dollars=lists / 1000 * prices.lists),
        Charge(what="S3 reads", count=files, dollars=files / 1000 * prices.gets),
        Charge(what="ledger read units", count=looks, dollars=looks / 1e6 * prices.reads),
        Charge(what="ledger write units", count=writes, dollars=writes / 1e6 * prices.writes),
    ]
    if enqueue:
        lines.append(Charge(what="queue calls", count=messages, dollars=messages / 1e6 * prices.messages))
    if pushes:
        lines.append(Charge(what="CloudWatch calls, at least", count=full, dollars=full / 1000 * prices.pushes))
    if rings_max:
        lines.append(Charge(what="alerts, at most", count=rings_max, dollars=rings_max / 1e6 * prices.alerts))
    return tuple(lines)
