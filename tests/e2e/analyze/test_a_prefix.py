"""`analyze --bucket --prefix`."""

import gzip
import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.e2e.analyze.command import AWS, BIN, LOG, analyze, environment
from tests.s3_stub import Answer, Request, refusal, serving, whole


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"AWS_REGION": "us east"}, "error: AWS settings: Provided region_name 'us east' doesn't match"),
        (
            {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "nonsense"},
            "error: AWS settings: Invalid endpoint: nonsense",
        ),
    ],
)
def test_wrong_aws_settings_are_one_clear_line(variables: dict[str, str], line: str) -> None:
    """Wherever they come from."""
    command = [str(BIN / "analyze"), "--bucket", "b", "--prefix", "p", "--threshold", "1"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(variables))

    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert len(done.stderr.splitlines()) == 1


def _bucket(*, content: bytes = LOG) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        if "list-type=2" in request.path:
            entries = "".join(
                f"<Contents><Key>prod/{name}</Key><LastModified>2025-09-15T13:00:00Z</LastModified>"
                f"<ETag>&quot;abc&quot;</ETag><Size>{len(content)}</Size></Contents>"
                for name in ("2025-09-15T11-00.jsonl", "2025-09-15T12-00.jsonl")
            )
            listing = f"<ListBucketResult>{entries if 'prod' in request.path else ''}</ListBucketResult>".encode()
            return Answer(200, [listing], len(listing), {"Content-Type": "application/xml"})
        if "12-00" in request.path:
            return whole(content, etag="abc")
        return refusal(404, "NoSuchKey")

    return answer


def test_a_prefix_means_its_newest_file() -> None:
    """And the report says which one that was."""
    with serving(_bucket()) as (endpoint, _):
        done = analyze("--bucket", "logs", "--prefix", "prod/", "--threshold", "3", "--endpoint-url", endpoint)

    assert (done.returncode, done.stderr) == (0, b"")
    report = json.loads(done.stdout)
    assert (report["bucket"], report["key"], report["etag"]) == ("logs", "prod/2025-09-15T12-00.jsonl", "abc")
    assert (report["total"], report["alert"]) == (2, False)


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (_bucket(), 2, "nothing under s3://logs/x/"),
        (lambda _: refusal(404, "NoSuchBucket"), 2, "s3://logs"),
        (lambda _: refusal(403, "AccessDenied"), 1, "not permitted"),
        (lambda _: refusal(403, "InvalidAccessKeyId"), 1, "not permitted"),
    ],
    ids=["nothing there", "no bucket", "no permission", "no such key"],
)
def test_what_s3_refuses_is_one_clear_line(answer: Callable[[Request], Answer], code: int, words: str) -> None:
    """With the exit code of its kind."""
    with serving(answer) as (endpoint, _):
        done = analyze("--bucket", "logs", "--prefix", "x/", "--threshold", "3", "--endpoint-url", endpoint)

    assert (done.returncode, done.stdout) == (code, b"")
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_truncated_gzip_in_s3_ends_with_1() -> None:
    """S3 sent all it has; it was uploaded by half."""
    with serving(_bucket(content=gzip.compress(LOG)[:-5])) as (endpoint, _):
        done = analyze("--bucket", "logs", "--prefix", "prod/", "--threshold", "3", "--endpoint-url", endpoint)

    assert done.returncode == 1
    assert done.stderr.startswith(b"error: s3://logs/prod/2025-09-15T12-00.jsonl: truncated gzip")


