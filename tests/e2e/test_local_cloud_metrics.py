"""The local CloudWatch refuses what AWS refuses, as a whole, and can be late."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from local.clock import VirtualClock
from local.cloud import Cloud
from local.metric_data import MetricDatum

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DatapointTypeDef

NAMESPACE = "Tests"
FORM = "application/x-www-form-urlencoded"
DAY_S = 24 * 3600
HOUR_S = 3600


@pytest.fixture
def cloudwatch(aws: boto3.Session, cloud: Cloud) -> "CloudWatchClient":
    """A client that sends anything, so that it is the cloud that refuses."""
    return aws.client("cloudwatch", endpoint_url=cloud.endpoint, config=Config(parameter_validation=False))


def _datum(**more: Any) -> dict[str, Any]:
    return {"MetricName": "errors", "Value": 1.0} | more


def _dimensions(count: int, value: str = "v") -> list[dict[str, str]]:
    return [{"Name": f"d{n}", "Value": value} for n in range(count)]


def _put(cloudwatch: "CloudWatchClient", data: Sequence[Any], *, namespace: str = NAMESPACE) -> None:
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def _points(cloudwatch: "CloudWatchClient", clock: VirtualClock, metric: str = "errors") -> "list[DatapointTypeDef]":
    now = clock()
    return cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=metric,
        StartTime=datetime.fromtimestamp(now - 20 * HOUR_S, UTC),
        EndTime=datetime.fromtimestamp(now + 3 * HOUR_S, UTC),
        Period=60,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum"],
    )["Datapoints"]


REFUSED = {
    "a value that is no number": (_datum(Value=float("nan")), "InvalidParameterValue", "Value"),
    "an infinite value": (_datum(Value=float("inf")), "InvalidParameterValue", "Value"),
    "a value too large": (_datum(Value=2.0**360 * 1.01), "InvalidParameterValue", "Value"),
    "a value too small": (_datum(Value=-(2.0**360) * 1.01), "InvalidParameterValue", "Value"),
    "no value": ({"MetricName": "errors"}, "MissingParameter", "Value"),
    "value and values": (_datum(Values=[1.0]), "InvalidParameterCombination", "Values"),
    "151 values": (
        {"MetricName": "errors", "Values": list(range(151)), "Counts": [1] * 151},
        "InvalidParameterValue",
        "Values",
    ),
    "values without their counts": (
        {"MetricName": "errors", "Values": [1, 2], "Counts": [1]},
        "InvalidParameterCombination",
        "Counts",
    ),
    "a count that is no number": (
        {"MetricName": "errors", "Values": [1], "Counts": [float("nan")]},
        "InvalidParameterValue",
        "Counts.member.1",
    ),
    "31 dimensions": (_datum(Dimensions=_dimensions(31)), "InvalidParameterValue", "Dimensions"),
    "an empty dimension value": (
        _datum(Dimensions=_dimensions(1, "")),
        "MissingParameter",
        "Dimensions.member.1.Value",
    ),
    "a blank dimension value": (
        _datum(Dimensions=_dimensions(1, " \t")),
        "InvalidParameterValue",
        "Dimensions.member.1.Value",
    ),
    "a dimension value that is not ASCII": (
        _datum(Dimensions=_dimensions(1, "zürich")),
        "InvalidParameterValue",
        "Dimensions.member.1.Value",
    ),
    "a control character": (
        _datum(Dimensions=_dimensions(1, "a\x07b")),
        "InvalidParameterValue",
        "Dimensions.member.1.Value",
    ),
    "a dimension value of 1025 characters": (
        _datum(Dimensions=_dimensions(1, "v" * 1025)),
        "InvalidParameterValue",
        "Dimensions.member.1.Value",
    ),
    "an empty metric name": (_datum(MetricName=""), "MissingParameter", "MetricName"),
    "an unknown unit": (_datum(Unit="Errors"), "InvalidParameterValue", "Unit"),
}


@pytest.mark.parametrize(("bad", "code", "member"), REFUSED.values(), ids=REFUSED.keys())
def test_one_bad_datum_refuses_the_whole_request(
    cloudwatch: "CloudWatchClient", cloud: Cloud, clock: VirtualClock, bad: dict[str, Any], code: str, member: str
) -> None:
    """Nothing of it can be read, neither the good before nor the good behind; the message names the member."""
    with pytest.raises(ClientError) as refused:
        _put(cloudwatch, [_datum(), bad, _datum()])

    error = refused.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error["Error"]["Code"] == code
    assert f"MetricData.member.2.{member}" in error["Error"]["Message"]
    assert not cloud.accepted
    assert not _points(cloudwatch, clock)


@pytest.mark.parametrize("age_s", [14 * DAY_S + 2, -(2 * HOUR_S + 2)], ids=["two weeks old", "two hours ahead"])
def test_a_time_outside_the_window_refuses_the_whole_request(
    cloudwatch: "CloudWatchClient", cloud: Cloud, clock: VirtualClock, age_s: float
) -> None:
    """By the cloud's clock, wherever it stands."""
    clock.advance(30 * DAY_S)
    with pytest.raises(ClientError, match=r"MetricData\.member\.2\.Timestamp must specify a time") as refused:
        _put(cloudwatch, [_datum(), _datum(Timestamp=clock() - age_s)])

    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert not cloud.accepted


