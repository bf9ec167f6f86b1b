"""`GET /analyze`: the report of a file, for somebody with curl."""

import gzip
from urllib.parse import urlencode

import pytest

from local.clock import VirtualClock
from local.cloud import Cloud
from local.faults import DENIED, EXPIRED_TOKEN, THROTTLED, Fail, Fault, Kind, Refuse
from local.wiring import Wired
from tests.e2e.api.conftest import LINES, Files, Serve, lately
from tests.http_server import Answered, Client

SINCE = "2025-09-15T12:00:01Z"
GONE = Refuse(code="ResourceNotFoundException", message="Requested resource not found")


def ask(api: Client, path: str = "/analyze", *, status: int = 200, **parameters: object) -> Answered:
    """Ask, and see that the answer is of that status."""
    answer = api.ask(f"{path}?{urlencode(parameters)}")
    assert answer.status == status, answer.body
    return answer


@pytest.mark.parametrize("path", ["/analyze", "/analyze/"])
def test_a_file_is_reported_as_the_command_line_reports_it(api: Client, files: Files, wired: Wired, path: str) -> None:
    """With where the numbers come from, and whether CloudWatch has them."""
    ref = files.put("app/2025-09-15T12-00.jsonl", LINES)

    assert ask(api, path, bucket=wired.bucket, prefix="app/", threshold=2).json == {
        "bucket": wired.bucket,
        "key": "app/2025-09-15T12-00.jsonl",
        "etag": ref.etag,
        "total": 2,
        "byService": {"orders": 1, "billing": 1},
        "alert": True,
        "threshold": 2,
        "since": None,
        "lines": 4,
        "malformed": 1,
        "undated": 0,
        "firstError": "2025-09-15T12:00:00Z",
        "lastError": "2025-09-15T12:00:02.500000Z",
        "notes": ["1 line of 4 can't be read: not JSON objects of the expected kind"],
        "source": "object",
        "counted": False,
    }


def test_the_newest_file_counts_and_a_key_means_itself(api: Client, files: Files, wired: Wired) -> None:
    """By the time in its name."""
    files.put("app/2025-09-15T12-00.jsonl", LINES)
    files.put("app/2025-09-15T11-00.jsonl", LINES)
    older = "app/2025-09-15T11-00.jsonl"

    assert ask(api, bucket=wired.bucket, prefix="", threshold=1).json["key"] == "app/2025-09-15T12-00.jsonl"
    assert ask(api, bucket=wired.bucket, prefix=older, threshold=1).json["key"] == older


@pytest.mark.parametrize("since", [SINCE, "2025-09-15T14:00:01+02:00", "2025-09-15 12:00:01.0Z"])
def test_only_errors_after_a_time_count(api: Client, files: Files, wired: Wired, since: str) -> None:
    """Whatever the offset: a + that nobody wrote as %2B, too."""
    files.put("a.jsonl", LINES)

    answers = [
        ask(api, bucket=wired.bucket, prefix="a", threshold=2, since=since),
        api.ask(f"/analyze?bucket={wired.bucket}&prefix=a&threshold=2&since={since.replace(' ', '%20')}"),
    ]

    for answer in answers:
        assert (answer.json["total"], answer.json["alert"]) == (1, False)
        assert answer.json["since"] == SINCE


def test_a_counted_file_is_answered_from_the_ledger_without_reading_it(
    api: Client, files: Files, wired: Wired, cloud: Cloud, clock: VirtualClock
) -> None:
    """By the threshold of who asks."""
    files.count(files.put("a.jsonl", lately(clock)))
    before = cloud.calls.count("s3", "GetObject")

    told = ask(api, bucket=wired.bucket, prefix="a.jsonl", threshold=3).json

    assert (told["source"], told["counted"], told["total"], told["alert"]) == ("ledger", True, 2, False)
    assert ask(api, bucket=wired.bucket, prefix="a.jsonl", threshold=2).json["alert"]
    assert cloud.calls.count("s3", "GetObject") == before


