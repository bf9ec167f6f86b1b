"""What goes into one push, and in which requests. Pure."""

from collections.abc import Sequence

from core.limits import (
    CELLS_INLINE_B_MAX,
    KIB,
    MEMBER_ITEMS,
    REQUEST_B_MAX,
    REQUEST_DATA_MAX,
    TRANSACTION_B_MAX,
    TRANSACTION_ITEMS_MAX,
)
from core.model import Datum, End, Member
from core.writers import Request, Slice

MARK_DATA = 1  # in every request
SLOT_ITEMS = 1  # in every push
HEAD_B = 2 * KIB  # of its item, but for its key
DATUM_B = 420  # as JSON, but for the service's name: measured at 300, with an environment of the usual length
ENTRY_B = CELLS_INLINE_B_MAX + 2 * KIB  # of an object's item, but for its key and its services


def fits(entries: Sequence[Member | End]) -> int:
    """Answer how many of the leading `entries` fit into one push: at least one.

    A transaction takes 100 items (one is the slot) and 4 MB, and no item twice; a second version of a key waits for
    the next push.
    """
    keys = set()
    items, size_b = SLOT_ITEMS, 0
    for count, entry in enumerate(entries):
        key = (entry.ref.bucket, entry.ref.key)
        items += MEMBER_ITEMS if isinstance(entry, Member) and entry.head is not None else 1
        size_b += entry_b(entry)
        if items > TRANSACTION_ITEMS_MAX or key in keys or (count and size_b > TRANSACTION_B_MAX):
            return count
        keys.add(key)
    return len(entries)


def entry_b(entry: Member | End) -> int:
    """Answer a bound for the bytes that `entry` takes in the transaction, in its own items and in the slot's."""
    names = (
        sum(4 * len(name) + 24 for name in entry.report.by_service) if isinstance(entry, Member) else len(entry.reason)
    )
    return ENTRY_B + HEAD_B + 4 * 4 * len(entry.ref.key) + names


def requests_of(members: Sequence[Sequence[Datum]], *, environment: str) -> tuple[Request, ...]:
    """Answer the plan: all data of all members, in order, in as few requests as CloudWatch's limits allow.

    `members` are the data of each. A request takes 1000 data, the mark is one, and 1 MB.
    """
    requests: list[Request] = []
    request: list[Slice] = []
    count, size_b = MARK_DATA, 0
    for member, data in enumerate(members):
        start = 0
        for n, datum in enumerate(data):
            datum_b = _datum_b(datum, environment=environment)
            if count == REQUEST_DATA_MAX or size_b + datum_b > REQUEST_B_MAX:
                request += [Slice(member, start, n)] * (n > start)
                requests.append(tuple(request))
                request, count, size_b, start = [], MARK_DATA, 0, n
            count, size_b = count + 1, size_b + datum_b
        request += [Slice(member, start, len(data))] * (len(data) > start)
    return (*requests, tuple(request)) if request else tuple(requests)


def halves(request: Request) -> tuple[Request, ...]:
    """Answer the two requests that take the place of one that CloudWatch refused as invalid.

    Empty for a single datum: it is that one, so it is taken out.
    """
    total = sum(part.stop - part.start for part in request)
    if total == 1:
        return ()
    first: list[Slice] = []
    second: list[Slice] = []
    left = total // 2
    for part in request:
        cut = min(part.stop, part.start + left)
        first += [Slice(part.member, part.start, cut)] * (cut > part.start)
        second += [Slice(part.member, cut, part.stop)] * (part.stop > cut)
        left -= cut - part.start
    return tuple(first), tuple(second)


def _datum_b(datum: Datum, *, environment: str) -> int:
    escaped = 2  # a quote or a backslash takes two bytes in JSON
    return DATUM_B + escaped * (len(datum.service or "") + len(environment))