@pytest.mark.parametrize("namespace", ["AWS/EC2", "", ":x", "zürich", "n" * 256])
def test_a_bad_namespace_is_refused(cloudwatch: "CloudWatchClient", cloud: Cloud, namespace: str) -> None:
    """`AWS/` belongs to AWS."""
    with pytest.raises(ClientError, match="Namespace"):
        _put(cloudwatch, [_datum()], namespace=namespace)

    assert not cloud.accepted


def test_1001_data_are_refused_and_1000_are_not(cloudwatch: "CloudWatchClient", cloud: Cloud) -> None:
    """A thousand is the most."""
    with pytest.raises(ClientError, match="1000"):
        _put(cloudwatch, [_datum()] * 1001)

    assert not cloud.accepted
    _put(cloudwatch, [_datum()] * 1000)
    assert len(cloud.accepted) == 1000


def test_a_request_over_one_megabyte_is_refused(cloudwatch: "CloudWatchClient", cloud: Cloud) -> None:
    """It counts before compression, which is how the product counts it."""
    with pytest.raises(ClientError) as refused:
        _put(cloudwatch, [_datum(Dimensions=_dimensions(2, "v" * 600))] * 999)

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert not cloud.accepted


def test_no_data_are_refused(cloudwatch: "CloudWatchClient") -> None:
    """An empty request is a mistake of its sender."""
    with pytest.raises(ClientError) as refused:
        _put(cloudwatch, [])

    assert refused.value.response["Error"]["Code"] == "MissingParameter"


def test_what_is_just_within_the_limits_is_accepted(
    cloudwatch: "CloudWatchClient", cloud: Cloud, clock: VirtualClock
) -> None:
    """Strict is not stricter."""
    limits = [
        _datum(Timestamp=clock() - 14 * DAY_S + 60),
        _datum(Timestamp=clock() + 2 * HOUR_S - 60),
        _datum(Value=2.0**360),
        _datum(Dimensions=_dimensions(30, "v" * 1024)),
        _datum(Dimensions=_dimensions(1, " ~")),
        _datum(MetricName="m" * 255, Unit="Bytes/Second"),
        {"MetricName": "errors", "Values": list(range(150)), "Counts": [2] * 150},
        {
            "MetricName": "set",
            "StatisticValues": {"SampleCount": 2, "Sum": 5, "Minimum": 1, "Maximum": 4},
        },
    ]

    _put(cloudwatch, limits, namespace="n" * 255)

    assert len(cloud.accepted) == len(limits)
    assert cloud.accepted[-2].sample_count == 300
    assert cloud.accepted[-1].sum == 5


def test_counts_can_be_read_back(cloudwatch: "CloudWatchClient", cloud: Cloud, clock: VirtualClock) -> None:
    """`Values=[1] Counts=[n]` is a Sum and a SampleCount of n, also in a body that the SDK compresses."""
    minute = clock() // 60 * 60
    _put(cloudwatch, [{"MetricName": "errors", "Timestamp": minute, "Values": [1], "Counts": [7]}] * 500)

    (point,) = _points(cloudwatch, clock)

    assert (point["Sum"], point["SampleCount"]) == (3500, 3500)
    assert point["Timestamp"] == datetime.fromtimestamp(minute, UTC)
    assert len(cloud.accepted) == 500


def test_the_query_protocol_is_as_strict(cloud: Cloud) -> None:
    """Other tools still speak it."""
    form = (
        "Action=PutMetricData&Version=2010-08-01&Namespace=Tests&MetricData.member.1.MetricName=errors"
        "&MetricData.member.1.Dimensions.member.1.Name=Service&MetricData.member.1.Dimensions.member.1.Value=api"
    )
    good = _post(cloud, FORM, form + "&MetricData.member.1.Values.member.1=1&MetricData.member.1.Counts.member.1=4")
    bad = _post(cloud, FORM, form + "&MetricData.member.1.Value=NaN")

    (datum,) = cloud.accepted
    assert good[0] == 200
    assert (datum.dimensions, datum.sample_count) == ({"Service": "api"}, 4)
    assert bad[0] == 400
    assert b"<Code>InvalidParameterValue</Code>" in bad[1]


