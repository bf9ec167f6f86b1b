"""A share of the workers' calls goes wrong: of every kind that a call can meet on the way to AWS and back."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Final

from local.calls import Call
from local.cloud import OF_A_SESSION, Cloud
from local.faults import Fault, NoAnswer, Slow
from local.faults import Kind as AtTheCloud
from tests.faults.kinds import AT_THE_CLOUD, Kind, kinds_of

# A worker that starts asks these, and ends if it is denied, as it should: here nobody starts it again.
AT_THE_START: Final = frozenset({"Query", "GetMetricStatistics"})
ENDS_A_START: Final = frozenset({Kind.DENIED, Kind.PAGE})
STRUCK: Final = AT_THE_START | {
    "ReceiveMessage",
    "DeleteMessageBatch",
    "ChangeMessageVisibilityBatch",
    "SendMessage",
    "BatchGetItem",
    "GetItem",
    "TransactWriteItems",
    "PutItem",
    "GetObject",
    "PutMetricData",
    "Publish",
}
ONLY_HERE: Final[Mapping[str, AtTheCloud]] = {
    "silence": NoAnswer(effect=False),
    "silence-late": NoAnswer(effect=True),
    "slow": Slow(1.0),
}


def is_a_workers(call: Call) -> bool:
    """Answer whether a worker made this call, and not who looks on."""
    return OF_A_SESSION not in call.agent


class Weather:
    """Decides for each call of a worker whether something goes wrong with it, and what."""

    def __init__(self, random: Random, *, share: float) -> None:
        self.struck: Counter[str] = Counter()
        self._random = random
        self._share = share
        self._decided: tuple[int, str | None] = (0, None)

    @contextmanager
    def over(self, cloud: Cloud) -> Iterator[None]:
        """Let it be so while the block runs."""
        with cloud.faults.inject(
            *(Fault(kind=kind, nth=None, where=partial(self._meets, name)) for name, kind in _KINDS.items())
        ):
            yield

    def _meets(self, name: str, call: Call) -> bool:
        # Asked once for each kind; the cloud asks for one call after the other.
        if self._decided[0] != call.number:
            self._decided = (call.number, self._decide(call))
        return self._decided[1] == name

    def _decide(self, call: Call) -> str | None:
        if call.operation not in STRUCK or not is_a_workers(call) or self._random.random() >= self._share:
            return None
        name = self._random.choice(names_of(call.operation))
        self.struck[name] += 1
        return name


_KINDS: Final[Mapping[str, AtTheCloud]] = {**{str(kind): at for kind, at in AT_THE_CLOUD.items()}, **ONLY_HERE}


def names_of(operation: str) -> list[str]:
    """Answer what can go wrong with a call of `operation`."""
    spared = ENDS_A_START if operation in AT_THE_START else frozenset()
    return [*(str(kind) for kind in kinds_of(operation) if kind in AT_THE_CLOUD and kind not in spared), *ONLY_HERE]
