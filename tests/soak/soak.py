"""Files under load while calls fail and workers are exchanged; then what it took, and whether everything is right."""

import json
import signal
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from random import Random
from statistics import median_low
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from core.alerts import deduplication_id
from core.balance import Line
from core.limits import MIB
from local.cloud import Cloud, running
from local.crew import DRAIN_S_MAX, FENCE, STOP_S_MAX, Crew, crew
from local.faults import Fault, LoseRequest
from local.truth import Difference
from local.wiring import Wired, wire
from tests.kills.yard import THRESHOLD, Alerts, Yard
from tests.soak.load import POISON_EVERY, Poison, files, named_in
from tests.soak.process import Memory, cpu_s
from tests.soak.weather import Weather, is_a_workers

if TYPE_CHECKING:
    import subprocess

FAULTS_SHARE: Final = 0.02
BACKLOG_MAX: Final = 200  # more is not put: a wait in a long queue says nothing of a worker
LOOK_EVERY: Final = 25  # files
RESTART_EVERY_S: Final = 15.0
START_S_MAX: Final = 30.0
WARM_UP_SHARE: Final = 0.25  # of the time that a worker ran
GROWTH_B_MAX: Final = 24 * MIB
GROWTH_S_MIN: Final = 30  # of a worker that ran for less, nothing can be said
IDLE_CPU_SHARE_MAX: Final = 0.01
RECEIVE_S: Final = 20
DOWN_S: Final = 12.0
DOWN_SETTLED_S: Final = 2.0  # of these: what was on its way ends
DOWN_CALLS_S_MAX: Final = 2.0  # a receive each second; besides, a look for slots, each with its repeats
BACK_S_MAX: Final = 30.0
BACK_FILES: Final = 40

SETTINGS: Final = {"LOGTALLY_THRESHOLD": str(THRESHOLD), "LOGTALLY_LINGER_S": "0.5", "LOGTALLY_LOG_LEVEL": "info"}
# As in an account, where the crew's are made for storms.
SETTINGS_OF_THE_IDLE: Final = {
    "LOGTALLY_THRESHOLD": str(THRESHOLD),
    "LOGTALLY_SETTLE_AFTER_S": "60",
    "LOGTALLY_SETTLE_EVERY_S": "15",
    "LOGTALLY_VISIBILITY_TIMEOUT_S": "300",
    "LOGTALLY_STOP_TIMEOUT_S": "120",
    "LOGTALLY_DRAIN_TIMEOUT_S": "90",
}


class Times(Struct, frozen=True, kw_only=True):
    """How long something took, in seconds."""

    count: int
    p50: float
    p99: float
    longest: float


class Held(Struct, frozen=True, kw_only=True):
    """What one worker held in memory, in bytes."""

    seconds: int
    warm: int
    most: int
    end: int


class Idle(Struct, frozen=True, kw_only=True):
    """A worker that has nothing to do; then one that reaches nothing; then one that does again."""

    seconds: float
    cpu_share: float
    receives: int
    calls: int
    down_calls_s: float
    back_s: float  # until all that came meanwhile was counted


