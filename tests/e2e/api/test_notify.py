"""`/notify`: an alert that somebody asks for, with the report; published, and counted, once for each request."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import boto3
import pytest

from core.aws import clients
from local.clock import VirtualClock
from local.cloud import Cloud
from local.faults import DENIED, Fault, Kind, LoseAnswer, LoseRequest, Refuse
from local.wiring import Wired
from tests.account_page import OF_TRANSACTIONS, TRANSACTION, action, permitted
from tests.e2e.api.conftest import Files, Serve, lately
from tests.e2e.hands import ENVIRONMENT, alerts_in
from tests.http_server import Answered, Client

LINE = b'{"ts":"2025-09-15T12:00:00Z","service":"orders","level":"ERROR"}\n'
GONE = Refuse(code="NotFoundException", status=404, message="Topic does not exist")


def notify(
    api: Client, wired: Wired, *, method: str = "POST", path: str = "/notify", key: str | None = None, **more: object
) -> Answered:
    parameters = {"bucket": wired.bucket, "prefix": "a", "threshold": 1} | more
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.ask(f"{path}?{urlencode(parameters)}", method=method, headers=headers)


def asked_for(cloud: Cloud) -> list[tuple[dict[str, str], int]]:
    """Answer each `alertTriggered` that CloudWatch accepted: its dimensions, and its moment."""
    return [
        (dict(datum.dimensions), int(datum.timestamp)) for datum in cloud.accepted if datum.metric == "alertTriggered"
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/notify", "/notify/"])
def test_a_file_over_the_threshold_rings_and_is_counted_apart(
    api: Client,
    files: Files,
    wired: Wired,
    cloud: Cloud,
    clock: VirtualClock,
    aws: boto3.Session,
    method: str,
    path: str,
) -> None:
    """At the time of the request, and not among the files that rang."""
    files.put("a.jsonl", LINE * 3)

    began = int(clock())
    told = notify(api, wired, method=method, path=path, threshold=3).json

    assert (told["total"], told["alert"], told["notified"], told["source"]) == (3, True, True, "object")
    assert told["messageId"]
    assert len(alerts_in(aws, cloud, wired)) == 1
    ((dimensions, at),) = asked_for(cloud)
    assert dimensions == {"Environment": ENVIRONMENT, "Source": "notify"}
    assert began <= at <= int(clock())


def test_a_file_under_the_threshold_does_not_ring(
    api: Client, files: Files, wired: Wired, cloud: Cloud, aws: boto3.Session
) -> None:
    """It is reported all the same."""
    files.put("a.jsonl", LINE)

    told = notify(api, wired, threshold=2).json

    assert (told["total"], told["alert"], told["notified"], told["messageId"]) == (1, False, False, None)
    assert not alerts_in(aws, cloud, wired)
    assert not asked_for(cloud)


def test_the_alert_says_what_the_workers_does(
    api: Client, files: Files, wired: Wired, cloud: Cloud, aws: boto3.Session
) -> None:
    """With the same subject and attributes; so that whoever reads them needs to learn nothing."""
    files.put("a.jsonl", LINE * 3)
    notify(api, wired, threshold=3)
    sqs = clients.sqs(aws, endpoint_url=cloud.endpoint)

    (message,) = sqs.receive_message(QueueUrl=wired.inbox_url)["Messages"]

    assert '"Subject": "LogAnalytics Alert' in message["Body"] or '"Subject"' in message["Body"]
    assert f"3 errors in s3://{wired.bucket}/a.jsonl (threshold 3)" in message["Body"]
    for name in ("file_directory", "number_of_alerts", "bucket", "etag", "deduplication_id"):
        assert f'"{name}"' in message["Body"]


def test_a_repeat_with_its_key_is_answered_and_does_nothing(
    api: Client, files: Files, wired: Wired, cloud: Cloud, clock: VirtualClock, aws: boto3.Session
) -> None:
    """As it was answered, whatever was uploaded since; for a day."""
    files.put("a.jsonl", LINE * 3)
    first = notify(api, wired, key="k1").json
    files.put("a2.jsonl", LINE * 5)

    second = notify(api, wired, key="k1").json

    assert second == first | {"source": "ledger"}
    assert len(alerts_in(aws, cloud, wired)) == 1
    clock.advance(24 * 3600)
    assert notify(api, wired, key="k1").json["key"] == "a2.jsonl"
    assert len(asked_for(cloud)) == 2


def test_each_request_without_a_key_rings(
    api: Client, files: Files, wired: Wired, cloud: Cloud, clock: VirtualClock, aws: boto3.Session
) -> None:
    """Somebody asked twice."""
    files.put("a.jsonl", LINE)
    notify(api, wired)
    notify(api, wired)

    assert len(set(alerts_in(aws, cloud, wired))) == 2
    assert len(asked_for(cloud)) == 2


def test_a_key_that_names_another_request_is_refused(api: Client, files: Files, wired: Wired) -> None:
    """Else somebody would take the old answer for the new one's."""
    files.put("a.jsonl", LINE * 3)
    notify(api, wired, key="k1")

    answer = notify(api, wired, key="k1", threshold=2)

    assert answer.status == 422
    assert "take a new one for each request" in answer.json["detail"]


