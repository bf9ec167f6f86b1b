"""`--inventory` takes the list from S3 Inventory."""

import pytest

from tests.e2e.backfill.bucket import SCHEMA, Full, row
from tests.e2e.hands import errors_in
from tests.e2e.ledger.user import User


def test_an_inventory_says_what_there_is(user: User, full: Full) -> None:
    """Only the latest versions, and nothing is listed. Keys are encoded as in events."""
    rows = [row(key, full.put(key, number)) for number, key in enumerate(("a b", "c+d", "ü%20", "other/e"), 1)]
    old = [row("a b", "old", latest=False), row("gone", "x", deleted=True)]
    manifest = full.inventory([*old, *rows])

    told = user.told("s3://full/", "--inventory", manifest)

    assert (told["counted"], told["errors"], told["complete"]) == (4, 10, True)
    assert user.hands.cloud.calls.count("s3", "ListObjectsV2") == 0


def test_only_what_is_under_the_prefix_is_counted(user: User, full: Full) -> None:
    """An inventory lists the whole bucket."""
    manifest = full.inventory([row(key, full.put(key)) for key in ("a/1", "b/1", "b/2")])

    assert user.told("s3://full/b/", "--inventory", manifest)["counted"] == 2


def test_what_was_overwritten_since_is_counted_as_it_is_now(user: User, full: Full) -> None:
    """Nobody would announce the newer version. What was deleted is gone."""
    manifest = full.inventory([row("a", full.put("a", 2)), row("b", "never")])
    full.put("a", 7)

    told = user.told("s3://full/", "--inventory", manifest)

    assert (told["counted"], told["errors"], told["gone"]) == (1, 7, 1)
    assert sum(count for (service, _), count in errors_in(user.hands.cloud).items() if service) == 7


def test_it_goes_on_in_the_middle_of_an_inventory(user: User, full: Full) -> None:
    """Where the last one stopped."""
    files = {f"{number:03}": b'{"level":"ERROR"}\n' * (number + 1) for number in range(250)}
    rows = [row(key, full.put(key, body=body)) for key, body in files.items()]
    manifest = full.inventory(rows)
    user.told("s3://full/", "--inventory", manifest, "--limit", "150", "--no-alerts")

    rest = user.told("s3://full/", "--inventory", manifest, "--no-alerts")

    assert (rest["resumed"], rest["listed"], rest["counted"]) == (True, 100, 100)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file_format": "ORC"}, "lists in ORC; let S3 make an inventory in CSV"),
        ({"schema": "Bucket, Key, Size, LastModifiedDate"}, "has no ETag; let the inventory contain"),
        ({"source": "another"}, "lists bucket another, not full"),
    ],
)
def test_an_inventory_that_will_not_do_is_refused(user: User, full: Full, change: dict[str, str], words: str) -> None:
    """With what to do about it."""
    manifest = full.inventory([row("a", "x")], **change)

    done = user.run("s3://full/", "--inventory", manifest)

    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["full,a,1"], "data/1.csv.gz, row 1: has 3 fields, not the 8 of its schema"),
        ([row("a", "x").replace('"100"', '"many"')], "data/1.csv.gz, row 1: invalid literal"),
    ],
    ids=["too few fields", "no number"],
)
def test_a_damaged_inventory_ends_it(user: User, full: Full, rows: list[str], words: str) -> None:
    """Where it is damaged is said."""
    done = user.run("s3://full/", "--inventory", full.inventory(rows))

    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_manifest_is_refused(user: User, full: Full) -> None:
    """And so is one that is not there."""
    full.inventory([])
    full.s3.put_object(Bucket="lists", Key="x", Body=SCHEMA.encode())

    no_json = user.run("s3://full/", "--inventory", "s3://lists/x")
    missing = user.run("s3://full/", "--inventory", "s3://lists/y")

    assert (no_json.returncode, missing.returncode) == (2, 2)
    assert "s3://lists/x: is no manifest.json of S3 Inventory" in no_json.stderr
    assert "s3://lists/y" in missing.stderr
