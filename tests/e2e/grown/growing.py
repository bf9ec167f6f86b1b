"""One key that is uploaded again and again, workers that count it, and what comes of it."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from core.accounts import VersionAccount
from core.aws.history import History
from core.aws.table import Table
from core.history import Known
from core.lookup import accounts
from core.model import Bucket, ObjectKey
from core.rule_settings import RuleSettings
from tests.e2e.hands import errors_in
from tests.faults.stage import Stage
from tests.faults.worker import Worker
from tests.faults.world import World
from tests.queues import taken_out

KEY: Final = ObjectKey("app.jsonl")


class Growing:
    """It rings from ten errors on."""

    def __init__(self, stage: Stage, *, rules: tuple[RuleSettings, ...] = ()) -> None:
        self.world = World(stage, {}, rules=rules)
        self.worker = self.another_worker()
        self._minute = datetime.fromtimestamp(self.world.clock() // 60 * 60 - 600, UTC)

    def another_worker(self) -> Worker:
        """Start one more."""
        return self.world.product(f"worker {len(self.world.meddler.called)}")

    def lines(self, service: str, count: int = 1, *, level: str = "ERROR") -> bytes:
        """Answer some lines of a service."""
        line = f'{{"ts":"{self._minute:%Y-%m-%dT%H:%M:%S}Z","service":"{service}","level":"{level}"}}\n'
        return line.encode() * count

    def put(self, *parts: bytes) -> None:
        """Upload the file; S3 announces it."""
        self.world.aws.s3.put_object(Bucket=self.world.wired.bucket, Key=KEY, Body=b"".join(parts))

    def count(self, *parts: bytes) -> None:
        """Upload the file, and let the worker count it."""
        self.put(*parts)
        self.worker.turn()

    def etag(self) -> str:
        """Answer the ETag of the current version."""
        return self.world.aws.s3.head_object(Bucket=self.world.wired.bucket, Key=KEY)["ETag"].strip('"')

    def announced(self) -> list[str]:
        """Take what S3 has announced out of the queue, the oldest first, to be sent again in another order."""
        return taken_out(self.world.aws.sqs, self.world.wired.queue_url)

    def handle(self, bodies: Iterable[str]) -> None:
        """Let the worker handle messages, one after the other."""
        for body in bodies:
            self.world.send(body)
            self.worker.turn()

    @property
    def graph(self) -> dict[str, int]:
        """What CloudWatch holds, by service; by no service: the alerts."""
        counts: Counter[str] = Counter()
        for (service, _), errors in errors_in(self.world.cloud).items():
            counts[service] += errors
        return dict(counts)

    @property
    def alerts(self) -> int:
        """How many alerts came since the last look."""
        return len(self.world.look.alerts())

    @property
    def left(self) -> int:
        """How many messages are in the queue."""
        return self.world.look.messages()

    def calls(self, operation: str) -> int:
        """How often workers called an operation."""
        return [called for _, called in self.world.meddler.called].count(operation)

    @property
    def known(self) -> Known:
        """What the ledger holds of the key."""
        return self._history().known(Bucket(self.world.wired.bucket), KEY)

    @property
    def accounts(self) -> list[VersionAccount]:
        """What a person is told of it, the oldest version first."""
        told = accounts(self.known, history=self._history(), ledger=self.worker.parts.ledger)
        return list(reversed(told))

    def _history(self) -> History:
        table = Table(self.world.aws.dynamodb, self.world.wired.table, sleep=lambda _: None, jitter=lambda: 0.0)
        return History(table)
