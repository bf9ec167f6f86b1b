"""Files under load while calls fail and workers are exchanged; then what it took, and whether everything is right."""

import time
from collections import Counter
from random import Random
from typing import Final

from core.alerts import deduplication_id
from local.cloud import running
from local.crew import FENCE, crew
from local.wiring import wire
from tests.kills.yard import THRESHOLD, Upload, Yard
from tests.soak.idle import idle
from tests.soak.load import POISON_EVERY, Poison, files
from tests.soak.logs import counted_at
from tests.soak.process import Memory
from tests.soak.relay import WORKERS, Relay
from tests.soak.soaked import Soaked
from tests.soak.times import times
from tests.soak.weather import Weather, is_a_workers

FAULTS_SHARE: Final = 0.02
BACKLOG_MAX: Final = 200  # more is not put: a wait in a long queue says nothing of a worker
LOOK_EVERY: Final = 25  # files

SETTINGS: Final = {
    "LOGTALLY_THRESHOLD": str(THRESHOLD),
    "LOGTALLY_LINGER_S": "0.5",
    "LOGTALLY_LOG_LEVEL": "info",
    # Longer than any of the faults: who is only slow shall not be taken for gone, and its alerts sent once more.
    "LOGTALLY_SETTLE_AFTER_S": "15",
}


def soak(*, seed: int, count: int, seconds: float, restart_every_s: float, idle_s: float) -> Soaked:
    """Put at most `count` files within `seconds`, wait until nothing is left, and look at everything."""
    of_files, of_repeats, of_faults = (Random(f"{seed}-{n}") for n in range(3))
    weather = Weather(of_faults, share=FAULTS_SHARE)
    memory = Memory()
    with running(signature_age_s=FENCE["signature_age_s"]) as cloud:
        wired = wire(cloud.session(), endpoint_url=cloud.endpoint)
        yard, poison = Yard(cloud, wired, of_repeats), Poison()
        with crew(cloud, wired, settings=SETTINGS, to_terminal=False) as workers:
            relay = Relay(workers, memory, every_s=restart_every_s)
            workers.wait_until_started(WORKERS)
            cloud.calls.reset()
            with memory.looking(), weather.over(cloud):
                began = time.monotonic()
                _load(yard, poison, relay, of_files, count=count, until=began + seconds)
                while relay.restarts == 0:  # files may all be put before a worker was exchanged for the first time
                    relay.turn()
                    time.sleep(0.1)
                yard.wait_until_calm(relay.collect)
                took_s = time.monotonic() - began
                relay.end()
            calls = Counter(call.operation for call in cloud.calls.of() if is_a_workers(call))
            yard.wait_until_calm(lambda: None)
            at = counted_at(workers)
        soaked = list(yard.uploads)
        found_idle = idle(cloud, wired, yard, of_files, seconds=idle_s)
        kept = yard.kept()
        dead = poison.find(yard.dead_letters_and_reasons())
        return Soaked(
            seed=seed,
            files=len(soaked),
            wanted=count,
            packed=sum(upload.packed for upload in soaked),
            put_again=yard.put_again,
            messages=yard.messages,
            mb=sum(len(upload.file.body) for upload in soaked) / 1e6,
            errors=sum(upload.file.errors for upload in soaked),
            seconds=took_s,
            faults=weather.struck,
            restarts=relay.restarts,
            exits=[code for code in relay.exits if code != 0],
            drains=times(relay.drains_s),
            to_ledger=times(at[upload.ref.etag] - upload.at for upload in soaked if upload.ref.etag in at),
            to_alert=times(
                yard.rang_at[rings] - upload.at for upload in soaked if (rings := _rings(upload)) in yard.rang_at
            ),
            unknown=sum(upload.ref.etag not in at for upload in soaked),
            memory=memory.held(),
            calls=calls,
            idle=found_idle,
            kept=kept,
            poison=len(poison.due),
            dead_letters=dead.letters,
            poison_missing=dead.missing,
            dead_not_due=dead.not_due,
            dead_for_another_reason=dead.for_another_reason,
        )


def _load(yard: Yard, poison: Poison, relay: Relay, random: Random, *, count: int, until: float) -> None:
    """Put files, poison now and then, and exchange workers, at most until then on the monotonic clock."""
    for number, (file, pack) in enumerate(files(random, count)):
        if time.monotonic() > until:
            return
        yard.put(file, packed=pack)
        yard.repeat()
        if number % POISON_EVERY == 0:
            poison.put(yard)
        if number % LOOK_EVERY == 0:
            relay.turn()
            while yard.backlog() > BACKLOG_MAX:
                relay.turn()
                time.sleep(0.1)


def _rings(upload: Upload) -> str:
    return deduplication_id(upload.ref)
