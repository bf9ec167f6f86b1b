"""What goes into one push, and in which requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.limits import REQUEST_DATA_MAX
from core.model import Bucket, Datum, End, EndKind, ETag, ObjectKey, ObjectRef
from core.push.plan import fits, halves, requests_of
from core.writers import Request, Slice


def _data(n: int, service: str = "orders") -> list[Datum]:
    return [Datum(60 * minute, service, 1) for minute in range(n)]


def _count(request: Request) -> int:
    return sum(part.stop - part.start for part in request)


def _end(key: str) -> End:
    ref = ObjectRef(bucket=Bucket("b"), key=ObjectKey(key), etag=ETag("e"))
    return End(ref=ref, kind=EndKind.GONE, reason="")


def test_the_data_of_several_files_share_one_request() -> None:
    """Fifty small files cost one PutMetricData."""
    assert requests_of([_data(3), _data(2)], environment="dev") == ((Slice(0, 0, 3), Slice(1, 0, 2)),)


def test_a_request_leaves_room_for_its_mark() -> None:
    """CloudWatch takes 1000 data, and the mark is one of them."""
    first, second = requests_of([_data(REQUEST_DATA_MAX)], environment="dev")

    assert (_count(first), _count(second)) == (REQUEST_DATA_MAX - 1, 1)


def test_long_names_make_more_requests() -> None:
    """A megabyte is the other limit of a request."""
    requests = requests_of([_data(900, "s" * 1024)], environment="dev")

    assert len(requests) == 3


def test_nothing_to_send_is_no_request() -> None:
    """A push always says something."""
    assert requests_of([[]], environment="dev") == ()


@given(st.lists(st.integers(0, 2500), max_size=5))
def test_every_datum_is_in_exactly_one_request(sizes: list[int]) -> None:
    """In the order of the files and of their cells."""
    requests = requests_of([_data(size) for size in sizes], environment="dev")

    flat = [(part.member, n) for request in requests for part in request for n in range(part.start, part.stop)]
    assert flat == [(member, n) for member, size in enumerate(sizes) for n in range(size)]
    assert all(_count(request) < REQUEST_DATA_MAX for request in requests)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_halves_hold_the_same_data_in_the_same_order(sizes: list[int]) -> None:
    """A refused request is cut in two until the datum that CloudWatch refuses is alone."""
    request = tuple(Slice(member, 0, size) for member, size in enumerate(sizes))

    parts = halves(request)

    flat = [(part.member, n) for half in parts for part in half for n in range(part.start, part.stop)]
    whole = [(part.member, n) for part in request for n in range(part.start, part.stop)]
    assert flat == (whole if len(whole) > 1 else [])
    assert all(0 < _count(half) <= (len(whole) + 1) // 2 for half in parts)


def test_a_hundred_objects_do_not_fit_one_push() -> None:
    """A transaction takes 100 items, and the slot is one."""
    assert fits([_end(str(n)) for n in range(150)]) == 99


@pytest.mark.parametrize(("keys", "count"), [("abc", 3), ("abac", 2), ("aa", 1)])
def test_a_second_version_of_a_key_waits_for_the_next_push(keys: str, count: int) -> None:
    """A transaction refuses to touch one item twice, and a key's head is one item."""
    assert fits([_end(key) for key in keys]) == count


def test_an_object_with_a_huge_key_and_reason_fits_alone() -> None:
    """One object always fits, whatever its names."""
    ref = ObjectRef(bucket=Bucket("b"), key=ObjectKey("k" * 1024), etag=ETag("e"))

    assert fits([End(ref=ref, kind=EndKind.FAILED, reason="r" * 5_000_000), _end("x")]) == 1