def test_a_counted_file_is_read_again_for_what_came_after_a_time(
    api: Client, files: Files, wired: Wired, clock: VirtualClock
) -> None:
    """The ledger does not hold its lines; that it is counted is said all the same."""
    files.count(files.put("a.jsonl", lately(clock)))

    told = ask(api, bucket=wired.bucket, prefix="a.jsonl", threshold=1, since="2025-09-15T12:00:00Z").json

    assert (told["source"], told["counted"], told["total"]) == ("object", True, 2)


def test_errors_that_cloudwatch_does_not_take_are_not_counted(api: Client, files: Files, wired: Wired) -> None:
    """The ledger has them, and says so."""
    files.count(files.put("a.jsonl", LINES))

    told = ask(api, bucket=wired.bucket, prefix="a.jsonl", threshold=1).json

    assert (told["source"], told["counted"], told["total"]) == ("ledger", False, 2)
    assert told["notes"][-1] == (
        "2 errors between 2025-09-15 12:00 and 2025-09-15 12:00 UTC not in CloudWatch: it takes the last two weeks"
    )


def test_a_file_whose_push_is_outstanding_is_not_counted_yet(
    api: Client, files: Files, wired: Wired, clock: VirtualClock
) -> None:
    """The ledger has its numbers; CloudWatch may have them or not."""
    files.intend(files.put("a.jsonl", lately(clock)))

    told = ask(api, bucket=wired.bucket, prefix="a.jsonl", threshold=1).json

    assert (told["source"], told["counted"]) == ("ledger", False)


def test_a_file_with_new_content_is_read(api: Client, files: Files, wired: Wired) -> None:
    """What the ledger has is the version of before."""
    files.count(files.put("a.jsonl", LINES))
    files.put("a.jsonl", LINES * 2)

    told = ask(api, bucket=wired.bucket, prefix="a.jsonl", threshold=1).json

    assert (told["source"], told["counted"], told["total"]) == ("object", False, 4)


def test_asking_counts_and_writes_nothing(api: Client, files: Files, wired: Wired, cloud: Cloud) -> None:
    """Whoever looks must not change what there is."""
    files.put("a.jsonl", LINES)
    cloud.calls.reset()

    ask(api, bucket=wired.bucket, prefix="a", threshold=1)

    assert {call.operation for call in cloud.calls.of()} == {"ListObjectsV2", "GetObject", "GetItem"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bucket": None}, "bucket: must be given"),
        ({"prefix": None}, "prefix: must be given"),
        ({"threshold": None}, "threshold: must be given"),
        ({"threshold": 0}, "threshold: input should be greater than or equal to 1"),
        ({"threshold": "many"}, "threshold: input should be a valid integer, unable to parse string as an integer"),
        ({"threshold": 10**20}, "threshold: input should be less than or equal to 9007199254740991"),
        ({"since": "yesterday"}, "since: must be an RFC 3339 time, such as 2025-09-15T12:00:00Z"),
        ({"since": ""}, "since: must be an RFC 3339 time, such as 2025-09-15T12:00:00Z"),
        ({"treshold": 3}, "treshold: there is no such parameter"),
        ({"local": "/etc/passwd"}, "local: there is no such parameter"),
        ({"prefix": "x" * 1025}, "prefix: string should have at most 1024 characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_parameter_is_named(api: Client, wired: Wired, change: dict[str, object], words: str) -> None:
    """With what it must be."""
    right = {"bucket": wired.bucket, "prefix": "a", "threshold": 1}

    given = {name: value for name, value in (right | change).items() if value is not None}
    answer = api.ask(f"/analyze?{urlencode(given)}")

    assert answer.status == 422

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["detail"] == words
    assert [one["name"] for one in answer.json["parameters"]] == list(change)


def test_a_bucket_that_is_not_on_the_list_is_nobodys_to_ask_about(api: Client, cloud: Cloud) -> None:
    """AWS is not even asked whether it is there."""
    cloud.calls.reset()

    answer = ask(api, status=403, bucket="payroll", prefix="", threshold=1)

    assert "LOGTALLY_API_BUCKETS" in answer.json["detail"]
    assert not cloud.calls.of()


def test_what_is_not_there_is_said(api: Client, wired: Wired, files: Files, cloud: Cloud) -> None:
    """Nothing under the prefix; or not even the bucket."""
    answer = ask(api, status=404, bucket=wired.bucket, prefix="x/", threshold=1)
    assert answer.json["detail"] == f"nothing under s3://{wired.bucket}/x/"
    cloud.reset()

    answer = ask(api, status=404, bucket=wired.bucket, prefix="x/", threshold=1)

    assert answer.json["detail"] == f"s3://{wired.bucket}/x/: there is no such thing (NoSuchBucket)"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (gzip.compress(LINES)[:-9], "truncated gzip: it ends before its end mark"),
        (b"PK\x03\x04" + bytes(100), "zip"),
        (b"\x00\xff\xfe" * 100, "not text"),
    ],
    ids=["truncated", "archive", "binary"],
)
def test_a_file_that_can_never_be_read_is_said_to_be_one(
    api: Client, files: Files, wired: Wired, body: bytes, words: str
) -> None:
    """It is no fault of the server, and asking again does not help."""
    files.put("a.jsonl", body)

    answer = ask(api, status=422, bucket=wired.bucket, prefix="a", threshold=1)

    assert f"s3://{wired.bucket}/a.jsonl: " in answer.json["detail"]
    assert words in answer.json["detail"]


