"""When the graph is right, and what it can't be blamed for."""

from datetime import UTC, datetime

import pytest

from core.balance import SENT_S_MAX, Line, Share, Shown, Standing, compare, readable_from
from core.history import Counted, PushRef, State, Version, state_of
from core.limits import DAY_S, HOUR_S
from core.model import Bucket, Datum, End, EndKind, ETag, Minute, ObjectKey, ObjectRef, Report
from core.writers import Nonce, Outstanding, Seq, Series, Slot, Writer

AT = Minute(1_800_000_000)  # a full minute
REF = ObjectRef(bucket=Bucket("logs"), key=ObjectKey("a"), etag=ETag("e"))
REPORT = Report(
    bucket=REF.bucket,
    key=REF.key,
    etag=REF.etag,
    total=3,
    by_service={"orders": 3},
    alert=False,
    threshold=10,
    since=None,
    lines=3,
    malformed=0,
    undated=0,
    first_error=None,
    last_error=None,
    notes=(),
)


def _version(*, push: int | None = 5, at: float = AT, end: EndKind | None = None) -> Version:
    moment = datetime.fromtimestamp(at, UTC)
    counted = Counted(
        report=REPORT, rule="default", outside=None, push=None if push is None else PushRef(Slot(0), Seq(push))
    )
    story = counted if end is None else End(ref=REF, kind=end, reason="why")
    return Version(ref=REF, at=moment, expires_at=moment, story=story)


def _writer(seq: int, *, push: int | None = None) -> dict[Slot, Writer]:
    outstanding = (
        None if push is None else Outstanding(push=Seq(push), members=(), requests=(), i=0, bells=(), sent_at=0)
    )
    writer = Writer(
        slot=Slot(0), series=Series("0" * 8), seq=Seq(seq), by=Nonce("n"), used_at=0, outstanding=outstanding
    )
    return {Slot(0): writer}


@pytest.mark.parametrize(
    ("version", "writers", "state"),
    [
        (_version(), _writer(5), State.SETTLED),
        (_version(), _writer(9), State.SETTLED),
        (_version(), _writer(9, push=8), State.SETTLED),
        (_version(), _writer(5, push=5), State.OUTSTANDING),
        (_version(), _writer(7, push=5), State.OUTSTANDING),
        (_version(), _writer(4), State.UNKNOWN),
        (_version(), {}, State.UNKNOWN),
        (_version(push=None), {}, State.EMPTY),
        (_version(end=EndKind.GONE), {}, State.GONE),
        (_version(end=EndKind.FAILED), {}, State.FAILED),
        (_version(end=EndKind.SUPERSEDED), {}, State.SUPERSEDED),
    ],
)
def test_a_state_follows_from_the_slot(version: Version, writers: dict[Slot, Writer], state: State) -> None:
    """Settled is derived: nothing, or another push, is outstanding there."""
    assert state_of(version, writers) is state


@pytest.mark.parametrize(
    ("due", "outstanding", "fresh", "graph", "samples", "standing"),
    [
        (3, 0, 0, 3, 3, Standing.EQUAL),
        (0, 0, 3, 3, 3, Standing.EQUAL),
        (3, 2, 1, 3, 3, Standing.OPEN),
        (3, 2, 1, 5, 5, Standing.OPEN),
        (3, 2, 1, 6, 6, Standing.EQUAL),
        (3, 2, 1, 2, 2, Standing.DIFFERS),
        (3, 2, 1, 7, 7, Standing.DIFFERS),
        (3, 0, 0, 0, 0, Standing.DIFFERS),
        (0, 0, 0, 1, 1, Standing.DIFFERS),
        (3, 0, 0, 3, 1, Standing.DIFFERS),
    ],
)
def test_the_graph_must_lie_between_what_is_due_and_what_may_be_there(
    due: int, outstanding: int, fresh: int, graph: float, samples: float, standing: Standing
) -> None:
    """In its sum, and in its number of samples."""
    line = Line(
        minute=datetime.fromtimestamp(AT, UTC),
        service="orders",
        due=due,
        outstanding=outstanding,
        fresh=fresh,
        graph=graph,
        samples=samples,
    )

    assert line.standing is standing


@pytest.mark.parametrize(
    ("age_s", "after_s"),
    [(0, 0), (HOUR_S, 0), (4 * HOUR_S, 2 * HOUR_S), (30 * HOUR_S, 48 * HOUR_S), (10 * DAY_S, 48 * HOUR_S)],
)
def test_an_older_minute_becomes_readable_later(age_s: int, after_s: int) -> None:
    """As CloudWatch's own documentation has it; and a push in doubt may be sent an hour later."""
    assert readable_from(AT - age_s, sent_at=AT) == AT + SENT_S_MAX + after_s


def test_each_datum_is_in_one_pile() -> None:
    """Settled and readable, settled and fresh, or outstanding; minutes outside the span are left out."""
    data = (Datum(AT + 5, "orders", 3), Datum(AT - 30 * HOUR_S, "orders", 4), Datum(AT + 60, "orders", 9))
    shares = [
        Share(version=_version(), state=State.SETTLED, data=data),
        Share(version=_version(), state=State.OUTSTANDING, data=(Datum(AT, "orders", 2), Datum(AT, None, 1))),
    ]
    since, until = Minute(AT - 30 * HOUR_S), Minute(AT + 60)

    lines = compare(shares, {(AT, "auth"): Shown(1, 1)}, since=since, until=until, now=AT + 2 * HOUR_S)

    assert [(line.place, line.due, line.outstanding, line.fresh, line.graph) for line in lines] == [
        ((since, "orders"), 0, 0, 4, 0),
        ((AT, None), 0, 1, 0, 0),
        ((AT, "auth"), 0, 0, 0, 1),
        ((AT, "orders"), 3, 2, 0, 0),
    ]
