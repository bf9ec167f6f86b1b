"""How far backfills have come, as the ledger's table keeps it."""

from datetime import UTC, datetime

import boto3
import pytest
from msgspec.structs import replace

from core.aws import clients
from core.aws.history import History
from core.aws.points import KEPT_S, Point, Points
from core.aws.table import Table
from core.errors import Denied, Transient
from core.model import Bucket, ObjectKey
from local.cloud import Cloud
from local.faults import DENIED, Fail, Fault, LoseAnswer
from local.wiring import Wired

LOGS = Bucket("logs")
NOW = 1_795_545_286.0
POINT = Point(place="prod/ü 7.jsonl", began_at=datetime(2026, 11, 24, 22, 0, tzinfo=UTC))


@pytest.fixture
def table(cloud: Cloud, aws: boto3.Session, wired: Wired) -> Table:
    client = clients.dynamodb(aws, endpoint_url=cloud.endpoint)
    return Table(client, wired.table, sleep=lambda _: None, jitter=lambda: 0.0)


@pytest.fixture
def points(table: Table) -> Points:
    return Points(table)


def test_a_point_is_found_as_it_was_kept(points: Points) -> None:
    """Also one whose place is any key."""
    points.keep(LOGS, "prod/", "pass", POINT, at=NOW)

    assert points.find(LOGS, "prod/", "pass") == POINT


def test_nothing_is_found_where_nobody_has_been(points: Points) -> None:
    """Then a pass begins at the beginning."""
    assert points.find(LOGS, "prod/", "pass") is None


def test_the_last_point_wins(points: Points) -> None:
    """Each of them is true, and this one saves the most."""
    points.keep(LOGS, "prod/", "pass", POINT, at=NOW)
    later = replace(POINT, place="prod/z.jsonl")
    points.keep(LOGS, "prod/", "pass", later, at=NOW + 5)

    assert points.find(LOGS, "prod/", "pass") == later


def test_a_pass_that_is_over_leaves_no_point(points: Points) -> None:
    """The next one begins anew: more may have been put there."""
    points.keep(LOGS, "prod/", "pass", POINT, at=NOW)
    points.keep(LOGS, "prod/", "pass", None, at=NOW + 5)

    assert points.find(LOGS, "prod/", "pass") is None


@pytest.mark.parametrize(
    ("bucket", "prefix", "name"),
    [("logs", "prod/", "other"), ("logs", "prod", "pass"), ("logs", "", "pass"), ("logs2", "prod/", "pass")],
)
def test_the_points_of_others_are_left_alone(points: Points, bucket: str, prefix: str, name: str) -> None:
    """Another bucket, another prefix, or other options: they have passed by other files."""
    others = replace(POINT, place="other")
    points.keep(Bucket(bucket), prefix, name, others, at=NOW)
    points.keep(LOGS, "prod/", "pass", POINT, at=NOW)
    points.keep(LOGS, "prod/", "pass", None, at=NOW)

    assert points.find(Bucket(bucket), prefix, name) == others


def test_a_point_that_nobody_comes_back_for_expires(points: Points, table: Table) -> None:
    """After a month, by DynamoDB's own clean-up."""
    points.keep(LOGS, "prod/", "pass", POINT, at=NOW)
    (item,) = table.query("pk = :pk", {":pk": "backfill#logs/prod/"})

    assert item["expires_at"]["N"] == str(int(NOW) + KEPT_S)


def test_a_point_is_no_object_of_the_ledger(points: Points, table: Table) -> None:
    """Whoever lists what was counted does not meet it."""
    points.keep(LOGS, "prod/a", "pass", POINT, at=NOW)
    history = History(table)
    day = datetime.fromtimestamp(NOW, UTC).date()

    assert history.known(LOGS, ObjectKey("prod/a")).versions == ()
    assert list(history.recent(newest=day, oldest=day)) == []


def test_a_point_whose_answer_was_lost_is_kept_all_the_same(points: Points, cloud: Cloud) -> None:
    """It may be written twice."""
    with cloud.faults.inject(Fault(service="dynamodb", operation="PutItem", kind=LoseAnswer())):
        points.keep(LOGS, "prod/", "pass", POINT, at=NOW)

    assert cloud.faults.struck == 1
    assert points.find(LOGS, "prod/", "pass") == POINT


@pytest.mark.parametrize(("kind", "failure"), [(DENIED, Denied), (Fail(), Transient)], ids=["denied", "500"])
def test_a_point_that_can_not_be_read_is_not_taken_for_none(
    points: Points, cloud: Cloud, kind: Fail, failure: type[Transient]
) -> None:
    """Else a pass of days would begin anew."""
    points.keep(LOGS, "prod/", "pass", POINT, at=NOW)

    with (
        cloud.faults.inject(Fault(service="dynamodb", operation="GetItem", kind=kind, nth=None)),
        pytest.raises(failure),
    ):
        points.find(LOGS, "prod/", "pass")
