"""Each kind of failure has one consequence. The rows here are those of the table in `docs/failures.md`."""

import gzip
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import structlog
from msgspec import Struct
from msgspec.structs import replace
from structlog.testing import capture_logs

from core.limits import CELLS_MAX, HOUR_S
from core.meters import Metric
from core.model import Missing
from local.faults import DENIED, EXPIRED_TOKEN, BreakBody, Fail, Fault, Kind, LoseRequest, Refuse
from local.wiring import RECEIVES_MAX
from tests.faults.files import File
from tests.faults.stage import Stage
from tests.faults.worker import Worker
from tests.faults.world import World

pytestmark = pytest.mark.slow

PAGE: Final = Path(__file__).parents[2] / "docs" / "failures.md"
GET: Final = ("s3", "GetObject")


class Seen(Struct, frozen=True, kw_only=True):
    """What a user sees after a worker's first try."""

    state: str | None = None  # of the object in the ledger; None: nothing of it
    dead: str | None = None  # how the reason of the dead letter begins; None: there is none
    waits: bool = False  # whether the message is in the queue, or in hand
    ready: bool = True


class Case(Struct, frozen=True, kw_only=True):
    """A failure, and its one consequence."""

    name: str  # as the page has it
    sees: Seen
    happens: Callable[[World, File], object] = lambda world, file: world.put(file)
    fails: tuple[str, str] | None = None  # service and operation; None: nothing there
    kind: Kind | None = None
    nth: int | None = None  # of these calls; None: each
    missing: Missing = Missing.END
    counted: bool = False  # in the end, when what failed works again


def _body(change: Callable[[bytes], bytes]) -> Callable[[World, File], object]:
    return lambda world, file: world.put(replace(file, body=change(file.body)))


def _put_and_deleted(world: World, file: File) -> None:
    world.put(file)
    bucket = world.wired.bucket
    for version in world.aws.s3.list_object_versions(Bucket=bucket, Prefix=file.key)["Versions"]:
        world.aws.s3.delete_object(Bucket=bucket, Key=file.key, VersionId=version["VersionId"])


def _received_often(world: World, file: File) -> None:
    world.put(file)
    for _ in range(RECEIVES_MAX - 1):
        world.aws.sqs.receive_message(QueueUrl=world.wired.queue_url, VisibilityTimeout=0, WaitTimeSeconds=0)


WAITS: Final = Seen(waits=True)
CASES: Final = (
    Case(
        name="The message is no S3 event",
        happens=lambda world, _: world.send("hello"),
        sees=Seen(dead="not an S3 event"),
    ),
    Case(
        name="The object is packed, and ends too early",
        happens=_body(lambda body: gzip.compress(body)[:-5]),
        sees=Seen(state="failed", dead="truncated gzip"),
    ),
    Case(
        name="The object is not text", happens=_body(lambda _: bytes(100)), sees=Seen(state="failed", dead="not text")
    ),
    Case(
        name="The object is an archive, or packed in another way",
        happens=_body(lambda body: b"PK\x03\x04" + body),
        sees=Seen(state="failed", dead="a zip archive"),
    ),
    Case(
        name="The object is over a limit",
        happens=_body(lambda _: _over_the_limit()),
        sees=Seen(state="failed", dead="over the limits"),
    ),
    Case(name="The object was deleted: `end`", happens=_put_and_deleted, sees=Seen(state="gone")),
    Case(
        name="The object was deleted: `dlq`",
        happens=_put_and_deleted,
        missing=Missing.DLQ,
        sees=Seen(state="gone", dead="deleted before it was read"),
    ),
    Case(name="The object was deleted: `retry`", happens=_put_and_deleted, missing=Missing.RETRY, sees=WAITS),
    Case(
        name="The object may not be read",
        fails=GET,
        kind=Refuse(code="AccessDenied", status=403),
        sees=WAITS,
        counted=True,
    ),
    Case(
        name="Its KMS key may not be used",
        fails=GET,
        kind=Refuse(code="KMS.DisabledException", status=400),
        sees=WAITS,
        counted=True,
    ),
    Case(name="S3 throttles", fails=GET, kind=Refuse(code="SlowDown", status=503), sees=WAITS, counted=True),
    Case(name="S3 fails", fails=GET, kind=Fail(status=500), sees=WAITS, counted=True),
    Case(name="S3 can't be reached", fails=GET, kind=LoseRequest(), sees=WAITS, counted=True),
    Case(name="The body breaks off", fails=GET, kind=BreakBody(), nth=1, sees=Seen(state="pushed"), counted=True),
    Case(
        name="It failed, and SQS would not let it come back",
        happens=_received_often,
        fails=GET,
        kind=Refuse(code="AccessDenied", status=403),
        sees=Seen(dead=f"received {RECEIVES_MAX} times, and at last: s3://"),
    ),
    Case(
        name="The ledger takes nothing",
        fails=("dynamodb", "TransactWriteItems"),
        kind=DENIED,
        sees=Seen(waits=True, ready=False),
        counted=True,
    ),
    Case(
        name="CloudWatch takes nothing",
        fails=("cloudwatch", "PutMetricData"),
        kind=DENIED,
        sees=Seen(state="pushed", ready=False),
        counted=True,
    ),
    Case(
        name="An alert can't be published",
        fails=("sns", "Publish"),
        kind=DENIED,
        sees=Seen(state="pushed"),
        counted=True,
    ),
    Case(
        name="The credentials are missing, wrong or expired",
        fails=("sqs", "ReceiveMessage"),
        kind=EXPIRED_TOKEN,
        sees=Seen(waits=True, ready=False),
        counted=True,
    ),
)


