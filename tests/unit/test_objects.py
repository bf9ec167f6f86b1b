"""Objects are read to their end, as they were announced, or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import unquote

import boto3
import pytest

from core.aws import clients
from core.aws.objects import Body, Gone, Objects, Superseded
from core.errors import Denied, LogtallyError, NoCredentials, NotFound, Permanent, Throttled, Transient, Usage
from core.examine import latest
from core.limits import KIB, READ_ATTEMPTS
from core.model import Bucket, ETag, ObjectKey, ObjectRef, VersionId
from tests.s3_stub import Answer, Request, refusal, rest, serving, whole

CONTENT = bytes(range(256)) * 4 * KIB
REF = ObjectRef(bucket=Bucket("logs"), key=ObjectKey("app.jsonl"), etag=ETag("abc"))


def _objects(endpoint: str) -> Objects:
    session = boto3.Session(region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")
    return Objects(clients.s3(session, endpoint_url=endpoint))


@contextmanager
def _answering(answer: Callable[[Request], Answer]) -> Iterator[tuple[Objects, list[Request]]]:
    with serving(answer) as (endpoint, seen):
        yield _objects(endpoint), seen


def _read(objects: Objects, ref: ObjectRef = REF) -> bytes:
    body = objects.read(ref)
    assert isinstance(body, Body)
    return b"".join(body.chunks)


def test_an_object_is_read_as_it_was_announced() -> None:
    """This version with this ETag, or nothing."""
    ref = ObjectRef(bucket=REF.bucket, key=ObjectKey("a+b %2B ü/😀.jsonl"), etag=REF.etag, version_id=VersionId("v1"))
    with _answering(lambda _: whole(CONTENT, etag="abc")) as (objects, seen):
        body = objects.read(ref)
        assert isinstance(body, Body)
        content = b"".join(body.chunks)

    assert content == CONTENT
    assert body.size_b == len(CONTENT)
    assert body.last_modified == datetime(2025, 9, 15, 12, 30, tzinfo=UTC)
    path, _, query = seen[0].path.partition("?")
    assert unquote(path) == f"/logs/{ref.key}"
    assert "versionId=v1" in query
    assert seen[0].headers["If-Match"] == '"abc"'


def test_an_empty_object_is_empty() -> None:
    """And not broken."""
    with _answering(lambda _: whole(b"", etag="abc")) as (objects, seen):
        assert _read(objects) == b""

    assert len(seen) == 1


@pytest.mark.parametrize("broken_after", [0, 1, 300 * KIB])
def test_a_body_that_breaks_is_resumed_where_it_broke(broken_after: int) -> None:
    """With the same ETag: half of one version and half of another is no file."""
    breaks = [broken_after, broken_after, None]
    with _answering(lambda request: rest(CONTENT, request, etag="abc", broken_after=breaks.pop(0))) as (objects, seen):
        assert _read(objects) == CONTENT

    assert [request.headers.get("If-Match") for request in seen] == ['"abc"'] * 3
    assert seen[2].headers.get("Range") == (f"bytes={2 * broken_after}-" if broken_after else None)


def test_a_body_that_breaks_again_and_again_is_a_failure_and_not_a_short_file() -> None:
    """The message comes back later."""
    with (
        _answering(lambda request: rest(CONTENT, request, etag="abc", broken_after=10)) as (objects, seen),
        pytest.raises(Transient, match=f"after {10 * READ_ATTEMPTS} of {len(CONTENT)} bytes"),
    ):
        _read(objects)

    assert len(seen) == READ_ATTEMPTS


@pytest.mark.parametrize(("status", "code"), [(412, "PreconditionFailed"), (404, "NoSuchKey")])
def test_an_object_that_changes_while_it_is_read_is_read_again_later(status: int, code: str) -> None:
    """The next read says what became of it."""
    answers = [rest(CONTENT, Request("", {}), etag="abc", broken_after=10), refusal(status, code)]
    with (
        _answering(lambda _: answers.pop(0)) as (objects, _),
        pytest.raises(Transient, match="changed while it was read"),
    ):
        _read(objects)


def test_a_server_that_starts_anew_instead_of_resuming_is_not_believed() -> None:
    """Its first bytes would count twice."""
    answers = [rest(CONTENT, Request("", {}), etag="abc", broken_after=10), whole(CONTENT, etag="abc")]
    with _answering(lambda _: answers.pop(0)) as (objects, _), pytest.raises(Transient, match="resume"):
        _read(objects)


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (refusal(412, "PreconditionFailed"), Superseded()),
        (refusal(404, "NoSuchKey"), Gone()),
        (refusal(404, "NoSuchVersion"), Gone()),
        (refusal(405, "MethodNotAllowed"), Gone()),
    ],
    ids=["overwritten", "deleted", "version deleted", "version is a delete marker"],
)
def test_an_object_that_is_not_there_any_more_is_an_end_and_no_error(answer: Answer, end: Superseded | Gone) -> None:
    """Between an event and its read, anything can happen to an object."""
    with _answering(lambda _: answer) as (objects, _):
        assert objects.read(REF) == end


@pytest.mark.parametrize(
    ("answer", "failure", "words"),
    [
        (refusal(404, "NoSuchBucket"), NotFound, "s3://logs: there is no such bucket"),
        (refusal(403, "AccessDenied"), Denied, "ListBucket"),
        (refusal(403, "InvalidObjectState"), Permanent, "restore it first"),
        (refusal(400, "InvalidRequest", "stored using a form of Server Side Encryption"), Permanent, "Encryption"),
        (refusal(400, "ExpiredToken"), NoCredentials, "ExpiredToken"),
    ],
    ids=["no bucket", "not permitted", "archived", "SSE-C", "expired"],
)
def test_what_can_not_be_read_says_why(answer: Answer, failure: type[LogtallyError], words: str) -> None:
    """In one line, with what to do."""
    with _answering(lambda _: answer) as (objects, _), pytest.raises(failure, match=words) as raised:
        objects.read(REF)

    assert type(raised.value) is failure


@pytest.mark.parametrize(("code", "failure"), [("SlowDown", Throttled), ("InternalError", Transient)])
def test_a_fault_of_s3_is_repeated_and_then_transient(code: str, failure: type[LogtallyError]) -> None:
    """The client repeats it by itself; what is left is for later."""
    with _answering(lambda _: refusal(503, code)) as (objects, seen), pytest.raises(failure):
        objects.read(REF)

    assert len(seen) == 3


def _listing(*items: tuple[str, str], next_token: str | None = None) -> Answer:
    contents = "".join(
        f'<Contents><Key>{key}</Key><LastModified>{at}</LastModified><ETag>"e-{key}"</ETag>'
        f"<Size>{0 if key == 'x/' else 1}</Size></Contents>"
        for key, at in items
    )
    more = f"<NextContinuationToken>{next_token}</NextContinuationToken>" if next_token else ""
    truncated = "true" if next_token else "false"
    body = f"<ListBucketResult><IsTruncated>{truncated}</IsTruncated>{more}{contents}</ListBucketResult>".encode()
    return Answer(200, [body], len(body), {"Content-Type": "application/xml"})


@pytest.mark.parametrize(
    ("items", "newest"),
    [
        ([("x/2025-09-15T12-00.jsonl", 20), ("x/2025-09-15T13-00.jsonl", 16)], "x/2025-09-15T13-00.jsonl"),
        ([("x/2026-01-01T00-00/2025-09-14T00-00", 16), ("x/a", 15)], "x/a"),
        ([("x/a", 16), ("x/b", 17), ("x/c", 15)], "x/b"),
        ([("x/a-2025-09-15T12-00", 16), ("x/b-2025-09-15T12-00", 17)], "x/b-2025-09-15T12-00"),
        ([("x/2025-99-15T12-00", 16), ("x/2025-09-16T12-00", 15)], "x/2025-09-16T12-00"),
        ([("x/", 20), ("x/a", 16)], "x/a"),
        ([("x/y/", 20), ("x/a", 16)], "x/y/"),
    ],
    ids=["name", "folder is no name", "LastModified", "tie", "no such time", "a folder", "a file like a folder"],
)
def test_the_latest_object_is_the_one_with_the_newest_time_in_its_name(
    items: list[tuple[str, int]], newest: str
) -> None:
    """A name without a time counts by when the object was written."""
    with _answering(lambda _: _listing(*[(key, f"2025-09-{day}T00:00:00Z") for key, day in items])) as (objects, _):
        found = latest(Bucket("logs"), "x/", objects=objects)

    assert found == ObjectRef(bucket=Bucket("logs"), key=ObjectKey(newest), etag=ETag(f"e-{newest}"))


def test_all_pages_of_a_listing_are_looked_at() -> None:
    """The newest may be on the last."""
    at = "2025-09-15T00:00:00Z"
    pages = [_listing(("2025-01-01T00-00", at), next_token="more"), _listing(("2025-01-02T00-00", at))]
    with _answering(lambda _: pages.pop(0)) as (objects, _):
        assert latest(Bucket("logs"), "", objects=objects).key == "2025-01-02T00-00"


def test_a_prefix_that_is_a_key_means_that_object() -> None:
    """Somebody who names a file wants that file."""
    at = "2025-09-15T00:00:00Z"
    with _answering(lambda _: _listing(("a.jsonl", at), ("a.jsonl.2099-01-01T00-00", at))) as (objects, _):
        assert latest(Bucket("logs"), "a.jsonl", objects=objects).key == "a.jsonl"


def test_a_listing_that_is_too_long_is_a_clear_error() -> None:
    """Whoever waits for the answer can't wait for ten million keys."""
    at = "2025-09-15T00:00:00Z"
    listing = _listing(*[(f"{number}.jsonl", at) for number in range(3)])
    with (
        _answering(lambda _: listing) as (objects, _),
        pytest.raises(Usage, match="more than 2 keys under s3://logs/: name a longer prefix"),
    ):
        latest(Bucket("logs"), "", objects=objects, keys_max=2)


def test_nothing_under_a_prefix_is_a_clear_error() -> None:
    """It names what was looked for."""
    with _answering(lambda _: _listing()) as (objects, _), pytest.raises(NotFound, match="nothing under s3://logs/x/"):
        latest(Bucket("logs"), "x/", objects=objects)


def test_an_object_is_found_with_its_version() -> None:
    """What was found is what will be read."""
    with _answering(lambda _: whole(CONTENT, etag="abc", headers={"x-amz-version-id": "v1"})) as (objects, _):
        found = objects.find(REF.bucket, REF.key)

    assert found.ref == ObjectRef(bucket=REF.bucket, key=REF.key, etag=REF.etag, version_id=VersionId("v1"))
    assert found.size_b == len(CONTENT)


def test_an_object_that_is_nowhere_is_not_found() -> None:
    """The answer to a HEAD has no words of its own."""
    with (
        _answering(lambda _: Answer(404, [], 0)) as (objects, _),
        pytest.raises(NotFound, match=r"s3://logs/app\.jsonl"),
    ):
        objects.find(REF.bucket, REF.key)