@pytest.mark.parametrize(
    ("aws", "code", "words"),
    [
        ({name: value for name, value in AWS.items() if "KEY" not in name}, 1, "credentials"),
        ({name: value for name, value in AWS.items() if name != "AWS_REGION"}, 2, "AWS_REGION"),
    ],
    ids=["credentials", "region"],
)
def test_a_missing_setting_is_named(aws: Mapping[str, str], code: int, words: str) -> None:
    """Before anything is asked of AWS."""
    done = analyze("--bucket", "logs", "--prefix", "x/", "--threshold", "3", aws=aws)

    assert done.returncode == code
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def _listed(*names: str, missing: str = "") -> Callable[[Request], Answer]:
    """Answer a bucket with these keys, the last page with half of them, each with the sample log."""

    def answer(request: Request) -> Answer:
        if "list-type=2" not in request.path:
            return refusal(404, "NoSuchKey") if missing and missing in request.path else whole(LOG, etag="abc")
        half = len(names) // 2
        page = names[half:] if "continuation-token" in request.path else names[:half]
        more = (
            ""
            if page == names[half:]
            else "<IsTruncated>true</IsTruncated><NextContinuationToken>2</NextContinuationToken>"
        )
        entries = "".join(
            f"<Contents><Key>{name}</Key><LastModified>2025-09-15T13:00:00Z</LastModified>"
            f"<ETag>&quot;abc&quot;</ETag><Size>{0 if name.endswith('/') else len(LOG)}</Size></Contents>"
            for name in page
        )
        listing = f"<ListBucketResult>{more}{entries}</ListBucketResult>".encode()
        return Answer(200, [listing], len(listing), {"Content-Type": "application/xml"})

    return answer


def test_a_url_is_a_prefix_among_files(log: Path) -> None:
    """Its newest file, in its place in the order."""
    with serving(_bucket()) as (endpoint, _):
        done = analyze("s3://logs/prod/", str(log), "--threshold", "3", "--endpoint-url", endpoint)

    assert (done.returncode, done.stderr) == (0, b"")
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(report["bucket"], report["key"]) for report in reports] == [
        ("logs", "prod/2025-09-15T12-00.jsonl"),
        (None, str(log)),
    ]


@pytest.mark.parametrize("jobs", ["1", "5"])
@pytest.mark.parametrize("where", [("s3://logs/p/",), ("--bucket", "logs", "--prefix", "p/")], ids=" ".join)
def test_all_takes_every_file_under_the_prefix(jobs: str, where: tuple[str, ...]) -> None:
    """On all pages of the listing, in the order of their keys; folders are none."""
    names = ["p/", *(f"p/{n:03}" for n in range(50)), "p/x/"]
    with serving(_listed(*names)) as (endpoint, _):
        done = analyze(*where, "--all", "--threshold", "3", "--jobs", jobs, "--endpoint-url", endpoint)

    assert (done.returncode, done.stderr) == (0, b"")
    assert [json.loads(line)["key"] for line in done.stdout.splitlines()] == names[1:-1]


def test_a_file_that_is_gone_does_not_stop_the_others() -> None:
    """Somebody deleted it after the listing."""
    with serving(_listed("p/1", "p/2", "p/3", missing="p/2")) as (endpoint, _):
        done = analyze("s3://logs/p/", "--all", "--threshold", "3", "--endpoint-url", endpoint)

    assert done.returncode == 1
    assert [json.loads(line)["key"] for line in done.stdout.splitlines()] == ["p/1", "p/3"]
    assert done.stderr == b"error: s3://logs/p/2: changed while it was looked for; try again\n"


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (_listed("p/", "p/x/"), 2, b"error: nothing under s3://logs/p/\n"),
        (lambda _: refusal(404, "NoSuchBucket"), 2, b"error: s3://logs"),
        (lambda _: refusal(403, "AccessDenied"), 1, b"not permitted"),
    ],
    ids=["nothing there", "no bucket", "no permission"],
)
def test_a_listing_that_fails_is_one_clear_line(
    answer: Callable[[Request], Answer], code: int, words: bytes, log: Path
) -> None:
    """And what else was named is read."""
    with serving(answer) as (endpoint, _):
        done = analyze("s3://logs/p/", str(log), "--all", "--threshold", "3", "--endpoint-url", endpoint)

    assert done.returncode == code
    assert [json.loads(line)["key"] for line in done.stdout.splitlines()] == [str(log)]
    assert words in done.stderr
    assert done.stderr.count(b"\n") == 1