def _over_the_limit() -> bytes:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    minutes = (start + timedelta(minutes=n) for n in range(CELLS_MAX + 1))
    return b"".join(b'{"level":"ERROR","ts":"%s"}\n' % at.isoformat().encode() for at in minutes)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_failure_has_one_consequence(stage: Stage, case: Case) -> None:
    """Nothing is deleted because it failed; what may work another time is tried again, and counted once."""
    world = World(stage, {}, missing=case.missing)
    file = world.file(errors=12)
    case.happens(world, file)
    worker = world.product("first", looks=True)

    with world.cloud.faults.inject(*_faults(case)):
        worker.turn()
        worker.parts.turns.receive(wait_s=0)
    seen = _seen(world, file, worker)

    assert _was_tried(world, case)
    assert seen.dead is None or case.sees.dead is not None
    assert (seen.dead or "").startswith(case.sees.dead or "")
    assert replace(seen, dead=case.sees.dead) == case.sees
    assert _counted_in_the_end(world, file, worker) is case.counted


def test_lines_that_cannot_be_read_are_told_as_a_metric(stage: Stage) -> None:
    """Their file is counted, and looks like one without errors: nothing else would ring."""
    world = World(stage, {})
    file = world.file(errors=2)
    world.put(replace(file, body=file.body + b"Traceback\n" * 3))
    worker = world.product("first")

    worker.turn()

    counts = worker.parts.meters.take().counts
    assert (counts[Metric.OBJECTS], counts[Metric.MALFORMED]) == (1, 3)


@pytest.fixture
def said(stage: Stage) -> Iterator[list[MutableMapping[str, Any]]]:
    """The lines of the worker's log, which a stage does not show."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.BoundLogger)
    with capture_logs() as lines:
        yield lines
    structlog.configure(wrapper_class=before)


@pytest.mark.parametrize(("fails", "event"), [("nothing", "message.buried"), ("SendMessage", "message.hidden")])
def test_a_delivery_ends_in_one_line(
    stage: Stage, said: list[MutableMapping[str, Any]], fails: str, event: str
) -> None:
    """Which says what became of it, and why: whoever adds the lines up counts no message twice."""
    world = World(stage, {})
    worker = world.product("first")
    world.send("hello")

    with world.cloud.faults.inject(Fault(service="sqs", operation=fails, kind=DENIED, nth=None)):
        worker.receive()

    (line,) = [line for line in said if line["event"].startswith("message.")]
    assert line["event"] == event
    assert "not an S3 event" in line["why"]
    assert ("not permitted" in line["why"]) is (event == "message.hidden")


def test_why_objects_were_refused_together_is_said_before_each_goes_alone(
    stage: Stage, said: list[MutableMapping[str, Any]]
) -> None:
    """Alone each may pass, and nobody would ever know."""
    world = World(stage, {})
    worker = world.product("first")
    for _ in range(2):
        world.put(world.file())
    refused = Fault(
        service="dynamodb", operation="TransactWriteItems", kind=Refuse(code="ValidationException", status=400)
    )

    with world.cloud.faults.inject(refused):
        for _ in range(4):
            worker.turn()

    (line,) = [line for line in said if line["event"] == "push.refused_together"]
    assert line["objects"] == 2
    assert "ValidationException" in line["why"]
    assert sum(line["event"] == "object.counted" for line in said) == 2


def test_throttling_halves_what_is_in_work(stage: Stage) -> None:
    """For a minute; others may need the rest."""
    world = World(stage, {})
    world.put(world.file())
    worker = world.product("first")
    slow_down = Fault(service="s3", operation="GetObject", kind=Refuse(code="SlowDown", status=503), nth=None)

    with world.cloud.faults.inject(slow_down):
        worker.receive()
    slow = worker.parts.pace.readers
    world.clock.advance(61)

    assert (slow, worker.parts.pace.readers) == (2, 4)


def test_the_page_lists_every_failure() -> None:
    """In this order."""
    rows = [line.split("|")[1].strip() for line in PAGE.read_text().splitlines() if line.startswith("| ")]

    assert rows[2:] == [case.name for case in CASES]


def _was_tried(world: World, case: Case) -> bool:
    """A message that nobody received would wait, too."""
    if case.fails:
        return world.cloud.faults.struck > 0
    return not case.sees.waits or world.cloud.calls.count("s3", "GetObject") > 0


def _faults(case: Case) -> list[Fault]:
    if case.fails is None or case.kind is None:
        return []
    service, operation = case.fails
    return [Fault(service=service, operation=operation, kind=case.kind, nth=case.nth)]


def _seen(world: World, file: File, worker: Worker) -> Seen:
    states = [item["state"]["S"] for item in world.look.object(file.key) if "state" in item]
    dead = world.aws.sqs.receive_message(
        QueueUrl=world.wired.dead_queue_url, MessageAttributeNames=["All"], VisibilityTimeout=0, WaitTimeSeconds=0
    ).get("Messages", [])
    return Seen(
        state=states[0] if states else None,
        dead=_reason(dead[0]) if dead else None,
        waits=world.look.messages() > 0,
        ready=worker.parts.turns.why_not_ready is None,
    )


def _reason(message: Any) -> str:
    return str(message["MessageAttributes"]["reason"]["StringValue"])


def _counted_in_the_end(world: World, file: File, worker: Worker) -> bool:
    for _ in range(4):
        world.clock.advance(HOUR_S)
        worker.turn()
        worker.settle()
    world.check()
    counted = sum(int(datum.sum) for datum in world.cloud.accepted if datum.metric == "logErrors")
    assert counted in {0, sum(file.errors.values())}
    return counted > 0
