"""A cloud with the product's resources, workers that share one thread, time that nobody waits for, and the truth."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Final

from msgspec.structs import replace

from core.limits import HOUR_S, MINUTE_S, SETTLE_AFTER_S
from core.model import Missing
from core.opening import Surroundings
from core.rule_settings import RuleSettings
from core.settings import Settings
from core.writers import Nonce
from local.cloud import SIGNATURE_AGE_S
from tests.faults.asker import ENVIRONMENT, Asker, about
from tests.faults.files import THRESHOLD, File, file_of, grown
from tests.faults.graph import Broken, Graph
from tests.faults.kinds import Kind
from tests.faults.look import Look
from tests.faults.meddler import Hooks, Meddler, Stopped
from tests.faults.naive import Naive
from tests.faults.stage import Stage
from tests.faults.variants import THE_PRODUCT, Variant
from tests.faults.worker import Worker
from tests.queues import taken_out
from tests.s3_events import created
from worker.parts import assemble

VISIBILITY_S: Final = 300
# What is left comes back, is looked at after the fence and the hold, and once more for the probe's answer.
ROUNDS_S: Final = (6 * MINUTE_S, 40 * MINUTE_S, 6 * MINUTE_S, 6 * MINUTE_S)
ROUNDS_MAX: Final = 48
ASLEEP_S_MIN: Final = HOUR_S  # past everything: fence, hold, visibility
# Long enough for others to settle at once, if they dared to; short enough for an old signature to be taken.
DOZE_ROUNDS: Final = 3
DOZE_ROUND_S: Final = 80.0
assert SETTLE_AFTER_S < DOZE_ROUND_S < DOZE_ROUNDS * DOZE_ROUND_S < SIGNATURE_AGE_S
HELPER: Final = "helper"  # who lives on while another sleeps, and comes when nobody is left
OTHER_ASKERS: Final = ("other asker", "another asker")  # whom a client asks again, that one which does not sleep


class World:
    """One run of a scenario."""

    def __init__(
        self,
        stage: Stage,
        faults: Mapping[int, Kind],
        *,
        variant: Variant = THE_PRODUCT,
        missing: Missing = Missing.END,
        rules: tuple[RuleSettings, ...] = (),
    ) -> None:
        self.cloud, self.clock = stage.cloud, stage.clock
        self.clock.reset()
        # A file that reaches to the edge of CloudWatch's window must not fall out of it because a minute was over.
        self.clock.advance(MINUTE_S - self.clock() % MINUTE_S)
        self.wired = stage.wire()
        self.aws = stage.clients()
        self.look = Look(self.aws, self.wired)
        self.meddler = Meddler(
            dict(faults),
            self.cloud,
            others_live=self._others_live,
            others_live_shortly=self._others_live_shortly,
            others_act=self._others_act,
        )
        self.cloud.signature_age_s = variant.signature_age_s
        self._stage = stage
        self._variant = variant
        self._missing = missing
        self.rules = rules  # of the workers that are started from now on
        self._random = Random(0)
        self._workers: list[Worker | Naive] = []
        self._asked: set[str] = set()  # the keys of all requests
        self._told: set[str] = set()  # of those whose alert is said to be published
        self._waiting: set[str] = set()  # of those that are made again until then
        self.files: list[File] = []
        self._graph = Graph(self.cloud)
        self._asleep: list[str] = []
        self._failure: Exception | None = None  # the first; nothing goes on after it
        self.expected_ends: dict[str, str] = {}  # key → the state of its item, if it is not to be counted
        self.expected_dead = 0  # messages in the dead-letter queue, copies of one not counted

    # --- what a scenario does ----------------------------------------------------------------------------------

    def file(self, *, errors: int = 3, minutes: int = 1, services: int = 1, age_s: float = 0) -> File:
        """Make a file whose services are its own: `errors` in each of its last `minutes`, for each service."""
        number = len(self.files)
        start = int(self.clock() - age_s) // MINUTE_S * MINUTE_S - minutes * MINUTE_S
        cells = [
            (f"f{number}-s{service}", start + MINUTE_S * minute)
            for minute in range(minutes)
            for service in range(services)
        ]
        made = file_of(f"f{number}.jsonl", cells, errors=errors)
        self.files.append(made)
        return made

    def grow(self, file: File, *, errors: int = 1, cut_b: int = 0) -> File:
        """Append lines to a file, of a service of their own; `cut_b`: so many bytes of their end come with the next."""
        number = self.files.index(file)
        cell = (f"f{number}-g{len(file.errors)}", int(self.clock()) // MINUTE_S * MINUTE_S - MINUTE_S)
        self.files[number] = grown(file, cell, errors=errors, cut_b=cut_b)
        return self.files[number]

    def rotate(self, file: File, *, errors: int) -> File:
        """Make another file under the key of one."""
        made = replace(self.file(errors=errors), key=file.key)
        self.files[-1] = made
        return made

    def turn_around(self) -> None:
        """Let the messages that wait come in the other order: a queue promises none."""
        for body in reversed(taken_out(self.aws.sqs, self.wired.queue_url)):
            self.send(body)

    def put(self, file: File) -> None:
        """Upload a file; S3 announces it."""
        self.aws.s3.put_object(Bucket=self.wired.bucket, Key=file.key, Body=file.body)

    def announce(self, file: File, *, times: int = 1) -> None:
        """Announce a file (again), as S3 may."""
        head = self.aws.s3.head_object(Bucket=self.wired.bucket, Key=file.key)
        body = created(self.wired.bucket, file.key, etag=head["ETag"].strip('"'))
        for _ in range(times):
            self.send(body)

    def send(self, body: str) -> None:
        """Send any message."""
        self.aws.sqs.send_message(QueueUrl=self.wired.queue_url, MessageBody=body)

    def worker(self, name: str) -> Worker | Naive:
        """Start a worker process, of whatever variant."""
        if not self._variant.naive:
            return self.product(name)
        made = self._naive(name)
        self._workers.append(made)
        return made

    def product(self, name: str, *, looks: bool = False) -> Worker:
        """Start a worker process of the product, or of what is almost that. If it `looks`, it asks the queue first."""
        made = self._product(name)
        self._workers.append(made)
        if looks:
            made.parts.queue.check()
        return made

    def _naive(self, name: str) -> Naive:
        endpoint = self.cloud.endpoint
        made = Naive(name, self._stage.aws, self.wired, endpoint_url=endpoint, threshold=THRESHOLD)
        hooks = Hooks(name)
        hooks.meddler = self.meddler
        hooks.attach(made.clients.values())
        return made

    def _product(self, name: str) -> Worker:
        stop = threading.Event()
        surroundings = Surroundings(
            clock=self.clock,
            monotonic=self.clock,
            sleep=lambda _: None,
            random=self._random,
            nonce=self._nonce,
        )
        parts = assemble(
            self._settings(),
            self._stage.clients_of(name, self.meddler, sdk_retries=self._variant.sdk_retries),
            surroundings=surroundings,
            fence=self._variant.fence,
            readers=4,
            stop=stop,
        )
        # Whoever uses these has them by now: they change their ways where they are.
        parts.ledger.__class__ = self._variant.ledger
        parts.settler.__class__ = self._variant.settler
        parts.steps.__class__ = self._variant.steps
        return Worker(name, parts)

    def asker(self, name: str) -> Asker:
        """Start a process that answers requests for alerts."""
        return Asker(
            name,
            self._stage.clients_of(name, self.meddler, sdk_retries=self._variant.sdk_retries),
            self.wired,
            variant=self._variant,
            clock=self.clock,
            random=self._random,
            nonce=self._nonce,
        )

    def ask(self, asker: Asker, key: str, *, repeats: bool) -> None:
        """Let a client ask for an alert; if it `repeats`, then whomever it finds, until it is answered."""
        self._asked.add(key)
        if repeats:
            self._waiting.add(key)
        self.act(asker, lambda: self._ask(asker, key))

    def _ask(self, asker: Asker, key: str) -> None:
        if asker.ask(key):
            self._told.add(key)
            self._waiting.discard(key)

    def act(self, worker: Worker | Naive | Asker, what: Callable[[], None]) -> None:
        """Let a process do something, if it lives, and see that no promise is broken by it."""
        if not worker.lives:
            return
        try:
            what()
        except Stopped:
            worker.lives = False
        finally:
            self.check()

    def dies(self, worker: Worker | Naive | Asker) -> None:
        """End a process here."""
        worker.lives = False

    def recover(self) -> None:
        """Let time pass, and whoever lives work, until all is quiet. Raises Broken if a promise is."""
        for number in range(ROUNDS_MAX):
            self.clock.advance(ROUNDS_S[number % len(ROUNDS_S)])
            self._round()
            if self._is_quiet():
                self._check_end()
                return
        raise Broken(f"L: not quiet after {sum(ROUNDS_S) * ROUNDS_MAX / len(ROUNDS_S) / HOUR_S:.0f} hours")

    def _round(self) -> None:
        awake = [worker for worker in self._workers if worker.lives and worker.name not in self._asleep]
        if not awake:
            awake = [self.worker(HELPER)]
        for worker in awake:
            self.act(worker, worker.turn)
            self.act(worker, worker.settle)
        for key in sorted(self._waiting):
            name = next((name for name in OTHER_ASKERS if name not in self._asleep), None)
            if name is not None:
                self.ask(self.asker(name), key, repeats=True)

    # --- what the meddler lets happen ---------------------------------------------------------------------------

    def _others_live(self, sleeper: str) -> None:
        with self._without(sleeper):
            for wait_s in (*ROUNDS_S, *ROUNDS_S):
                self.clock.advance(wait_s)
                self._round()
                if self._is_quiet():
                    break  # nobody has anything to do, but the sleeper
            self.clock.advance(ASLEEP_S_MIN)

    def _others_live_shortly(self, dozer: str) -> None:
        with self._without(dozer):
            for _ in range(DOZE_ROUNDS):
                self.clock.advance(DOZE_ROUND_S)
                self._round()

    def _others_act(self, busy: str) -> None:
        with self._without(busy):
            self._round()

    @contextmanager
    def _without(self, sleeper: str) -> Iterator[None]:
        """Let the others live, in the middle of a call of `sleeper`."""
        with self._remembering():
            self._asleep.append(sleeper)
            try:
                yield
            finally:
                self._asleep.remove(sleeper)

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        """Remember what fails, to raise it again.

        A worker takes any exception in the middle of its call for an answer that was lost, and goes on.
        """
        if self._failure is not None:
            raise self._failure
        try:
            yield
        except Exception as exc:
            self._failure = exc
            raise

    # --- the truth --------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """I1 and I3, at every instant. Raises what failed before, too.

        For each object and cell CloudWatch holds 0 or exactly its count; in a slot each number takes effect once, and
        none after a higher one.
        """
        with self._remembering():
            self._graph.look()
            due = {cell: count for file in self.files for cell, count in file.errors.items()}
            for cell, count in self._graph.counted.items():
                if count != due.get(cell):
                    raise Broken(f"I1: {cell} holds {count}, and the file {due.get(cell)}")
            if self._graph.rung > sum(file.rings for file in self._counting()):
                raise Broken(f"I1: alertTriggered holds {self._graph.rung}")
            if self._graph.asked > len(self._asked):
                raise Broken(f"I1: alertTriggered holds {self._graph.asked} that were asked for, by {self._asked}")

    def _counting(self) -> list[File]:
        return [file for file in self.files if file.key not in self.expected_ends]

    def _is_quiet(self) -> bool:
        return not self.look.messages() and not self._outstanding() and not self._waiting

    def _outstanding(self) -> int:
        return sum("outstanding" in item for item in self.look.slots())

    def _check_end(self) -> None:
        """Nothing is lost: all is counted, or its reason is in the ledger; every alert came, under its one name."""
        for file in self._counting():
            missing = [cell for cell in file.errors if not self._graph.counted[cell]]
            if set(missing) - file.outside or (missing and not self._has_reason(file)):
                raise Broken(f"I1: of {file.key} CloudWatch does not hold {missing}, and the ledger does not say why")
        due = sum(file.rings for file in self._counting())
        if self._graph.rung != due:
            raise Broken(f"I1: alertTriggered holds {self._graph.rung}, and {due} files ring")
        # A request whose process died may have come to the ledger, or not: it goes by what is there.
        noticed = {key for key in self._asked if self.look.notice(key)}
        if self._graph.asked != len(noticed):
            raise Broken(f"I1: alertTriggered holds {self._graph.asked} that were asked for, by {noticed}")
        if not self._told <= noticed:
            raise Broken(f"I2: of {self._told}, whose alerts are said to be published, the ledger holds {noticed}")
        self._check_alerts(noticed)
        self._check_ends()
        if not self._variant.naive:  # it has no ledger
            self._check_ledger()

    def _has_reason(self, file: File) -> bool:
        return any(
            "outside_window" in item or item["sk"]["S"].startswith("refused#") for item in self.look.object(file.key)
        )

    def _check_alerts(self, noticed: set[str]) -> None:
        ids: dict[str, set[str]] = {}
        for message in self.look.alerts():
            attributes = json.loads(message["Body"])["MessageAttributes"]
            ids.setdefault(attributes["file_directory"]["Value"], set()).add(attributes["deduplication_id"]["Value"])
        due = {file.key for file in self._counting() if file.rings} | set(map(about, noticed))
        if set(ids) != due or any(len(names) > 1 for names in ids.values()):
            raise Broken(f"I4: alerts came {ids}, and {due} ring")

    def _check_ends(self) -> None:
        for file in self.files:
            if file.key in self.expected_ends:
                states = {item["state"]["S"] for item in self.look.object(file.key) if "state" in item}
                if states != {self.expected_ends[file.key]}:
                    raise Broken(f"I2: {file.key} is {states}, not {self.expected_ends[file.key]}")
        dead = {message["Body"] for message in self.look.dead_letters()}
        if len(dead) != self.expected_dead:
            raise Broken(f"I2: {len(dead)} different dead letters, not {self.expected_dead}")

    def _check_ledger(self) -> None:
        """The queue is empty: what was in it is in the ledger, under a push, or it would be counted again."""
        for file in self._counting():
            if not any("push" in item and "state" in item for item in self.look.object(file.key)):
                raise Broken(f"I2: the ledger does not hold {file.key}")

    def _nonce(self) -> Nonce:
        return Nonce(str(uuid.UUID(int=self._random.getrandbits(128))))

    def _settings(self) -> Settings:
        wired = self.wired
        return Settings(
            queue_url=wired.queue_url,
            dead_queue_url=wired.dead_queue_url,
            table=wired.table,
            topic_arn=wired.topic_arn,
            environment=ENVIRONMENT,
            threshold=THRESHOLD,
            missing=self._missing,
            rules=self.rules,
            linger_s=0,
            visibility_timeout_s=VISIBILITY_S,
        )
