"""An inventory of S3 is read as a listing would be, row by row, over the real SDK."""

import gzip
import json
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote_plus

import boto3
import pytest

from cli.backfill.sources import Source, of_inventory
from core import inventory
from core.aws import clients
from core.aws.objects import Listed, Objects
from core.errors import NotFound, Permanent, Usage
from core.limits import MIB
from core.model import Bucket, ETag, ObjectKey
from local.cloud import Cloud
from local.faults import BreakBody, Fault

LISTS: Final = Bucket("lists")
NAME: Final = ObjectKey("logs/all/manifest.json")
SCHEMA: Final = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag"
AT: Final = "2025-09-15T12:30:00.000Z"


def _row(key: str, *, latest: str = "true", marker: str = "false", size: str = "100", at: str = AT) -> str:
    fields = ("logs", quote_plus(key, safe="/"), "v1", latest, marker, size, at, f"e-{len(key)}")
    return ",".join(f'"{field}"' for field in fields)


def _manifest(count: int, **other: object) -> dict[str, object]:
    return {
        "sourceBucket": "logs",
        "destinationBucket": f"arn:aws:s3:::{LISTS}",
        "version": "2016-11-30",
        "creationTimestamp": "1514944800000",
        "fileFormat": "CSV",
        "fileSchema": SCHEMA,
        "files": [{"key": f"data/{n}.csv.gz", "size": 1, "MD5checksum": ""} for n in range(count)],
        **other,
    }


class _Lists:
    """A bucket with an inventory, and what reads it."""

    def __init__(self, aws: boto3.Session, cloud: Cloud) -> None:
        self.s3 = clients.s3(aws, endpoint_url=cloud.endpoint)
        self.objects = Objects(self.s3)
        self.s3.create_bucket(Bucket=LISTS)

    def put(self, key: str, body: bytes) -> ETag:
        """Put an object. Answers its ETag."""
        return ETag(self.s3.put_object(Bucket=LISTS, Key=key, Body=body)["ETag"].strip('"'))

    def put_files(self, *files: bytes, **other: object) -> inventory.Manifest:
        """Put the files of an inventory, as they are stored, and its manifest. Answers that, read."""
        for number, body in enumerate(files):
            self.put(f"data/{number}.csv.gz", body)
        self.put(NAME, json.dumps(_manifest(len(files), **other)).encode())
        made, _ = inventory.manifest(LISTS, NAME, objects=self.objects)
        return made

    def put_rows(self, *files: Sequence[str], **other: object) -> inventory.Manifest:
        """Put an inventory of some rows a file."""
        return self.put_files(*(gzip.compress("".join(f"{row}\n" for row in rows).encode()) for rows in files), **other)

    def rows(self, manifest: inventory.Manifest, number: int = 0) -> list[Listed | None]:
        """Answer what a file lists."""
        return list(inventory.rows(manifest, number, objects=self.objects))

    def source(self, manifest: inventory.Manifest, prefix: str = "") -> Source:
        """Answer the source that a backfill of the bucket `logs` takes."""
        return of_inventory(self.objects, manifest, Bucket("logs"), prefix, stop=threading.Event())


@pytest.fixture
def lists(aws: boto3.Session, cloud: Cloud) -> _Lists:
    """An empty one."""
    return _Lists(aws, cloud)


def _keys(source: Source, after: str | None = None) -> list[str]:
    return [placed.listed.ref.key for placed in source(after)]


def test_a_manifest_names_its_files(lists: _Lists) -> None:
    """With the bucket that it lists, and the ETag by which it is another one tomorrow."""
    etag = lists.put(NAME, json.dumps(_manifest(2)).encode())

    made, of = inventory.manifest(LISTS, NAME, objects=lists.objects)

    assert (made.of, made.where, made.files) == ("logs", LISTS, ("data/0.csv.gz", "data/1.csv.gz"))
    assert made.columns[:2] == ("Bucket", "Key")
    assert of == etag


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is no manifest"),
        (b"Bucket, Key, Size", "is no manifest"),
        (b'{"sourceBucket": "logs"}', "is no manifest.*destinationBucket"),
        (b"\xff\xfe", "is no manifest"),
        (b'{"sourceBucket": "\xff"}', "is no manifest"),
        (b'{"other": ' + b"[" * 200_000, "is no manifest"),
        (json.dumps(_manifest(1, fileFormat="ORC")).encode(), "lists in ORC; let S3 make an inventory in CSV"),
        (json.dumps(_manifest(1, fileFormat="Parquet")).encode(), "lists in Parquet; .* in CSV"),
        (
            json.dumps(_manifest(1, fileSchema="Bucket, Key, Size, LastModifiedDate")).encode(),
            "has no ETag; let the inventory contain Size, LastModifiedDate, ETag",
        ),
        (
            json.dumps(_manifest(1, fileSchema="Bucket, Key")).encode(),
            "has no Size and no LastModifiedDate and no ETag",
        ),
        (json.dumps(_manifest(1, files="data/0.csv.gz")).encode(), r"is no manifest.*\$\.files"),
    ],
    ids=[
        "empty",
        "CSV",
        "too little",
        "UTF-16",
        "no text",
        "too deep",
        "ORC",
        "Parquet",
        "no ETag",
        "nothing",
        "files",
    ],
)
def test_what_is_no_manifest_of_use_is_refused(lists: _Lists, body: bytes, words: str) -> None:
    """In one line that names it, with what to do."""
    lists.put(NAME, body)

    with pytest.raises(Usage, match=f"^s3://lists/{NAME}: {words}"):
        inventory.manifest(LISTS, NAME, objects=lists.objects)


