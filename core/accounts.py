"""What a person is told of the ledger: of a version of an object, and of a slot. Pure; their JSON is for programs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from core.history import Counted, Refusal, State, Version
from core.limits import MINUTE_S
from core.model import NOTICE, Datum, Effect, End, ObjectRef, Report
from core.writers import Outstanding, Slot, Writer


class OnGraph(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a version has on the graph once its push is over."""

    errors: int
    minutes: int  # of services: points on the graph
    first: datetime | None
    last: datetime | None
    alerts: int


class OffGraph(Struct, frozen=True, kw_only=True, rename="camel"):
    """Errors of minutes that CloudWatch does not take any more, or not yet."""

    errors: int
    first: datetime
    last: datetime


class RefusedAccount(Struct, frozen=True, kw_only=True, rename="camel"):
    """A datum that CloudWatch refused."""

    service: str | None  # None: `alertTriggered`
    minute: datetime
    errors: int
    reason: str
    at: datetime


class PushAccount(Struct, frozen=True, kw_only=True, rename="camel"):
    """Which push a version belongs to, and how far its slot is."""

    slot: int
    push: int
    seq: int | None  # of the slot, now; None: it is not in the ledger


class VersionAccount(Struct, frozen=True, kw_only=True, rename="camel"):
    """All that can be said of one version of an object."""

    etag: str
    version_id: str | None
    state: State
    why: str  # the graph shows what it shows
    at: datetime
    expires_at: datetime
    rule: str | None
    report: Report | None  # of the whole file
    covered: int  # of its errors, those that were counted when the file was shorter
    rang: bool | None
    push: PushAccount | None
    on_graph: OnGraph | None
    outside_window: OffGraph | None
    refused: tuple[RefusedAccount, ...]


class Together(Struct, frozen=True, kw_only=True, rename="camel"):
    """What all versions of a key come to on the graph."""

    versions: int  # that the ledger knows
    on_graph: int  # of them
    errors: int  # of those on the graph
    undecided: int  # errors of versions whose push is not over, or whose slot is lost


class Brief(Struct, frozen=True, kw_only=True, rename="camel"):
    """One line about a version."""

    at: datetime
    bucket: str
    key: str
    etag: str
    state: State
    total: int | None  # of the whole file; None: it was not analysed
    covered: int  # of these, those that were counted when the file was shorter
    alert: bool | None  # whether it rang
    outside_window: int
    reason: str | None


class Name(Struct, frozen=True):
    """A version of an object, by name."""

    bucket: str
    key: str
    etag: str


class OutstandingAccount(Struct, frozen=True, kw_only=True, rename="camel"):
    """A push that is not over."""

    push: int
    since: datetime  # when it was intended
    sent_at: datetime  # its latest number
    request: int  # of `requests`, from 1; one more: all are accepted
    requests: int
    alerts: int
    members: tuple[Name, ...]
    notice: str | None  # its name, `notify#<key>`; then there are no members


class SlotAccount(Struct, frozen=True, kw_only=True, rename="camel"):
    """A slot, as it is now."""

    slot: int
    series: str
    seq: int
    used_at: datetime | None  # None: released
    outstanding: OutstandingAccount | None


def account_of(
    version: Version,
    *,
    state: State,
    data: Sequence[Datum],
    refusals: Sequence[Refusal],
    writers: Mapping[Slot, Writer],
) -> VersionAccount:
    """Answer all that can be said of a version. `data`: what it sends; `refusals`: its own."""
    story = version.story
    counted = story if isinstance(story, Counted) else None
    refused = {refusal.datum for refusal in refusals}
    on_graph = _on_graph([datum for datum in data if datum not in refused])
    push = None if counted is None else counted.push
    writer = None if push is None else writers.get(push.slot)
    return VersionAccount(
        etag=version.ref.etag,
        version_id=version.ref.version_id,
        state=state,
        why=_why(version, state, on_graph=on_graph, refusals=refusals),
        at=version.at,
        expires_at=version.expires_at,
        rule=None if counted is None else counted.rule,
        report=None if counted is None else counted.report,
        covered=0 if counted is None else counted.covered,
        rang=None if counted is None else counted.rang,
        push=None
        if push is None
        else PushAccount(slot=push.slot, push=push.push, seq=None if writer is None else writer.seq),
        on_graph=None if counted is None else on_graph,
        outside_window=None if counted is None else _off_graph(counted),
        refused=tuple(map(_refused, refusals)),
    )


def together(accounts: Sequence[VersionAccount]) -> Together:
    """Answer what the versions of a key come to on the graph."""
    sent = [(account.state, account.on_graph.errors) for account in accounts if account.on_graph is not None]
    shown = [errors for state, errors in sent if state is State.SETTLED and errors]
    return Together(
        versions=len(accounts),
        on_graph=len(shown),
        errors=sum(shown),
        undecided=sum(errors for state, errors in sent if state in {State.OUTSTANDING, State.UNKNOWN}),
    )


