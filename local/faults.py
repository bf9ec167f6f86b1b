"""What can go wrong on the way to AWS and back, injected where real processes meet it: in the server."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from local.calls import Call
from local.wire import Answer, Ask, Request, json_answer, refusal

POLL_S: Final = 0.01

Gone = Callable[[], Awaitable[None]]  # waits until the client has left


class Gate:
    """Where a request is held until a test lets it through."""

    def __init__(self) -> None:
        self._opened = threading.Event()
        self._passed = threading.Event()
        self._status: int | None = None

    def open(self, *, timeout_s: float = 10) -> int:
        """Let the request through, wait until it has taken effect or was refused, and answer its status."""
        self._opened.set()
        if not self._passed.wait(timeout_s) or self._status is None:
            raise TimeoutError("no request came through the gate")
        return self._status

    async def opened(self) -> None:
        """Wait, in the server, until it is open."""
        while not self._opened.is_set():  # noqa: ASYNC110 - an asyncio.Event can't be set by a test's thread
            await asyncio.sleep(POLL_S)

    def passed(self, status: int) -> None:
        """Tell who opened it what became of the request."""
        self._status = status
        self._passed.set()


class LoseRequest(Struct, frozen=True):
    """The connection closes before anything took effect."""

    async def meet(self, _request: Request, _ask: Ask, _gone: Gone) -> None:
        """Do nothing at all."""


class LoseAnswer(Struct, frozen=True):
    """It takes effect; the connection closes without an answer."""

    async def meet(self, request: Request, ask: Ask, _gone: Gone) -> None:
        """Let it take effect."""
        await ask(request)


class Late(Struct, frozen=True):
    """The connection closes at once; the request arrives when the gate is opened, and may take effect then.

    Not for S3, whose bodies are left on the wire.
    """

    gate: Gate

    async def deliver(self, request: Request, ask: Ask) -> None:
        """Let the request arrive, when the time has come."""
        await self.gate.opened()
        self.gate.passed((await ask(request)).status)


class NoAnswer(Struct, frozen=True, kw_only=True):
    """Silence until the client gives up."""

    effect: bool = True

    async def meet(self, request: Request, ask: Ask, gone: Gone) -> None:
        """Keep silent."""
        if self.effect:
            await ask(request)
        await gone()


class Fail(Struct, frozen=True, kw_only=True):
    """A 5xx, with or without effect."""

    status: int = 500
    effect: bool = False

    async def meet(self, request: Request, ask: Ask, _gone: Gone) -> Answer:
        """Answer the failure."""
        if self.effect:
            await ask(request)
        return refusal(request, "InternalFailure", "We encountered an internal error.", status=self.status)


class Refuse(Struct, frozen=True, kw_only=True):
    """AWS says no, without effect: throttled, denied, expired token, what you will."""

    code: str
    status: int = 400
    message: str = "refused by a fault"

    async def meet(self, request: Request, _ask: Ask, _gone: Gone) -> Answer:
        """Answer the refusal."""
        return refusal(request, self.code, self.message, status=self.status)


class CancelTransaction(Struct, frozen=True, kw_only=True):
    """TransactWriteItems is cancelled, without effect, because of its item number `at`."""

    reason: str = "TransactionConflict"
    at: int = 0

    async def meet(self, request: Request, _ask: Ask, _gone: Gone) -> Answer:
        """Answer with a reason for each item."""
        items = json.loads(request.body)["TransactItems"]
        reasons: list[dict[str, str]] = [{"Code": "None"} for _ in items]
        reasons[self.at] = {"Code": self.reason, "Message": "refused by a fault"}
        codes = ", ".join(reason["Code"] for reason in reasons)
        message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        more = {"CancellationReasons": reasons, "Message": message}
        return refusal(request, "TransactionCanceledException", message, more=more)


class Slow(Struct, frozen=True):
    """It takes effect, and is answered, after so many seconds."""

    seconds: float

    async def meet(self, request: Request, ask: Ask, _gone: Gone) -> Answer:
        """Wait, then answer."""
        await asyncio.sleep(self.seconds)
        return await ask(request)


class BreakBody(Struct, frozen=True, kw_only=True):
    """The connection closes when this share of the answer's body is sent."""

    share: float = 0.5

    async def meet(self, request: Request, ask: Ask, _gone: Gone) -> Answer:
        """Answer a part."""
        answer = await ask(request)
        return replace(answer, cut_at=int(len(answer.body) * self.share))


