"""What the stub of the unit tests only claims: a whole S3 answers as the adapter expects."""

import boto3
import pytest
from msgspec.structs import replace

from core.aws import clients
from core.aws.objects import Body, Gone, Objects, Superseded
from core.errors import NotFound
from core.examine import latest
from core.model import Bucket, ObjectKey
from local.cloud import Cloud
from local.faults import BreakBody, Fault
from local.wiring import Wired

KEYS = ["a+b.jsonl", "a%2Bb", "with spaces.jsonl", "ümläut/日本.jsonl", "😀.jsonl", "ends/in/"]


@pytest.fixture
def objects(aws: boto3.Session, cloud: Cloud) -> Objects:
    return Objects(clients.s3(aws, endpoint_url=cloud.endpoint))


@pytest.fixture
def bucket(wired: Wired) -> Bucket:
    return Bucket(wired.bucket)


def _put(aws: boto3.Session, cloud: Cloud, bucket: Bucket, key: str, body: bytes) -> None:
    clients.s3(aws, endpoint_url=cloud.endpoint).put_object(Bucket=bucket, Key=key, Body=body)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("body", [b"", b"{}\n"])
def test_any_key_is_found_and_read(
    objects: Objects, aws: boto3.Session, cloud: Cloud, bucket: Bucket, key: str, body: bytes
) -> None:
    """A key is text, not a path and not a URL; an object may be empty."""
    _put(aws, cloud, bucket, key, body)

    found = objects.find(bucket, ObjectKey(key))
    read = objects.read(found.ref)

    assert [listed.ref.key for listed in objects.under(bucket, "")] == [key]
    assert isinstance(read, Body)
    assert b"".join(read.chunks) == body
    assert read.last_modified == found.last_modified


def test_an_overwritten_object_is_superseded(
    objects: Objects, aws: boto3.Session, cloud: Cloud, bucket: Bucket
) -> None:
    """Read as the current one, without its version."""
    _put(aws, cloud, bucket, "a", b"old")
    announced = latest(bucket, "a", objects=objects)
    _put(aws, cloud, bucket, "a", b"new")

    assert objects.read(announced) == Superseded()


def test_a_deleted_object_is_gone(objects: Objects, aws: boto3.Session, cloud: Cloud, bucket: Bucket) -> None:
    """Between its event and its read."""
    _put(aws, cloud, bucket, "a", b"old")
    announced = latest(bucket, "a", objects=objects)
    clients.s3(aws, endpoint_url=cloud.endpoint).delete_object(Bucket=bucket, Key="a")

    assert objects.read(announced) == Gone()


def test_an_old_version_is_read_while_it_is_there(
    objects: Objects, aws: boto3.Session, cloud: Cloud, bucket: Bucket
) -> None:
    """Its event said which one it was."""
    _put(aws, cloud, bucket, "a", b"old")
    announced = objects.find(bucket, ObjectKey("a")).ref
    _put(aws, cloud, bucket, "a", b"new")

    read = objects.read(announced)

    assert isinstance(read, Body)
    assert b"".join(read.chunks) == b"old"


def test_a_missing_bucket_is_not_found(objects: Objects, wired: Wired) -> None:
    """Whoever asks for it has mistyped it."""
    with pytest.raises(NotFound, match="s3://no-such-bucket"):
        latest(Bucket("no-such-bucket"), "", objects=objects)


@pytest.mark.parametrize("versioned", [True, False])
def test_a_body_that_breaks_off_is_resumed(
    objects: Objects, aws: boto3.Session, cloud: Cloud, bucket: Bucket, versioned: bool
) -> None:
    """Where it broke, whether its version is named or not."""
    _put(aws, cloud, bucket, "a", b"0123456789" * 100)
    ref = objects.find(bucket, ObjectKey("a")).ref

    with cloud.faults.inject(Fault(service="s3", operation="GetObject", kind=BreakBody())):
        read = objects.read(ref if versioned else replace(ref, version_id=None))
        assert isinstance(read, Body)
        content = b"".join(read.chunks)

    assert content == b"0123456789" * 100
