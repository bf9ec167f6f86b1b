"""S3: the objects that are read."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final, NoReturn

from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from msgspec import Struct

from core.aws.errors import FAILED, code_of, status_of, translate
from core.errors import Denied, NotFound, Permanent, Transient
from core.limits import CHUNK_B, READ_ATTEMPTS
from core.model import Bucket, ETag, ObjectKey, ObjectRef, VersionId

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, GetObjectRequestTypeDef, ObjectTypeDef

# A version that is a delete marker answers MethodNotAllowed.
_GONE: Final = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "404"})


class Body(Struct, frozen=True, kw_only=True):
    """The bytes of one object, as they are stored."""

    last_modified: datetime
    size_b: int
    chunks: Iterator[bytes]  # once; raises Transient if they can't be read to their end, or change meanwhile


class Superseded(Struct, frozen=True):
    """The object was overwritten: it does not have this ETag any more."""


class Gone(Struct, frozen=True):
    """The object was deleted."""


class Listed(Struct, frozen=True, kw_only=True):
    """One object as a listing shows it."""

    ref: ObjectRef
    last_modified: datetime
    size_b: int

    @property
    def is_folder(self) -> bool:
        """Whether it is empty and named as consoles name the folders that they make."""
        return self.size_b == 0 and self.ref.key.endswith("/")


class Objects:
    """The objects of S3. It only reads, so all of it may be repeated."""

    def __init__(self, client: "S3Client") -> None:
        self._s3 = client

    def check(self, bucket: Bucket) -> None:
        """Ask whether there is such a bucket. Raises NotFound, Usage if it is in another region, Denied, Transient."""
        try:
            self._s3.head_bucket(Bucket=bucket)
        except FAILED as exc:
            raise translate(exc, what=f"bucket {bucket}") from exc

    def read(self, ref: ObjectRef) -> Body | Superseded | Gone:
        """Open the object as it was announced: this ETag and, if it has one, this version.

        Raises NotFound if there is no such bucket, Denied, Transient, or Permanent for what can't be read at all
        (archived, encrypted with a customer's key).
        """
        try:
            answer = self._get(ref)
        except ClientError as exc:
            if status_of(exc) == 412:
                return Superseded()
            if code_of(exc) in _GONE:
                return Gone()
            _refuse(exc, ref)
        except FAILED as exc:
            raise translate(exc, what=_url(ref)) from exc
        size_b = answer["ContentLength"]
        chunks = self._chunks(ref, answer["Body"], size_b=size_b)
        return Body(last_modified=answer["LastModified"], size_b=size_b, chunks=chunks)

    def find(self, bucket: Bucket, key: ObjectKey) -> Listed:
        """Answer the object as it is now. Raises NotFound if there is none."""
        what = f"s3://{bucket}/{key}"
        try:
            answer = self._s3.head_object(Bucket=bucket, Key=key)
        except FAILED as exc:
            raise translate(exc, what=what) from exc
        version_id = VersionId(found) if (found := answer.get("VersionId")) else None
        ref = ObjectRef(bucket=bucket, key=key, etag=_etag(answer["ETag"]), version_id=version_id)
        return Listed(ref=ref, last_modified=answer["LastModified"], size_b=answer["ContentLength"])

    def under(self, bucket: Bucket, prefix: str, *, after: str | None = None) -> Iterator[Listed]:
        """Answer all objects whose key begins with `prefix`, in the order of their keys, a page at a time.

        `after`: only those behind this key. Raises NotFound if there is no such bucket.
        """
        # Every key is behind the empty one.
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, StartAfter=after or "")
        try:
            for page in pages:
                yield from (_listed(bucket, item) for item in page.get("Contents", ()))
        except FAILED as exc:
            raise translate(exc, what=f"s3://{bucket}/{prefix}") from exc

    def _get(self, ref: ObjectRef, *, start: int = 0) -> "GetObjectOutputTypeDef":
        request: GetObjectRequestTypeDef = {"Bucket": ref.bucket, "Key": ref.key, "IfMatch": f'"{ref.etag}"'}
        if ref.version_id is not None:
            request["VersionId"] = ref.version_id
        if start:
            request["Range"] = f"bytes={start}-"
        return self._s3.get_object(**request)

    def _chunks(self, ref: ObjectRef, body: "StreamingBody", *, size_b: int) -> Iterator[bytes]:
        done_b = 0
        broken: Exception | None = None
        for attempt in range(READ_ATTEMPTS):
            if attempt:
                body = self._resume(ref, start=done_b, size_b=size_b)
            try:
                while chunk := body.read(CHUNK_B):
                    done_b += len(chunk)
                    yield chunk
            except (HTTPClientError, IncompleteReadError) as exc:
                # botocore neither repeats nor resumes a body. What has come is right: go on behind it.
                broken = exc
            except FAILED as exc:
                raise translate(exc, what=_url(ref)) from exc
            finally:
                body.close()
            if done_b == size_b:
                return
        line = f"{_url(ref)}: broke off {READ_ATTEMPTS} times, last after {done_b} of {size_b} bytes"
        raise Transient(line) from broken

    def _resume(self, ref: ObjectRef, *, start: int, size_b: int) -> "StreamingBody":
        try:
            answer = self._get(ref, start=start)
        except ClientError as exc:
            if status_of(exc) == 412 or code_of(exc) in _GONE:
                # The next read finds out which, and says so.
                raise Transient(f"{_url(ref)}: changed while it was read") from exc
            raise translate(exc, what=_url(ref)) from exc
        except FAILED as exc:
            raise translate(exc, what=_url(ref)) from exc
        whole = not start and answer["ContentLength"] == size_b
        if not whole and answer.get("ContentRange") != f"bytes {start}-{size_b - 1}/{size_b}":
            answer["Body"].close()
            raise Transient(f"{_url(ref)}: what answers for S3 can't resume at a byte")
        return answer["Body"]


def _refuse(exc: ClientError, ref: ObjectRef) -> NoReturn:
    if code_of(exc) == "InvalidObjectState":
        raise Permanent(f"{_url(ref)}: is archived: restore it first") from exc
    if code_of(exc) == "NoSuchBucket":
        raise NotFound(f"s3://{ref.bucket}: there is no such bucket") from exc
    failure = translate(exc, what=_url(ref))
    if code_of(exc) == "AccessDenied":
        # S3 tells nobody that a key is missing who may not list the bucket.
        raise Denied(f"{failure}; without s3:ListBucket this is also S3's answer for an object that is gone") from exc
    raise failure from exc


def _listed(bucket: Bucket, item: "ObjectTypeDef") -> Listed:
    ref = ObjectRef(bucket=bucket, key=ObjectKey(item["Key"]), etag=_etag(item["ETag"]))
    return Listed(ref=ref, last_modified=item["LastModified"], size_b=item["Size"])


def _etag(quoted: str) -> ETag:
    return ETag(quoted.strip('"'))


def _url(ref: ObjectRef) -> str:
    return f"s3://{ref.bucket}/{ref.key}"