@pytest.mark.parametrize("key", ["x" * 256, "two words", ""])
def test_a_key_that_is_none_is_refused(api: Client, files: Files, wired: Wired, key: str) -> None:
    """By name."""
    files.put("a.jsonl", LINE)

    answer = notify(api, wired, key=key)

    assert answer.status == 422
    assert [one["name"] for one in answer.json["parameters"]] == ["idempotency-key"]


@pytest.mark.parametrize("kind", [LoseAnswer(), LoseRequest(), DENIED], ids=["no answer", "no request", "denied"])
def test_an_alert_is_published_whatever_cloudwatch_does(
    api: Client, files: Files, wired: Wired, cloud: Cloud, clock: VirtualClock, aws: boto3.Session, kind: Kind
) -> None:
    """And a worker sees to it that it is counted, once."""
    files.put("a.jsonl", LINE)
    fault = Fault(service="cloudwatch", operation="PutMetricData", kind=kind, nth=None)
    with cloud.faults.inject(fault):
        assert notify(api, wired).json["notified"]

    for _ in range(8):
        clock.advance(600)
        files.hand.settler.round()

    assert len(asked_for(cloud)) == 1
    assert len(set(alerts_in(aws, cloud, wired))) == 1


def test_an_alert_that_can_not_be_published_now_is_published_later(
    api: Client, files: Files, wired: Wired, cloud: Cloud, clock: VirtualClock, aws: boto3.Session
) -> None:
    """The answer says so; a repeat with its key publishes it, or finds that a worker has."""
    files.put("a.jsonl", LINE)
    with cloud.faults.inject(Fault(service="sns", operation="Publish", kind=GONE, nth=None)):
        answer = notify(api, wired, key="k1")
    busy = notify(api, wired, key="k1")
    clock.advance(60)
    again = notify(api, wired, key="k1")

    assert (answer.status, busy.status, again.status) == (503, 409, 200)
    assert "nothing is lost" in answer.json["detail"]
    assert busy.headers["retry-after"] == "30"
    assert again.json["messageId"]
    for _ in range(8):
        clock.advance(600)
        files.hand.settler.round()
    assert len(set(alerts_in(aws, cloud, wired))) == 1
    assert len(asked_for(cloud)) == 1


def test_a_time_in_the_url_is_part_of_the_request(api: Client, files: Files, wired: Wired, clock: VirtualClock) -> None:
    """What came after it rings, or not."""
    files.put("a.jsonl", LINE + LINE.replace(b"12:00", b"13:00"))
    after = datetime(2025, 9, 15, 12, 30, tzinfo=UTC).isoformat()

    assert notify(api, wired, threshold=2, since=after).json["notified"] is False
    assert notify(api, wired, threshold=1, since=after).json["notified"] is True


def test_all_that_is_asked_of_the_api_asks_for_what_its_role_permits(
    serve: Serve, files: Files, wired: Wired, cloud: Cloud, clock: VirtualClock
) -> None:
    """And for all of it: a permission that nothing needs would be one too many."""
    api = serve()
    files.put("a.jsonl", LINE)
    files.count(files.put("b.jsonl", LINE * 10))
    files.intend(files.put("c.jsonl", lately(clock)))
    cloud.calls.reset()

    for path in ("/", "/file?bucket=x&key=y", "/ready"):
        api.ask(path)
    notify(api, wired, key="k1")
    notify(api, wired, key="k1")
    notify(api, wired, prefix="b")

    calls = [call for call in cloud.calls.of() if call.operation != TRANSACTION]
    asked = {action(call.service, call.operation) for call in calls} | {OF_TRANSACTIONS["Put"]}
    assert asked == permitted().api