def test_a_protocol_that_is_not_spoken_is_refused(cloud: Cloud) -> None:
    """Nothing is dropped in silence."""
    status, _ = _post(
        cloud, "application/cbor", "\xa0", path="/service/GraniteServiceVersion20100801/operation/PutMetricData"
    )

    assert status == 415
    assert cloud.calls.count("cloudwatch", "PutMetricData") == 1


def _post(cloud: Cloud, content_type: str, body: str, *, path: str = "/") -> tuple[int, bytes]:
    credential = "Credential=FAKE/20260101/us-east-1/monitoring/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {credential}", "Content-Type": content_type}
    answer = URLLib3Session().send(AWSRequest("POST", cloud.endpoint + path, headers, body).prepare())
    return answer.status_code, answer.content


def test_metrics_are_readable_late(cloudwatch: "CloudWatchClient", cloud: Cloud, clock: VirtualClock) -> None:
    """What CloudWatch accepted is seen by the test at once, and by the product when its time has come."""
    cloud.delay_metrics(600)
    _put(cloudwatch, [_datum()])

    assert len(cloud.accepted) == 1
    assert not _points(cloudwatch, clock)
    assert not cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]
    clock.advance(601)
    assert len(_points(cloudwatch, clock)) == 1
    assert len(cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]) == 1


def test_each_region_has_metrics_of_its_own(cloud: Cloud, clock: VirtualClock) -> None:
    """Whoever puts and reads in one region reads what was put there, late or not."""
    here, there = (_client(cloud, region) for region in ("eu-west-1", "us-east-1"))
    _put(here, [_datum()])
    cloud.delay_metrics(60)
    _put(here, [_datum()])
    clock.advance(61)

    assert [sum(point["Sum"] for point in _points(client, clock)) for client in (here, there)] == [2.0, 0]
    assert [len(client.list_metrics(Namespace=NAMESPACE)["Metrics"]) for client in (here, there)] == [1, 0]


def _client(cloud: Cloud, region: str) -> "CloudWatchClient":
    client: CloudWatchClient = cloud.session().client("cloudwatch", endpoint_url=cloud.endpoint, region_name=region)
    return client


def _first_is_slow(data: Sequence[MetricDatum]) -> float:
    return 600.0 if data[0].metric == "first" else 60.0


def test_metrics_are_readable_in_order(cloudwatch: "CloudWatchClient", cloud: Cloud, clock: VirtualClock) -> None:
    """Nothing overtakes what was accepted before it, unless the test says so."""
    cloud.delay_metrics(_first_is_slow)
    _put(cloudwatch, [_datum(MetricName="first")])
    _put(cloudwatch, [_datum(MetricName="second")])

    clock.advance(61)
    assert not _points(cloudwatch, clock, "second")
    clock.advance(540)
    assert len(_points(cloudwatch, clock, "first")) == len(_points(cloudwatch, clock, "second")) == 1


def test_metrics_are_readable_in_any_order(cloudwatch: "CloudWatchClient", cloud: Cloud, clock: VirtualClock) -> None:
    """The worst that CloudWatch may do."""
    cloud.delay_metrics(_first_is_slow, in_order=False)
    _put(cloudwatch, [_datum(MetricName="first")])
    _put(cloudwatch, [_datum(MetricName="second")])

    clock.advance(61)

    assert not _points(cloudwatch, clock, "first")
    assert len(_points(cloudwatch, clock, "second")) == 1


def _statistics(cloudwatch: "CloudWatchClient", clock: VirtualClock, *, span_s: float, period_s: int) -> None:
    now = clock()
    cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="errors",
        StartTime=datetime.fromtimestamp(now - span_s, UTC),
        EndTime=datetime.fromtimestamp(now, UTC),
        Period=period_s,
        Statistics=["Sum"],
    )


def test_more_than_1440_points_are_refused(cloudwatch: "CloudWatchClient", clock: VirtualClock) -> None:
    """It is the span that counts, not what is in it."""
    _statistics(cloudwatch, clock, span_s=1440 * 60, period_s=60)
    with pytest.raises(ClientError, match="1,440") as refused:
        _statistics(cloudwatch, clock, span_s=1441 * 60, period_s=60)

    assert refused.value.response["Error"]["Code"] == "InvalidParameterCombination"


def test_minutes_of_long_ago_are_refused(cloudwatch: "CloudWatchClient", clock: VirtualClock) -> None:
    """CloudWatch keeps 1-minute data for 15 days."""
    with pytest.raises(ClientError, match="multiple of 300"):
        _statistics(cloudwatch, clock, span_s=15 * DAY_S + 60, period_s=HOUR_S // 2 + 60)
