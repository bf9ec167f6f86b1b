"""One announced object → what goes into the ledger of it. The same for whoever brings objects in."""

from collections.abc import Callable, Sequence

from core.alerts import deduplication_id
from core.analysis import analyse
from core.aws.objects import Body, Gone, Objects, Superseded
from core.cells import data_of
from core.errors import NotFound, Permanent, Usage
from core.inflate import inflate
from core.model import Alert, Effect, End, EndKind, Member, ObjectRef, Rule
from core.reports import report
from core.rules import rule_for


def take_in(
    ref: ObjectRef,
    *,
    objects: Objects,
    rules: Sequence[Rule],
    topic_arn: str,
    clock: Callable[[], float],
    effect: Effect = Effect.ALL,
) -> Member | End:
    """Read and analyse an object as it was announced, by its rule; `effect`: what that is to lead to.

    `topic_arn`: where it rings if its rule names no topic. What is not there any more, and what can never be read, is
    an End with the reason. Raises Transient, Throttled or Denied when another try may find more.
    """
    rule = rule_for(rules, ref.bucket, ref.key)
    try:
        body = objects.read(ref)
        match body:
            case Superseded():
                return End(ref=ref, kind=EndKind.SUPERSEDED, reason="overwritten before it was read")
            case Gone():
                return End(ref=ref, kind=EndKind.GONE, reason="deleted before it was read")
            case Body():
                return _member(ref, body, rule=rule, topic_arn=rule.topic_arn or topic_arn, effect=effect, now=clock())
    except NotFound:
        return End(ref=ref, kind=EndKind.GONE, reason="its bucket is deleted")
    except (Permanent, Usage) as exc:
        return End(ref=ref, kind=EndKind.FAILED, reason=str(exc))


def _member(ref: ObjectRef, body: Body, *, rule: Rule, topic_arn: str, effect: Effect, now: float) -> Member:
    tally = analyse(inflate(body.chunks), rule=rule, undated=body.last_modified)
    made = report(ref, tally, rule=rule)
    rings = made.alert and effect is Effect.ALL
    data, outside = data_of(tally.cells, now=now, alert=rings) if effect is not Effect.NONE else ((), None)
    bell = Alert(topic_arn=topic_arn, deduplication_id=deduplication_id(ref), report=made, outside=outside)
    alert = bell if rings else None
    return Member(ref=ref, rule=rule.name, report=made, data=data, outside=outside, alert=alert, effect=effect)
