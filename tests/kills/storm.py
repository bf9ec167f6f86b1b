"""Worker processes under load, killed and stopped at random times; and whether everything is right in the end.

The fence and the hold are shortened, in the workers and in the cloud, so that what is left is settled within seconds.
"""

import time
from random import Random
from typing import Final

from msgspec import Struct

from local.cloud import running
from local.crew import FENCE, crew
from local.faults import Fault, Slow
from local.logs import LogFile
from local.wiring import wire
from tests.kills.doubts import Doubts, doubts_in
from tests.kills.herd import Blow, Herd
from tests.kills.kept import Kept
from tests.kills.uploads import is_wide, uploads
from tests.kills.yard import THRESHOLD, Yard

SETTINGS: Final = {"LOGTALLY_THRESHOLD": str(THRESHOLD), "LOGTALLY_LINGER_S": "0.2", "LOGTALLY_LOG_LEVEL": "info"}
CALM_BEFORE_S_MAX: Final = 1.2  # between the files and the blow: it meets any step of what becomes of them

# Long enough that workers die in Intend, with a message to delete, with an alert to publish and with a push to send.
SLOW: Final = (
    Fault(service="dynamodb", operation="TransactWriteItems", kind=Slow(0.1), nth=None),
    Fault(service="sqs", operation="DeleteMessageBatch", kind=Slow(0.3), nth=None),
    Fault(service="sns", operation="Publish", kind=Slow(0.1), nth=None),
    Fault(service="cloudwatch", operation="PutMetricData", kind=Slow(0.3), nth=None),
)
SLOWEST_S: Final = 1.0  # after that nothing of a dead worker is on its way any more


class Wreckage(Struct, frozen=True, kw_only=True):
    """What the storm did, and what is left of it."""

    seed: int
    seconds: int
    files: int  # each bytes under each key once
    wide: int  # of these: of several requests
    overwritten: int  # of these: put over others
    put_again: int  # with the same bytes
    errors: int
    messages: int  # of S3, and repeated
    kills: int
    stops: int
    doubts: Doubts
    probes: int
    kept: Kept
    dead_letters: list[str]

    @property
    def broken(self) -> list[str]:
        """Say which promises are."""
        return [*self.kept.broken, *([f"{len(self.dead_letters)} dead letters"] if self.dead_letters else [])]

    def __str__(self) -> str:
        """Say it in a few lines."""
        doubts = self.doubts
        sentences = (
            (f"seed {self.seed}, {self.seconds} s: {self.kills} kills", f"{self.stops} stops"),
            (f"{self.files} files", f"{self.wide} of several requests", f"{self.overwritten} put over others"),
            (f"{self.put_again} put again with the same bytes", f"{self.messages} messages"),
            (f"in doubt: {doubts.settled} requests", f"{doubts.landed} landed", f"{doubts.lost} lost and sent again"),
            (f"{self.probes} probes", f"{doubts.slots_lost} slots lost", f"{doubts.left} pushes left by the living"),
            (f"{self.errors} errors", f"{len(self.dead_letters)} dead letters"),
            (str(self.kept),),
        )
        return "\n".join(", ".join(parts) for parts in sentences)


def storm(*, seed: int, files: int, kills: int, stops: int) -> Wreckage:
    """Put files while workers are killed and stopped, then wait until nothing is left to do.

    The seed decides what is put and repeated, and the order of blows and pauses; not who is awake to be struck, nor
    what the workers are doing then.
    """
    started_at = time.monotonic()
    # One for each: who sleeps for how long must not change what is put.
    of_files, of_repeats, of_blows, of_victims = (Random(f"{seed}-{n}") for n in range(4))
    with running(signature_age_s=FENCE["signature_age_s"]) as cloud:
        wired = wire(cloud.session(), endpoint_url=cloud.endpoint)
        with (
            cloud.faults.inject(*SLOW),
            crew(cloud, wired, settings=SETTINGS, to_terminal=False) as workers,
        ):
            yard = Yard(cloud, wired, of_repeats)
            herd = Herd(workers, of_victims)
            blows = of_blows.sample([Blow.KILL] * kills + [Blow.STOP] * stops, kills + stops)
            _rage(yard, herd, list(uploads(of_files, files)), of_blows, blows)
            yard.wait_until_calm(herd.check)
            workers.end()
            time.sleep(SLOWEST_S)
            yard.wait_until_calm(lambda: None)
            doubts = doubts_in(workers.lines())
        return Wreckage(
            seed=seed,
            seconds=round(time.monotonic() - started_at),
            files=len(yard.files),
            wide=sum(map(is_wide, range(files))),
            overwritten=yard.overwritten,
            put_again=yard.put_again,
            errors=sum(file.errors for file in yard.files),
            messages=yard.messages,
            kills=kills,
            stops=stops,
            doubts=doubts,
            probes=yard.probes(),
            kept=yard.kept(),
            dead_letters=yard.dead_letters(),
        )


def _rage(yard: Yard, herd: Herd, files: list[LogFile], random: Random, blows: list[Blow]) -> None:
    """Let some files come, and then a blow, until there are no more of both."""
    for number, blow in enumerate(blows):
        herd.wait_until_up()
        for file in files[number * len(files) // len(blows) : (number + 1) * len(files) // len(blows)]:
            yard.put(file)
            yard.repeat()
        time.sleep(random.uniform(0, CALM_BEFORE_S_MAX))
        herd.strike(blow)
        herd.wake()
    herd.wake(all_of_them=True)
