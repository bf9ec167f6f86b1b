"""What AWS takes for a backfill: each number here was worked out by hand."""

import pytest
from msgspec.structs import replace

from core.costs import PRICES, Prices, bill


def _bill(
    *,
    looked_up: int = 0,
    listed: int = 0,
    files: int = 0,
    rings_max: int = 0,
    pushes: bool = True,
    enqueue: bool = False,
    prices: Prices = PRICES,
) -> dict[str, tuple[int, float]]:
    charges = bill(
        looked_up=looked_up,
        listed=listed,
        files=files,
        rings_max=rings_max,
        pushes=pushes,
        enqueue=enqueue,
        prices=prices,
    )
    return {charge.what: (charge.count, round(charge.dollars, 9)) for charge in charges}


def test_a_million_files_that_are_read_here() -> None:
    """20,409 pushes of 49 files, eight write units for each file and for each push, and a look for each head."""
    assert _bill(listed=2_000_500, looked_up=1_500_000, files=1_000_000, rings_max=300_000) == {
        "S3 listings": (2001, 0.010005),
        "S3 reads": (1_000_000, 0.4),
        "ledger read units": (2_500_000, 0.3125),
        "ledger write units": (8_163_272, 5.102045),
        "CloudWatch calls, at least": (20_409, 0.20409),
        "alerts, at most": (300_000, 0.15),
    }


def test_a_million_files_by_way_of_the_queue() -> None:
    """The worker looks for each and for its head, and ten messages take three calls."""
    told = _bill(listed=1_000_000, looked_up=1_000_000, files=1_000_000, enqueue=True)

    assert told["ledger read units"] == (3_000_000, 0.375)
    assert told["queue calls"] == (300_000, 0.12)


def test_what_is_not_done_is_not_on_the_bill() -> None:
    """No metrics, no alerts, no queue."""
    told = _bill(listed=1, looked_up=1, files=1, pushes=False)

    assert list(told) == ["S3 listings", "S3 reads", "ledger read units", "ledger write units"]


def test_nothing_to_count_takes_a_listing_and_some_looks() -> None:
    """That is what the dry run itself takes."""
    told = _bill(listed=1_001, looked_up=1_000)

    assert told["S3 listings"] == (2, 0.00001)
    assert told["ledger read units"] == (1_000, 0.000125)
    assert [count for count, _ in told.values()] == [2, 0, 1_000, 0, 0]


@pytest.mark.parametrize(("files", "pushes"), [(1, 1), (49, 1), (50, 2)])
def test_a_full_push_takes_49_files(files: int, pushes: int) -> None:
    """Of the hundred items of a transaction one is the slot, and two are for each file."""
    told = _bill(files=files)

    assert told["CloudWatch calls, at least"][0] == pushes
    assert told["ledger write units"][0] == 8 * files + 8 * pushes


@pytest.mark.parametrize(
    ("price", "what"),
    [
        ("lists", "S3 listings"),
        ("gets", "S3 reads"),
        ("reads", "ledger read units"),
        ("writes", "ledger write units"),
        ("messages", "queue calls"),
        ("pushes", "CloudWatch calls, at least"),
        ("alerts", "alerts, at most"),
    ],
)
def test_each_price_is_that_of_one_line(price: str, what: str) -> None:
    """And no line is for free."""
    before, after = (
        _bill(listed=5_000, looked_up=5_000, files=5_000, rings_max=5_000, enqueue=True, prices=prices)
        for prices in (PRICES, replace(PRICES, **{price: 1000.0}))
    )

    assert {name for name in before if before[name] != after[name]} == {what}