def brief_of(version: Version, *, state: State) -> Brief:
    """Answer one line about a version."""
    story = version.story
    counted = story if isinstance(story, Counted) else None
    return Brief(
        at=version.at,
        bucket=version.ref.bucket,
        key=version.ref.key,
        etag=version.ref.etag,
        state=state,
        total=None if counted is None else counted.report.total,
        covered=0 if counted is None else counted.covered,
        alert=None if counted is None else counted.rang,
        outside_window=0 if counted is None or counted.outside is None else counted.outside.errors,
        reason=story.reason if isinstance(story, End) else _unreadable(story.report),
    )


def name_of(ref: ObjectRef) -> Name:
    """Answer the name of a version, which is all that makes it another one."""
    return Name(ref.bucket, ref.key, ref.etag)


def slot_of(writer: Writer, *, intended_at: datetime | None) -> SlotAccount:
    """Answer what can be said of a slot. `intended_at`: when the ledger got what its push settles."""
    return SlotAccount(
        slot=writer.slot,
        series=writer.series,
        seq=writer.seq,
        used_at=_utc(writer.used_at) if writer.used_at else None,
        outstanding=None if writer.outstanding is None else _outstanding(writer.outstanding, intended_at),
    )


def _outstanding(outstanding: Outstanding, intended_at: datetime | None) -> OutstandingAccount:
    sent_at = _utc(outstanding.sent_at)
    return OutstandingAccount(
        push=outstanding.push,
        since=intended_at or sent_at,
        sent_at=sent_at,
        request=outstanding.i + 1,
        requests=len(outstanding.requests),
        alerts=len(outstanding.bells),
        members=tuple(map(name_of, outstanding.members)),
        notice=None if outstanding.notice is None else f"{NOTICE}{outstanding.notice.key}",
    )


def _why(version: Version, state: State, *, on_graph: OnGraph, refusals: Sequence[Refusal]) -> str:
    story = version.story
    if isinstance(story, End):
        return f"Not counted: {story.reason}."
    if unreadable := _unreadable(story.report):
        return f"The graph shows nothing of it: {unreadable}."
    total = story.report.total
    outside = 0 if story.outside is None else story.outside.errors
    refused = sum(refusal.datum.count for refusal in refusals if refusal.datum.service is not None)
    missing = [f"{story.covered} are in lines that were counted before, by the rule of then"] * bool(story.covered)
    missing += [f"{outside} are outside CloudWatch's window"] * bool(outside)
    missing += [f"{refused} CloudWatch refuses"] * bool(refused)
    return " ".join(
        [
            _shown(story, state, errors=on_graph.errors),
            *([f"Of {total} errors {' and '.join(missing)}."] if missing else []),
            *(["It was counted without alerts, so it did not ring."] if _is_silenced(story) else []),
        ]
    )


def _unreadable(report: Report) -> str | None:
    """Answer why a report without errors says nothing of its file; None: it says something."""
    if not report.lines or report.malformed < report.lines:
        return None
    which = f"none of its {report.lines} lines can" if report.lines > 1 else "its only line can't"
    return f"{which} be read; a line must be a JSON object of the expected kind"


def _is_silenced(counted: Counted) -> bool:
    return counted.report.alert and counted.effect is Effect.SILENT


def _shown(story: Counted, state: State, *, errors: int) -> str:
    match state:
        case State.EMPTY:
            return _nothing_shown(story)
        case State.OUTSTANDING:
            return f"Its push is not over: the graph shows its {errors} errors, or not yet; nothing is shown twice."
        case State.UNKNOWN:
            return f"The ledger has lost its slot: nobody knows whether the graph shows its {errors} errors."
        case State.SETTLED:
            new = "new " if story.covered else ""
            return f"The graph shows its {errors} {new}errors, once." if errors else "The graph shows nothing of it."
        case _:
            raise AssertionError(f"{state} is an end")


def _nothing_shown(story: Counted) -> str:
    if not story.report.total:
        return "It has no errors, so there is nothing to show."
    if story.effect is Effect.NONE:
        return "It was counted for the ledger alone: the graph shows nothing of it, and it did not ring."
    if story.covered == story.report.total:
        return "It adds no errors, so there is nothing to show."
    return "The graph shows nothing of it."


def _on_graph(data: Sequence[Datum]) -> OnGraph:
    errors = [datum for datum in data if datum.service is not None]
    minutes = [datum.at for datum in errors]
    return OnGraph(
        errors=sum(datum.count for datum in errors),
        minutes=len(minutes),
        first=_utc(min(minutes)) if minutes else None,
        last=_utc(max(minutes)) if minutes else None,
        alerts=sum(datum.count for datum in data if datum.service is None),
    )


def _off_graph(counted: Counted) -> OffGraph | None:
    outside = counted.outside
    if outside is None:
        return None
    return OffGraph(errors=outside.errors, first=_utc(outside.first), last=_utc(outside.last))


def _refused(refusal: Refusal) -> RefusedAccount:
    datum = refusal.datum
    return RefusedAccount(
        service=datum.service,
        minute=_utc(datum.at // MINUTE_S * MINUTE_S),
        errors=datum.count,
        reason=refusal.reason,
        at=refusal.at,
    )


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