def test_a_manifest_that_is_nowhere_is_not_found(lists: _Lists) -> None:
    """By its name."""
    with pytest.raises(NotFound, match=f"s3://lists/{NAME}"):
        inventory.manifest(LISTS, NAME, objects=lists.objects)


def test_what_is_too_large_for_a_manifest_is_not_read(lists: _Lists, cloud: Cloud) -> None:
    """Somebody named a log file by mistake."""
    lists.put(NAME, b" " * (64 * MIB + 1))

    with pytest.raises(Usage, match="it has 67108865 bytes"):
        inventory.manifest(LISTS, NAME, objects=lists.objects)

    assert cloud.calls.count("s3", "GetObject") == 0


@pytest.mark.parametrize(
    "key", ["plain", "a b", "a+b", "a%20b", "100%", "ü/😀", 'say "hi"', "a,b", "a\nb", "prod/2025-09-15T12:00/x=1&y"]
)
def test_a_key_is_what_it_was_before_s3_encoded_it(lists: _Lists, key: str) -> None:
    """As in notifications: a space is a plus."""
    (found,) = lists.rows(lists.put_rows([_row(key)]))

    assert found is not None
    assert found.ref.key == key


def test_a_row_says_what_a_listing_would(lists: _Lists) -> None:
    """But no version: what is read is the object as it is."""
    (found,) = lists.rows(lists.put_rows([_row("app.jsonl")]))

    assert found is not None
    assert (found.ref.bucket, found.ref.etag, found.ref.version_id) == ("logs", "e-9", None)
    assert (found.size_b, found.last_modified) == (100, datetime(2025, 9, 15, 12, 30, tzinfo=UTC))


def test_a_time_without_a_zone_is_utc(lists: _Lists) -> None:
    """S3 has no other."""
    found = lists.rows(lists.put_rows([_row("a", at="2025-09-15T12:30:00"), _row("b", at="2025-09-15T14:30:00+02:00")]))

    assert {one.last_modified for one in found if one} == {datetime(2025, 9, 15, 12, 30, tzinfo=UTC)}


def test_only_the_latest_version_of_an_object_is_listed(lists: _Lists) -> None:
    """A row that is none counts all the same where one goes on: so it is None."""
    rows = [
        _row("a", latest="false"),
        _row("a"),
        _row("b", marker="true", size=""),
        _row("b", latest="false", marker="true", size=""),
    ]

    assert [found and found.ref.key for found in lists.rows(lists.put_rows(rows))] == [None, "a", None, None]


def test_an_inventory_without_versions_has_no_column_for_them(lists: _Lists) -> None:
    """And the order of its columns is that of its schema."""
    manifest = lists.put_rows([f'"e1","{AT}","7","k","logs"'], fileSchema="ETag, LastModifiedDate, Size, Key, Bucket")
    (found,) = lists.rows(manifest)

    assert found is not None
    assert (found.ref.key, found.ref.etag, found.size_b) == ("k", "e1", 7)


