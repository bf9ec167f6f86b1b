"""A question → the report of the file that it is about: from the ledger if that has it, else from the object."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from api.answers import Analyzed, Source
from api.asked import Ask
from api.problems import Forbidden, TooLarge
from core.aws.history import History
from core.aws.ledger import Ledger
from core.aws.objects import Objects
from core.errors import NotFound, Transient
from core.examine import Watch, examine, latest
from core.lookup import reported
from core.model import Bucket, ObjectRef, Report, Rule
from core.reports import at_threshold, with_outside
from core.rules import rule_for

T = TypeVar("T")

KEYS_MAX: Final = 50_000  # listed for one answer: ten seconds of S3


class Examined(Struct, frozen=True, kw_only=True):
    """What is answered, and the report and the rule that it was made of."""

    answer: Analyzed
    report: Report
    rule: Rule


class Reports:
    """Makes reports for requests. Only reads. Safe to use from several threads."""

    def __init__(
        self, *, objects: Objects, history: History, ledger: Ledger, rules: Sequence[Rule], buckets: Sequence[str]
    ) -> None:
        self._objects = objects
        self._history = history
        self._ledger = ledger
        self._rules = rules
        self._buckets = frozenset(buckets)

    def may_ask(self, ask: Ask) -> None:
        """Raise Forbidden if nobody may ask about that bucket here."""
        if ask.bucket not in self._buckets:
            raise Forbidden("this bucket is not on the list: LOGTALLY_API_BUCKETS says which may be asked about")

    def examine(self, ask: Ask, *, watch: Watch) -> Examined:
        """Find the file, and report it. Raises NotFound, Usage, Transient, Permanent, and TooLarge when it lasts."""
        bucket = Bucket(ask.bucket)
        try:
            ref = latest(bucket, ask.prefix, objects=self._objects, watch=watch, keys_max=KEYS_MAX)
        except TooLarge as exc:
            raise TooLarge(f"s3://{ask.bucket}/{ask.prefix}: {exc}: name a longer prefix") from exc
        rule = replace(rule_for(self._rules, ref.bucket, ref.key), threshold=ask.threshold)
        known = ours(lambda: reported(ref, history=self._history, ledger=self._ledger))
        counted = known is not None and known.counted
        if known is not None and ask.since is None:
            made = with_outside(at_threshold(known.report, ask.threshold), known.outside)
            source = Source.LEDGER
        else:
            made = self._read(ref, ask, rule=rule, watch=watch)
            source = Source.OBJECT
        return Examined(answer=Analyzed.of(made, source=source, counted=counted), report=made, rule=rule)

    def again(self, report: Report) -> Analyzed:
        """Answer a report of before, with what is known of its file by now."""
        assert report.bucket is not None
        assert report.etag is not None
        ref = ObjectRef(bucket=report.bucket, key=report.key, etag=report.etag)
        known = ours(lambda: reported(ref, history=self._history, ledger=self._ledger))
        return Analyzed.of(report, source=Source.LEDGER, counted=known is not None and known.counted)

    def _read(self, ref: ObjectRef, ask: Ask, *, rule: Rule, watch: Watch) -> Report:
        try:
            return examine(ref, objects=self._objects, rule=rule, since=ask.since, watch=watch)
        except TooLarge as exc:
            raise TooLarge(f"{exc}; on a machine with more time: {ask.command(ref.key)}") from exc


def ours(call: Callable[[], T]) -> T:
    """Answer what `call` does. A table or a topic that is not there is no fault of who asks: raises Transient."""
    try:
        return call()
    except NotFound as exc:
        raise Transient(str(exc)) from exc
