"""One announced object → what goes into the ledger of it. The same for whoever brings objects in."""

from collections.abc import Callable, Sequence

from core.alerts import deduplication_id
from core.analysis import analyse
from core.aws.objects import Body, Gone, Objects, Superseded
from core.cells import data_of
from core.errors import NotFound, Permanent, Usage
from core.growth import Growth, count_growth
from core.heads import is_beyond_memory, to_read, with_ring
from core.inflate import inflate
from core.model import Alert, Effect, End, EndKind, Head, Member, ObjectCreated, Rule
from core.reports import report
from core.rules import grows, rule_for


def take_in(
    created: ObjectCreated,
    *,
    head: Head | None,
    objects: Objects,
    rules: Sequence[Rule],
    topic_arn: str,
    clock: Callable[[], float],
) -> Member | End:
    """Read and analyse an object as it was announced, by its rule.

    `head`: how far its key was counted, as it was known before the object is read; None: not at all, or its rule does
    not ask. `topic_arn`: where it rings if its rule names no topic. What is not there any more, and what can never be
    read, is an End with the reason. Raises Transient, Throttled or Denied when another try may find more.
    """
    ref = created.ref
    rule = rule_for(rules, ref.bucket, ref.key)
    try:
        growth = _growth(created, head=head if grows(rule) else None, objects=objects, rule=rule)
    except NotFound:
        return End(ref=ref, kind=EndKind.GONE, reason="its bucket is deleted")
    except (Permanent, Usage) as exc:
        return End(ref=ref, kind=EndKind.FAILED, reason=str(exc))
    if isinstance(growth, End):
        return growth
    return _member(created, growth, rule=rule, topic_arn=rule.topic_arn or topic_arn, now=clock())


def _growth(created: ObjectCreated, *, head: Head | None, objects: Objects, rule: Rule) -> Growth | End:
    later = End(ref=created.ref, kind=EndKind.SUPERSEDED, reason="a later version of it is counted already")
    if is_beyond_memory(created, head):
        return later
    for wanted in to_read(created, head):
        body = objects.read(wanted.ref)
        if isinstance(body, Body):
            break
    match body:
        case Superseded():
            return End(ref=created.ref, kind=EndKind.SUPERSEDED, reason="overwritten before it was read")
        case Gone():
            return End(ref=created.ref, kind=EndKind.GONE, reason="deleted before it was read")
        case Body():
            chunks = inflate(body.chunks)
            if grows(rule):
                growth = count_growth(
                    chunks,
                    created,
                    head=head,
                    is_current=wanted.must_be_current,
                    rule=rule,
                    written_at=body.last_modified,
                )
                return growth or later
            tally = analyse(chunks, rule=rule, written_at=body.last_modified)
            return Growth(tally=tally, new=tally.cells, head=None)


def _member(created: ObjectCreated, growth: Growth, *, rule: Rule, topic_arn: str, now: float) -> Member:
    ref, effect, head = created.ref, created.effect, growth.head
    made = report(ref, growth.tally, rule=rule)
    rang = head is not None and head.files[-1].rang
    # Not for a version that adds nothing, though the file may never have rung: it was counted without alerts.
    rings = made.alert and effect is Effect.ALL and not rang and bool(growth.new)
    data, outside = data_of(growth.new, now=now, alert=rings) if effect is not Effect.NONE else ((), None)
    bell = Alert(topic_arn=topic_arn, deduplication_id=deduplication_id(ref), report=made, outside=outside)
    return Member(
        ref=ref,
        rule=rule.name,
        report=made,
        data=data,
        outside=outside,
        alert=bell if rings else None,
        effect=effect,
        covered=made.total - sum(cell.errors for cell in growth.new),
        head=with_ring(head) if head is not None and rings else head,
    )