@pytest.mark.parametrize("store", [gzip.compress, bytes], ids=["gzip", "plain"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_read_however_it_is_stored(lists: _Lists, store: Callable[[bytes], bytes], end: str) -> None:
    """With or without a line feed at its end."""
    manifest = lists.put_files(store(f"{_row('a')}{end}{_row('b')}".encode()))

    assert _keys(lists.source(manifest)) == ["a", "b"]


@pytest.mark.parametrize(
    ("damaged", "words"),
    [
        (b'"logs","c","v1"', "has 3 fields, not the 8 of its schema"),
        (_row("c").encode() + b',"more"', "has 9 fields, not the 8 of its schema"),
        (_row("c", size="many").encode(), "invalid literal for int.*'many'"),
        (_row("c", size="").encode(), "invalid literal for int"),
        (_row("c", at="yesterday").encode(), "Invalid isoformat string: 'yesterday'"),
        (_row("c").encode().replace(b"v1", b"v\xff"), "can't decode byte 0xff"),
        (b'"' + b"x" * 200_000, "field larger than field limit"),
        (b"", "has 0 fields"),
    ],
    ids=["too few", "too many", "no number", "no size", "no time", "no text", "a field without end", "a blank line"],
)
def test_a_damaged_row_ends_it_with_its_number(lists: _Lists, damaged: bytes, words: str) -> None:
    """What is before it was listed; what it would have listed must not be missed in silence."""
    manifest = lists.put_files(gzip.compress(b"\n".join([_row("a").encode(), _row("b").encode(), damaged, b""])))
    found: list[str] = []

    with pytest.raises(Permanent, match=rf"^s3://lists/data/0\.csv\.gz, row 3: .*{words}"):
        found.extend(placed.listed.ref.key for placed in lists.source(manifest)(None))

    assert found == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (gzip.compress(_row("a").encode())[:-9], "truncated gzip"),
        (gzip.compress(b"x" * (2 * MIB)), "a line is longer than any object's can be"),
        (b"PAR1" + bytes(300), "Parquet"),
    ],
    ids=["half a file", "no lines", "Parquet"],
)
def test_a_damaged_file_is_named(lists: _Lists, body: bytes, words: str) -> None:
    """There may be a thousand of them."""
    with pytest.raises(Permanent, match=rf"^s3://lists/data/0\.csv\.gz: {words}"):
        lists.rows(lists.put_files(body))


def test_a_file_that_is_gone_is_not_found(lists: _Lists) -> None:
    """Somebody keeps inventories for a shorter time than backfills take."""
    manifest = lists.put_rows([_row("a")], [_row("b")])
    lists.s3.delete_object(Bucket=LISTS, Key="data/1.csv.gz")
    source = lists.source(manifest)(None)

    assert next(source).listed.ref.key == "a"
    with pytest.raises(NotFound, match=r"s3://lists/data/1\.csv\.gz"):
        next(source)


def test_all_files_are_read_in_order_and_only_what_is_asked_for(lists: _Lists) -> None:
    """The inventory lists the whole bucket, and may list another."""
    stranger = _row("a/0").replace("logs", "other", 1)
    manifest = lists.put_rows([_row("a/1"), _row("b/1"), stranger], [], [_row("b/2"), _row("a/2")])

    assert _keys(lists.source(manifest)) == ["a/1", "b/1", "b/2", "a/2"]
    assert _keys(lists.source(manifest, "a/")) == ["a/1", "a/2"]


def test_one_can_go_on_behind_every_place(lists: _Lists) -> None:
    """In the middle of a file, at its end, and where rows between were none."""
    rows = [_row("0", latest="false"), _row("1"), _row("2", marker="true"), _row("3"), _row("4", latest="false")]
    source = lists.source(lists.put_rows(rows, [_row("5"), _row("6", latest="false")], [_row("7")]))
    whole = list(source(None))

    rests = [[placed.place for placed in source(placed.place)] for placed in whole]

    places = [placed.place for placed in whole]
    assert places == ["0:2", "0:4", "1:1", "2:1"]
    assert rests == [places[n + 1 :] for n in range(len(places))]


def test_files_that_are_done_are_not_read_again(lists: _Lists, cloud: Cloud) -> None:
    """Each lists up to a million objects."""
    source = lists.source(lists.put_rows([_row("a")], [_row("b")], [_row("c")]))
    before = cloud.calls.count("s3", "GetObject")

    assert _keys(source, "1:1") == ["c"]
    assert cloud.calls.count("s3", "GetObject") - before == 2


def test_a_file_whose_body_breaks_is_read_to_its_end(lists: _Lists, cloud: Cloud) -> None:
    """It is resumed where it broke."""
    names = [f"{number:05}" for number in range(5_000)]
    manifest = lists.put_files("\n".join(map(_row, names)).encode())

    with cloud.faults.inject(Fault(service="s3", operation="GetObject", kind=BreakBody())):
        assert _keys(lists.source(manifest)) == names

    assert cloud.faults.struck == 1
