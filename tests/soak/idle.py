"""One worker with the settings of an account: with nothing to do, then without its cloud, then with work again."""

import json
import time
from random import Random
from typing import Final

from msgspec import Struct

from local.cloud import Cloud
from local.crew import crew
from local.faults import Fault, LoseRequest
from local.wiring import Wired
from tests.kills.yard import THRESHOLD, Yard
from tests.soak.load import files
from tests.soak.logs import counted_at
from tests.soak.process import cpu_s
from tests.soak.weather import is_a_workers

RECEIVE_S: Final = 20
CPU_SHARE_MAX: Final = 0.01
DOWN_S: Final = 20.0
DOWN_SETTLED_S: Final = 2.0  # of these: what was on its way ends
DOWN_CALLS_S_MAX: Final = 1.0
BACK_S_MAX: Final = 30.0
BACK_FILES: Final = 40

# A crew's own are made for storms.
SETTINGS: Final = {
    "LOGTALLY_THRESHOLD": str(THRESHOLD),
    "LOGTALLY_SETTLE_AFTER_S": "60",
    "LOGTALLY_SETTLE_EVERY_S": "15",
    "LOGTALLY_VISIBILITY_TIMEOUT_S": "300",
    "LOGTALLY_STOP_TIMEOUT_S": "120",
    "LOGTALLY_DRAIN_TIMEOUT_S": "90",
}


class Idle(Struct, frozen=True, kw_only=True):
    """What it took of its core and of its cloud."""

    seconds: float
    cpu_share: float
    receives: int
    calls: int
    down_calls_s: float
    back_s: float  # from then on until all that had come meanwhile was counted

    @property
    def broken(self) -> list[str]:
        """Say which promises are."""
        wrong = {
            f"an idle worker took {self.cpu_share:.1%} of a core": self.cpu_share > CPU_SHARE_MAX,
            f"an idle worker received {self.receives} times in {self.seconds:.0f} s": (
                self.receives > self.seconds / RECEIVE_S + 1
            ),
            f"a worker without its cloud made {self.down_calls_s:.1f} calls a second": (
                self.down_calls_s > DOWN_CALLS_S_MAX
            ),
            f"it took {self.back_s:.0f} s when the cloud was back": self.back_s > BACK_S_MAX,
        }
        return [words for words, found in wrong.items() if found]

    def __str__(self) -> str:
        """Say it in two lines."""
        return (
            f"idle for {self.seconds:.0f} s: {self.cpu_share:.2%} of a core, {self.receives} of {self.calls} calls"
            f" receive\nwithout its cloud: {self.down_calls_s:.2f} calls/s;"
            f" {BACK_FILES} files were counted {self.back_s:.1f} s after"
        )


def idle(cloud: Cloud, wired: Wired, yard: Yard, random: Random, *, seconds: float) -> Idle:
    """Look at it for so long; take its cloud away, put files meanwhile, and give it back."""
    # The last poll of a worker that has stopped may be open at the cloud for so long, and would take files with it.
    assert seconds >= RECEIVE_S
    with crew(cloud, wired, settings=SETTINGS, to_terminal=False) as workers:
        process = workers.start()
        workers.wait_until_started(1)
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
        while (counted := len(counted_at(workers))) < BACK_FILES:
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