class Soaked(Struct, frozen=True, kw_only=True):
    """What the soak did, what it took, and what is left of it."""

    seed: int
    files: int  # each bytes under each key once
    wanted: int
    packed: int
    put_again: int
    messages: int
    mb: float
    errors: int
    seconds: float  # from the first put until nothing is left
    faults: Mapping[str, int]
    restarts: int
    exits: list[int]  # of workers that were told to stop, other than 0
    drains: Times
    to_ledger: Times
    to_alert: Times
    unknown: int  # files of which no worker said that they are counted
    memory: list[Held]
    calls: Mapping[str, int]
    idle: Idle
    differing: list[Difference]
    ledger_differs: list[Line]
    alerts: Alerts
    poison: int
    dead_letters: int
    poison_missing: list[str]
    dead_not_due: list[str]
    dead_without_reason: list[str]

    @property
    def files_s(self) -> float:
        """Files a second."""
        return self.files / self.seconds

    @property
    def broken(self) -> list[str]:
        """Say which promises are."""
        alerts, idle = self.alerts, self.idle
        grown = [held for held in self.memory if held.end - held.warm > GROWTH_B_MAX and held.seconds >= GROWTH_S_MIN]
        wrong = {
            f"{len(self.differing)} minutes differ from the files": self.differing,
            f"{len(self.ledger_differs)} minutes differ from the ledger": self.ledger_differs,
            f"{len(alerts.missing)} alerts are missing": alerts.missing,
            f"{len(alerts.not_due)} alerts were not due": alerts.not_due,
            f"alertTriggered is {alerts.counted} in {alerts.samples} samples, and {alerts.due} files ring": (
                not alerts.counted == alerts.samples == alerts.due
            ),
            f"{self.unknown} files were counted by nobody": self.unknown,
            f"not in the dead-letter queue: {self.poison_missing}": self.poison_missing,
            f"in the dead-letter queue, and no poison: {self.dead_not_due}": self.dead_not_due,
            f"dead letters without a reason: {self.dead_without_reason}": self.dead_without_reason,
            f"workers that were told to stop ended with {self.exits}": self.exits,
            f"a worker took {self.drains.longest:.1f} s to stop": self.drains.longest > STOP_S_MAX,
            f"memory grew: {grown}": grown,
            f"an idle worker received {idle.receives} times in {idle.seconds:.0f} s": (
                idle.receives > idle.seconds / RECEIVE_S + 1
            ),
            f"a worker without its cloud made {idle.down_calls_s:.1f} calls a second": (
                idle.down_calls_s > DOWN_CALLS_S_MAX
            ),
            f"it took {idle.back_s:.0f} s when the cloud was back": idle.back_s > BACK_S_MAX,
        }
        return [words for words, found in wrong.items() if found]

    def __str__(self) -> str:
        """Say it in some lines."""
        alerts, idle = self.alerts, self.idle
        lines = [
            f"seed {self.seed}: {self.files} files ({self.wanted} wanted), {self.packed} packed, {self.mb:.0f} MB",
            f"{self.put_again} put again, {self.messages} messages, {self.poison} of them poison",
            f"{self.seconds:.0f} s, {self.files_s:.1f} files/s",
            f"{sum(self.faults.values())} faults: "
            + ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items())),
            f"{self.restarts} restarts; to stop, s: {_told(self.drains)}; drain timeout {DRAIN_S_MAX}",
            f"put to ledger, s: {_told(self.to_ledger)}",
            f"put to alert, s: {_told(self.to_alert)}",
            *(
                f"memory of a worker of {held.seconds} s, MiB: {held.warm / MIB:.0f} warm, {held.most / MIB:.0f} at"
                f" most, {held.end / MIB:.0f} at its end"
                for held in sorted(self.memory, key=lambda held: -held.seconds)[:3]
            ),
            "calls for each 1000 files: "
            + ", ".join(f"{name} {count * 1000 / self.files:.0f}" for name, count in sorted(self.calls.items())),
            f"calls for each file, other than GetObject: {self._calls_a_file():.2f}",
            f"idle for {idle.seconds:.0f} s: {idle.cpu_share:.2%} of a core, {idle.receives} of {idle.calls} receive",
            f"without its cloud: {idle.down_calls_s:.2f} calls/s; {BACK_FILES} files {idle.back_s:.1f} s after",
            f"{self.errors} errors: {len(self.differing)} minutes differ from the files",
            f"{len(self.ledger_differs)} minutes differ from the ledger",
            f"{alerts.due} files ring: {alerts.counted} counted, {alerts.came} alerts came",
            f"{len(alerts.missing)} alerts are missing, {len(alerts.not_due)} were not due",
            f"{self.dead_letters} dead letters, {self.dead_letters - self.poison} of them copies",
        ]
        return "\n".join(lines)

    def _calls_a_file(self) -> float:
        return (sum(self.calls.values()) - self.calls.get("GetObject", 0)) / self.files