@pytest.mark.parametrize("operation", [("s3", "ListObjectsV2"), ("s3", "GetObject"), ("dynamodb", "GetItem")])
@pytest.mark.parametrize("kind", [DENIED, EXPIRED_TOKEN, THROTTLED, Fail()], ids=["denied", "expired", "slow", "5xx"])
def test_aws_that_fails_is_named(
    api: Client, files: Files, wired: Wired, cloud: Cloud, operation: tuple[str, str], kind: Kind
) -> None:
    """With when to ask again; and nothing of AWS's own words, which name accounts and roles."""
    files.put("a.jsonl", LINES)
    service, name = operation
    with cloud.faults.inject(Fault(service=service, operation=name, kind=kind, nth=None)):
        answer = ask(api, status=503, bucket=wired.bucket, prefix="a", threshold=1)

    what = "table" if service == "dynamodb" else "s3://"
    assert answer.json["detail"].startswith(what)
    assert answer.headers["retry-after"] == "5"
    assert not {"arn:", "Traceback", "User is"} & set(answer.json["detail"].split())


def test_a_table_that_is_missing_is_no_fault_of_who_asks(api: Client, files: Files, wired: Wired, cloud: Cloud) -> None:
    """So it is no 404."""
    files.put("a.jsonl", LINES)
    gone = Fault(service="dynamodb", operation="GetItem", kind=GONE, nth=None)
    with cloud.faults.inject(gone):
        answer = ask(api, status=503, bucket=wired.bucket, prefix="a", threshold=1)

    assert "table" in answer.json["detail"]


@pytest.mark.parametrize(
    ("path", "allowed"), [("/analyze", "GET"), ("/notify", "GET, POST"), ("/notify/", "GET, POST"), ("/health", "GET")]
)
def test_a_method_that_is_none_is_told_which_there_are(api: Client, path: str, allowed: str) -> None:
    """And a path that is none leads to the documentation."""
    answer = api.ask(path, method="DELETE")

    assert (answer.status, answer.headers["allow"]) == (405, allowed)
    assert answer.json["detail"] == "not with this method: /docs says which"
    assert api.ask(f"{path}x").json["detail"] == "there is nothing here: /docs says what there is"


def test_whether_each_part_of_aws_answers_is_told_part_by_part(
    api: Client, serve: Serve, cloud: Cloud, wired: Wired
) -> None:
    """A load balancer looks at the status, a person at the rest."""
    told = api.ask("/ready")
    parts = {f"bucket {wired.bucket}", "table", "topic", "queue", "dead-letter queue", "metrics"}

    assert told.status == 200
    assert told.json == {"ready": True, "parts": dict.fromkeys(parts, "ok")}
    with cloud.faults.inject(Fault(service="sns", kind=DENIED, nth=None)):
        told = serve().ask("/ready")  # another process, which has not asked yet
    assert told.status == 503
    assert told.json["parts"]["topic"] == "topic logtally-local-alerts: not permitted (AccessDeniedException)"
    assert told.json["parts"]["table"] == "ok"
