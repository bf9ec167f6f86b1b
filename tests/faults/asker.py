"""A process that answers requests for alerts, in the thread of a test."""

from collections.abc import Callable
from random import Random
from typing import Final

from core.aws.alerts import Alerts
from core.aws.clients import Clients
from core.aws.metrics import Metrics
from core.errors import LogtallyError
from core.limits import RETENTION_DAYS
from core.meters import Meters
from core.model import Bucket, ETag, NoticeKey, ObjectKey, ObjectRef, Rule, Tally
from core.push import Carrier, Notifier
from core.reports import report
from core.writers import Nonce, Series
from local.wiring import Wired
from tests.faults.variants import Variant

ENVIRONMENT: Final = "test"
RULE: Final = Rule(name="asked", threshold=1)
TALLY: Final = Tally(
    total=3,
    by_service={"orders": 3},
    cells=(),
    lines=3,
    malformed=0,
    undated=0,
    levels=("ERROR",),
    first_error=None,
    last_error=None,
)


class Asker:
    """A process that answers requests for alerts. It keeps nothing from one to the next."""

    def __init__(
        self,
        name: str,
        aws: Clients,
        wired: Wired,
        *,
        variant: Variant,
        clock: Callable[[], float],
        random: Random,
        nonce: Callable[[], Nonce],
    ) -> None:
        self.name = name
        self.lives = True
        self._wired = wired
        ledger = variant.ledger(
            aws.dynamodb, wired.table, retention_days=RETENTION_DAYS, sleep=_wait, jitter=random.random
        )
        metrics = Metrics(
            aws.cloudwatch_put, aws.cloudwatch_read, environment=ENVIRONMENT, fence=variant.fence, monotonic=clock
        )
        alerts = Alerts(aws.sns)
        carrier = Carrier(
            ledger=ledger,
            metrics=metrics,
            alerts=alerts,
            clock=clock,
            sleep=_wait,
            nonce=nonce,
            meters=Meters(random=random),
        )
        self._notifier = Notifier(
            ledger=ledger,
            alerts=alerts,
            carriers=[carrier],
            environment=ENVIRONMENT,
            clock=clock,
            nonce=nonce,
            series=lambda: Series(f"{random.getrandbits(32):08x}"),
            draw=random.randrange,
        )

    def ask(self, key: str) -> bool:
        """Make a request, about an object of its own. Answers whether its alert is said to be published."""
        ref = ObjectRef(bucket=Bucket(self._wired.bucket), key=about(key), etag=ETag("e"))
        made = report(ref, TALLY, rule=RULE)
        try:
            self._notifier.notify(NoticeKey(key), asked=key, report=made, topic_arn=self._wired.topic_arn)
        except LogtallyError:
            return False
        return True


def about(key: str) -> ObjectKey:
    """Answer which object the request of this key is about."""
    return ObjectKey(f"asked-{key}")


def _wait(_seconds: float) -> None:
    """Wait for nothing."""
