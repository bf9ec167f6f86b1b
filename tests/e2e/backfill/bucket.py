"""A bucket with files from before: nobody was told of them."""

import gzip
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

import boto3

from core.aws import clients
from local.cloud import Cloud
from tests.e2e.yard import errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET: Final = "full"
LISTS: Final = "lists"
SCHEMA: Final = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag"


class Full:
    """The bucket, and whoever puts files there."""

    def __init__(self, aws: boto3.Session, cloud: Cloud) -> None:
        self.s3: S3Client = clients.s3(aws, endpoint_url=cloud.endpoint)

    def put(self, key: str, count: int = 1, *, body: bytes | None = None) -> str:
        """Put a file of so many errors, or any other. Answers its ETag."""
        told = self.s3.put_object(Bucket=BUCKET, Key=key, Body=errors("orders", count) if body is None else body)
        return told["ETag"].strip('"')

    def put_many(self, count: int, *, prefix: str = "app/") -> None:
        """Put so many files, of one error each."""
        for number in range(count):
            self.put(f"{prefix}{number:04}.jsonl", body=errors("orders", 1) + f'{{"n": {number}}}\n'.encode())

    def inventory(
        self, rows: Sequence[str], *, schema: str = SCHEMA, file_format: str = "CSV", source: str = BUCKET
    ) -> str:
        """Put an inventory with these rows, in two files. Answers its manifest."""
        self.s3.create_bucket(Bucket=LISTS)
        halves = rows[: len(rows) // 2], rows[len(rows) // 2 :]
        for number, half in enumerate(halves):
            body = gzip.compress("".join(f"{row}\n" for row in half).encode())
            self.s3.put_object(Bucket=LISTS, Key=f"data/{number}.csv.gz", Body=body)
        manifest = {
            "sourceBucket": source,
            "destinationBucket": f"arn:aws:s3:::{LISTS}",
            "version": "2016-11-30",
            "fileFormat": file_format,
            "fileSchema": schema,
            "files": [{"key": f"data/{number}.csv.gz", "size": 1, "MD5checksum": ""} for number in range(2)],
        }
        self.s3.put_object(Bucket=LISTS, Key="all/manifest.json", Body=json.dumps(manifest).encode())
        return f"s3://{LISTS}/all/manifest.json"


def row(key: str, etag: str, *, latest: bool = True, deleted: bool = False) -> str:
    """Answer what an inventory says of an object."""
    fields = (BUCKET, quote_plus(key, safe="/"), "v1", str(latest).lower(), str(deleted).lower(), "100")
    return ",".join(f'"{field}"' for field in (*fields, "2026-11-01T10:00:00.000Z", etag))