class Relay:
    """Two workers: one stays to the end, the other is told to stop again and again, when its heir is there."""

    def __init__(self, crew: Crew, memory: Memory) -> None:
        self._crew = crew
        self._memory = memory
        self._steady = self._start()
        self._other = self._start()
        self._next = time.monotonic() + RESTART_EVERY_S
        self._leaving: deque[tuple[float, subprocess.Popen[bytes]]] = deque()
        self.exits: list[int] = []
        self.drains: list[float] = []

    def turn(self) -> None:
        """Exchange a worker, if it is time. Raises AssertionError if one ended by itself."""
        assert [self._steady.poll(), self._other.poll()] == [None, None], self._crew.tail()
        self.collect()
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + RESTART_EVERY_S
        old, self._other = self._other, self._start()
        self._tell(old)

    def end(self) -> None:
        """Tell both to stop, and wait for all."""
        self._tell(self._steady)
        self._tell(self._other)
        while self._leaving:
            self.collect()
            time.sleep(0.02)

    def collect(self) -> None:
        """See who has stopped."""
        for since, process in list(self._leaving):
            took_s = time.monotonic() - since
            if process.poll() is None and took_s > 3 * STOP_S_MAX:
                process.kill()
                process.wait()
            if process.poll() is not None:
                self._leaving.remove((since, process))
                self.exits.append(process.returncode)
                self.drains.append(took_s)

    def _tell(self, process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(signal.SIGTERM)
        self._leaving.append((time.monotonic(), process))

    def _start(self) -> "subprocess.Popen[bytes]":
        process = self._crew.start()
        self._memory.watch(process.pid)
        return process


def soak(*, seed: int, count: int, seconds: float, idle_s: float) -> Soaked:
    """Put at most `count` files within `seconds`, wait until nothing is left, and look at everything."""
    of_files, of_repeats, of_faults = (Random(f"{seed}-{n}") for n in range(3))
    weather = Weather(of_faults, share=FAULTS_SHARE)
    with running(signature_age_s=FENCE["signature_age_s"]) as cloud:
        wired = wire(cloud.session(), endpoint_url=cloud.endpoint)
        yard = Yard(cloud, wired, of_repeats)
        poison = Poison(yard)
        memory = Memory()
        packed = 0
        with crew(cloud, wired, settings=SETTINGS, to_terminal=False) as workers:
            relay = Relay(workers, memory)
            _wait_for_start(workers, 2)
            cloud.calls.reset()
            with memory.looking(), weather.over(cloud):
                began = time.monotonic()
                for number, (file, pack) in enumerate(files(of_files, count)):
                    if time.monotonic() - began > seconds:
                        break
                    yard.put(file, packed=pack)
                    packed += pack
                    yard.repeat()
                    if number % POISON_EVERY == 0:
                        poison.put()
                    if number % LOOK_EVERY == 0:
                        relay.turn()
                        while yard.backlog() > BACKLOG_MAX:
                            relay.turn()
                            time.sleep(0.1)
                yard.wait_until_calm(relay.collect)
                took_s = time.monotonic() - began
                relay.end()
            calls = Counter(call.operation for call in cloud.calls.of() if is_a_workers(call))
            yard.wait_until_calm(lambda: None)
            counted_at = _counted_at(workers)
        idle = _idle(cloud, wired, yard, of_files, seconds=idle_s)
        alerts = yard.alerts()
        dead = [(named_in(body), reason) for body, reason in yard.dead_letters_and_reasons()]
        names = {name for name, _ in dead}
        soaked = yard.uploads[:-BACK_FILES]
        return Soaked(
            seed=seed,
            files=len(soaked),
            wanted=count,
            packed=packed,
            put_again=yard.put_again,
            messages=yard.messages,
            mb=sum(len(upload.file.body) for upload in soaked) / 1e6,
            errors=sum(upload.file.errors for upload in soaked),
            seconds=took_s,
            faults=weather.struck,
            restarts=len(relay.drains) - 2,
            exits=[code for code in relay.exits if code != 0],
            drains=_times(relay.drains),
            to_ledger=_times(
                counted_at[upload.ref.etag] - upload.at for upload in soaked if upload.ref.etag in counted_at
            ),
            to_alert=_times(
                yard.rang_at[name] - upload.at
                for upload in soaked
                if (name := deduplication_id(upload.ref)) in yard.rang_at
            ),
            unknown=sum(upload.ref.etag not in counted_at for upload in soaked),
            memory=[_held(held) for held in memory.held.values() if held],
            calls=calls,
            idle=idle,
            differing=yard.differing(),
            ledger_differs=yard.ledger_differs(),
            alerts=alerts,
            poison=len(poison.due),
            dead_letters=len(dead),
            poison_missing=sorted(poison.due - names),
            dead_not_due=sorted(names - poison.due),
            dead_without_reason=sorted(name for name, reason in dead if not reason),
        )


def _idle(cloud: Cloud, wired: Wired, yard: Yard, random: Random, *, seconds: float) -> Idle:
    """Look at a worker with the settings of an account; take its cloud away, and give it back with work."""
    with crew(cloud, wired, settings=SETTINGS_OF_THE_IDLE, to_terminal=False) as workers:
        process = workers.start()
        _wait_for_start(workers, 1)
        time.sleep(2)
        cloud.calls.reset()
        cpu_before_s, began = cpu_s(process.pid), time.monotonic()
        time.sleep(seconds)
        took_s = time.monotonic() - began
        cpu_share = (cpu_s(process.pid) - cpu_before_s) / took_s
        calls = [call for call in cloud.calls.of() if is_a_workers(call)]
        with cloud.faults.inject(Fault(kind=LoseRequest(), nth=None, where=is_a_workers)):
            # Ends the long poll that is open, so that the worker finds out.
            yard.send(json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"}))
            time.sleep(DOWN_SETTLED_S)
            cloud.calls.reset()
            down_from = time.monotonic()
            for file, pack in files(random, BACK_FILES):
                yard.put(file, packed=pack)
            time.sleep(max(0.0, DOWN_S - DOWN_SETTLED_S - (time.monotonic() - down_from)))
            down_calls = sum(map(is_a_workers, cloud.calls.of()))
            down_s = time.monotonic() - down_from
        back_at = time.monotonic()
        # Not until the queue is empty: of a message that could not be deleted SQS lets go after five minutes.
        while (counted := len(_counted_at(workers))) < BACK_FILES:
            assert time.monotonic() - back_at < 3 * BACK_S_MAX, f"{counted} counted\n{workers.tail()}"
            time.sleep(0.2)
        back_s = time.monotonic() - back_at
        workers.end()
    return Idle(
        seconds=took_s,
        cpu_share=cpu_share,
        receives=sum(call.operation == "ReceiveMessage" for call in calls),
        calls=len(calls),
        down_calls_s=down_calls / down_s,
        back_s=back_s,
    )


def _wait_for_start(workers: Crew, count: int) -> None:
    deadline = time.monotonic() + START_S_MAX
    while sum('"worker.started"' in line for line in workers.lines()) < count:
        assert time.monotonic() < deadline, workers.tail()
        time.sleep(0.1)


def _counted_at(workers: Crew) -> dict[str, float]:
    """Answer when each file came into the ledger, by its ETag, as the workers say in their logs."""
    lines = [json.loads(line) for line in workers.lines() if '"object.counted"' in line or '"object.ended"' in line]
    return {
        line["etag"]: datetime.fromisoformat(line["timestamp"]).timestamp()
        for line in reversed(lines)
        if "etag" in line
    }


def _times(seconds: Iterable[float]) -> Times:
    found = sorted(seconds)
    if not found:
        return Times(count=0, p50=0, p99=0, longest=0)
    return Times(
        count=len(found),
        p50=found[len(found) // 2],
        p99=found[min(len(found) - 1, len(found) * 99 // 100)],
        longest=found[-1],
    )


def _told(times: Times) -> str:
    return f"p50 {times.p50:.1f}, p99 {times.p99:.1f}, longest {times.longest:.1f} ({times.count})"


def _held(held: list[int]) -> Held:
    """Answer what a worker held; the looks of a tenth of its life stand for its warm state, and for its end."""
    few = max(1, len(held) // 10)
    warm = int(len(held) * WARM_UP_SHARE)
    return Held(
        seconds=len(held), warm=median_low(held[warm : warm + few]), most=max(held), end=median_low(held[-few:])
    )
