"""Stands between the workers and the network: counts their calls, and lets go wrong what a schedule says."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from local.cloud import Cloud
from local.faults import Fault as AtTheCloud
from tests.faults.kinds import AT_THE_CLOUD, Kind

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest


class Stopped(BaseException):
    """A process ends here: nothing in it runs any more, no handler either."""


class Hooks:
    """Stand between one worker process and its clients; `meddler` is the one of now, for clients are reused."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.meddler: Meddler | None = None

    def attach(self, clients: Iterable[Any]) -> None:
        """See all that these clients send."""
        for client in clients:
            events = client.meta.events
            # Before the signer, which is a handler of the same event; each attempt is signed anew.
            events.register_first("request-created", self._unsigned)
            # Behind the fence, which is a handler of this one.
            events.register_last("before-send", self._sending(client))
            events.register("response-received", self._answered)

    def _unsigned(self, event_name: str, **_: Any) -> None:
        if self.meddler is not None:
            self.meddler.unsigned(self.name, event_name.rpartition(".")[2])

    def _sending(self, client: Any) -> Callable[..., None]:
        def send(request: "AWSPreparedRequest") -> None:
            client._endpoint.http_session.send(request)  # noqa: SLF001 - as botocore itself does it

        def sending(request: "AWSPreparedRequest", event_name: str, **_: Any) -> None:
            if self.meddler is not None:
                self.meddler.sending(self.name, event_name.rpartition(".")[2], lambda: send(request))

        return sending

    def _answered(self, **_: Any) -> None:
        if self.meddler is not None:
            self.meddler.answered(self.name)


class Meddler:
    """Meets every call of every worker, in the one thread that they share."""

    def __init__(
        self,
        faults: dict[int, Kind],
        cloud: Cloud,
        *,
        others_live: Callable[[str], None],
        others_live_shortly: Callable[[str], None],
        others_act: Callable[[str], None],
    ) -> None:
        self.called: list[tuple[str, str]] = []  # (worker, operation), by number
        self.met = 0  # how many of the faults came to pass
        self._faults = faults
        self._awaited: dict[str, Kind] = {}  # by operation
        self._cloud = cloud
        self._others_live = others_live
        self._others_live_shortly = others_live_shortly
        self._others_act = others_act
        self._stop_after: str | None = None
        self._injected = ExitStack()

    def unsigned(self, worker: str, operation: str) -> None:
        """Meet a call that is about to be signed."""
        number = len(self.called) + 1
        if Kind.NAP in {self._faults.get(number), self._awaited.get(operation)}:
            self._take(number, operation)
            self.met += 1
            self._others_live(worker)

    def sending(self, worker: str, operation: str, send: Callable[[], None]) -> None:
        """Meet a call that is about to be sent."""
        self.called.append((worker, operation))
        kind = self._take(len(self.called), operation)
        self.met += kind is not None
        match kind:
            case None:
                pass
            case Kind.STOP_BEFORE:
                raise Stopped
            case Kind.STOP_AFTER:
                self._stop_after = worker
            case Kind.SLEEP | Kind.NAP:  # the nap of a call that got its number only now, when it is signed already
                self._others_live(worker)
            case Kind.DOZE:
                self._others_live_shortly(worker)
            case Kind.MEANWHILE:
                self._others_act(worker)
            case Kind.NO_CONNECTION:
                raise EndpointConnectionError(endpoint_url=self._cloud.endpoint, error="refused")
            case Kind.SILENCE:
                send()
                raise ReadTimeoutError(endpoint_url=self._cloud.endpoint, error="timed out")
            case _:
                self._injected.enter_context(self._cloud.faults.inject(AtTheCloud(kind=AT_THE_CLOUD[kind])))

    def answered(self, worker: str) -> None:
        """Meet an answer that has come, and is not used yet."""
        if self._stop_after == worker:
            self._stop_after = None
            raise Stopped

    def strike_next(self, kind: Kind, *, of: str | None = None) -> None:
        """Let this happen to the next call, or to the next one `of` an operation, whoever's it is."""
        if of is None:
            self._faults[len(self.called) + 1] = kind
        else:
            self._awaited[of] = kind

    def leave(self) -> None:
        """Let everything go right from now on."""
        self._faults.clear()
        self._awaited.clear()
        self._injected.close()

    def _take(self, number: int, operation: str) -> Kind | None:
        """Answer what happens to a call, and forget it: it happens once."""
        by_number = self._faults.pop(number, None)
        return by_number or self._awaited.pop(operation, None)
