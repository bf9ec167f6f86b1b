"""S3 Inventory: a list of a bucket's objects that S3 makes once a day, so that nobody has to list millions of them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote_plus

import msgspec
from msgspec import Struct

from core.aws.objects import Body, Listed, Objects
from core.errors import Permanent, Transient, Usage
from core.inflate import inflate
from core.limits import ETAG_LENGTH_MAX, KEY_B_MAX, MANIFEST_B_MAX
from core.lines import batches
from core.model import Bucket, ETag, ObjectKey, ObjectRef

CSV: Final = "CSV"
NEEDED: Final = ("Bucket", "Key", "Size", "LastModifiedDate", "ETag")


class _File(Struct):
    key: str


class _Manifest(Struct, rename="camel"):
    source_bucket: str
    destination_bucket: str
    file_format: str
    file_schema: str
    files: list[_File]


class Manifest(Struct, frozen=True, kw_only=True):
    """What one inventory consists of."""

    where: Bucket  # its files are
    files: tuple[ObjectKey, ...]
    columns: tuple[str, ...]
    of: Bucket  # it lists


def manifest(bucket: Bucket, key: ObjectKey, *, objects: Objects) -> tuple[Manifest, ETag]:
    """Read a `manifest.json`. Answers it, and its ETag: the same name may hold another inventory tomorrow.

    Raises NotFound, Usage if it is none or lacks what we need, Denied or Transient.
    """
    name = f"s3://{bucket}/{key}"
    found = objects.find(bucket, key)
    if found.size_b > MANIFEST_B_MAX:
        raise Usage(f"{name}: is no manifest.json of S3 Inventory: it has {found.size_b} bytes")
    text = b"".join(_chunks(objects, found.ref))
    try:
        read = msgspec.json.decode(text, type=_Manifest)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        raise Usage(f"{name}: is no manifest.json of S3 Inventory: {exc}") from exc
    if read.file_format != CSV:
        raise Usage(f"{name}: lists in {read.file_format}; let S3 make an inventory in CSV")
    columns = tuple(column.strip() for column in read.file_schema.split(","))
    if missing := [column for column in NEEDED if column not in columns]:
        raise Usage(f"{name}: has no {' and no '.join(missing)}; let the inventory contain {', '.join(NEEDED[2:])}")
    made = Manifest(
        where=Bucket(read.destination_bucket.rpartition(":")[2]),
        files=tuple(ObjectKey(file.key) for file in read.files),
        columns=columns,
        of=Bucket(read.source_bucket),
    )
    return made, found.ref.etag


def rows(manifest: Manifest, number: int, *, objects: Objects) -> Iterator[Listed | None]:
    """Answer what a file of the inventory lists, row by row, None for what is not the latest version of an object.

    Raises NotFound, Permanent if it can't be understood, Denied or Transient.
    """
    key = manifest.files[number]
    name = f"s3://{manifest.where}/{key}"
    read = 0
    try:
        for fields in csv.reader(_lines(objects, objects.find(manifest.where, key).ref)):
            listed = _listed(_named(manifest.columns, fields))
            read += 1
            yield listed
    except (ValueError, csv.Error) as exc:
        raise Permanent(f"{name}, row {read + 1}: {exc}") from exc
    except Permanent as exc:
        raise Permanent(str(exc) if name in str(exc) else f"{name}: {exc}") from exc


def _lines(objects: Objects, ref: ObjectRef) -> Iterator[str]:
    for batch in batches(inflate(_chunks(objects, ref))):
        if batch.too_long:
            raise Permanent("a line is longer than any object's can be")
        for line in batch.lines:
            yield line.decode()


def _named(columns: tuple[str, ...], fields: list[str]) -> Mapping[str, str]:
    if len(fields) != len(columns):
        raise ValueError(f"has {len(fields)} fields, not the {len(columns)} of its schema")
    return dict(zip(columns, fields, strict=True))


def _listed(row: Mapping[str, str]) -> Listed | None:
    if row.get("IsLatest") == "false" or row.get("IsDeleteMarker") == "true":
        return None
    if not 0 < len(unquote_plus(row["Key"]).encode()) <= KEY_B_MAX or not 0 < len(row["ETag"]) <= ETAG_LENGTH_MAX:
        raise ValueError("has a key or an ETag that S3 does not allow")
    ref = ObjectRef(
        bucket=Bucket(row["Bucket"]),
        # Encoded as in notifications: a space is a plus.
        key=ObjectKey(unquote_plus(row["Key"])),
        etag=ETag(row["ETag"].strip('"')),
    )
    changed = datetime.fromisoformat(row["LastModifiedDate"])
    changed = changed if changed.tzinfo else changed.replace(tzinfo=UTC)
    return Listed(ref=ref, last_modified=changed, size_b=int(row["Size"]))


def _chunks(objects: Objects, ref: ObjectRef) -> Iterator[bytes]:
    body = objects.read(ref)
    if not isinstance(body, Body):
        raise Transient(f"s3://{ref.bucket}/{ref.key}: changed while it was read; try again")
    yield from body.chunks