class Unprocessed(Struct, frozen=True, kw_only=True):
    """BatchGetItem answers only the first keys of each table; the others are UnprocessedKeys."""

    keep: int = 0

    async def meet(self, request: Request, ask: Ask, _gone: Gone) -> Answer:
        """Ask for the first keys only."""
        body = json.loads(request.body)
        wanted: dict[str, dict[str, Any]] = body["RequestItems"]
        kept = _with_keys({table: {**get, "Keys": get["Keys"][: self.keep]} for table, get in wanted.items()})
        left = _with_keys({table: {**get, "Keys": get["Keys"][self.keep :]} for table, get in wanted.items()})
        if not kept:
            return json_answer({"Responses": {}, "UnprocessedKeys": left})
        answer = await ask(request.with_body(json.dumps({**body, "RequestItems": kept}).encode()))
        if answer.status != 200:
            return answer
        return json_answer({**json.loads(answer.body), "UnprocessedKeys": left})


class FailEntries(Struct, frozen=True, kw_only=True):
    """The entries of an SQS batch from number `keep` on fail, without effect, inside a 200."""

    keep: int = 0
    code: str = "InternalError"

    async def meet(self, request: Request, ask: Ask, _gone: Gone) -> Answer:
        """Carry out the first entries only."""
        body = json.loads(request.body)
        kept, left = body["Entries"][: self.keep], body["Entries"][self.keep :]
        failed = [{"Id": entry["Id"], "Code": self.code, "SenderFault": False, "Message": "a fault"} for entry in left]
        if not kept:
            return json_answer({"Successful": [], "Failed": failed})
        answer = await ask(request.with_body(json.dumps({**body, "Entries": kept}).encode()))
        if answer.status != 200:
            return answer
        told = json.loads(answer.body)
        return json_answer({**told, "Failed": [*told.get("Failed", ()), *failed]})


class ProxyPage(Struct, frozen=True, kw_only=True):
    """A 200 that is no answer of AWS: somebody's login page."""

    effect: bool = False

    async def meet(self, request: Request, ask: Ask, _gone: Gone) -> Answer:
        """Answer the page."""
        if self.effect:
            await ask(request)
        page = b"<html><body>Please log in to the guest network.</body></html>"
        return Answer(status=200, headers=[(b"content-type", b"text/html")], body=page)


# What meets a request at once: its `meet` answers it, or None, and then the connection closes.
AtOnce = (
    LoseRequest
    | LoseAnswer
    | NoAnswer
    | Fail
    | Refuse
    | CancelTransaction
    | Slow
    | BreakBody
    | Unprocessed
    | FailEntries
    | ProxyPage
)
Kind = AtOnce | Late

THROTTLED: Final = Refuse(code="ThrottlingException", message="Rate exceeded")
DENIED: Final = Refuse(code="AccessDeniedException", status=403, message="User is not authorized")
EXPIRED_TOKEN: Final = Refuse(code="ExpiredTokenException", status=403, message="The security token has expired")
CAPACITY: Final = Refuse(code="ProvisionedThroughputExceededException", message="Throughput exceeded")


class Fault(Struct, frozen=True, kw_only=True):
    """What goes wrong, and when."""

    kind: Kind
    service: str | None = None  # None: any
    operation: str | None = None  # None: any
    nth: int | None = 1  # of the calls that match since the injection, from 1; None: each of them
    where: Callable[[Call], bool] | None = None  # a further condition


class _Injected:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.matched = 0

    def strikes(self, call: Call) -> bool:
        fault = self.fault
        matches = fault.service in {None, call.service} and fault.operation in {None, call.operation}
        if not matches or (fault.where is not None and not fault.where(call)):
            return False
        self.matched += 1
        return fault.nth in {None, self.matched}


class Faults:
    """The faults that are injected now. Safe to use from several threads."""

    def __init__(self) -> None:
        self._injected: list[_Injected] = []
        self._lock = threading.Lock()
        self.struck = 0  # how many calls were hit since the last reset: a test that hit none proves nothing

    @contextmanager
    def inject(self, *faults: Fault) -> Iterator[None]:
        """Let these faults happen while the block runs."""
        injected = [_Injected(fault) for fault in faults]
        with self._lock:
            self._injected.extend(injected)
        try:
            yield
        finally:
            with self._lock:
                self._injected = [one for one in self._injected if one not in injected]

    def of(self, call: Call) -> Kind | None:
        """Answer what goes wrong with this call; if several faults match, the first that was injected."""
        with self._lock:
            kinds = [one.fault.kind for one in self._injected if one.strikes(call)]
            self.struck += bool(kinds)
        return kinds[0] if kinds else None

    def reset(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._injected.clear()
            self.struck = 0


def _with_keys(items: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {table: get for table, get in items.items() if get["Keys"]}
