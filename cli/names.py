"""Names of objects, as they are written on a command line: s3://BUCKET/KEY."""

from typing import Final

from core.errors import Usage
from core.limits import KEY_B_MAX
from core.model import Bucket, ObjectKey

SCHEME: Final = "s3://"


def bucket_and_key(name: str) -> tuple[Bucket, ObjectKey]:
    """Answer which object is named. Raises Usage if none is."""
    bucket, _, key = name.removeprefix(SCHEME).partition("/")
    if not (name.startswith(SCHEME) and bucket and key):
        raise Usage(f"{name}: name an object, such as s3://logs/prod/app.jsonl")
    return Bucket(bucket), ObjectKey(key)


def bucket_and_prefix(name: str) -> tuple[Bucket, str]:
    """Answer which bucket is named, and which prefix: none is all of it. Raises Usage if none is."""
    bucket, _, prefix = name.removeprefix(SCHEME).partition("/")
    if not (name.startswith(SCHEME) and bucket):
        raise Usage(f"{name}: name a bucket and a prefix, such as s3://logs/prod/")
    if len(prefix.encode()) > KEY_B_MAX:
        raise Usage(f"{name[:80]}…: no key of S3 has more than {KEY_B_MAX} bytes")
    return Bucket(bucket), prefix
