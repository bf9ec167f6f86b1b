"""Work for requests, in threads of its own: so much at once, some more waits, the rest is refused. All of it ends."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Event
from typing import Any, Final, TypeVar

from fastapi import Request

from api.problems import ClientGone, NoAnswer, TooLarge, TooMany
from core.limits import NOTICE_BUSY_S

T = TypeVar("T")

ANSWER_S_MAX: Final = 25.0  # CloudFront waits for 30
READ_S_MAX: Final = 24.0  # the rest is for the answer
WAITED_S_MAX: Final = 5.0  # for its turn: what is late after that is not large
ASKED_MAX: Final = 64  # at work and waiting: more would not be answered in time
assert READ_S_MAX < ANSWER_S_MAX < 30
assert ANSWER_S_MAX <= NOTICE_BUSY_S  # a repeat that comes after that finds nobody at it


class Patience:
    """How long somebody waits for an answer. Threads look at it whenever something goes by."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        self._asked_at = self._began_at = monotonic()
        self._monotonic = monotonic
        self._gone = Event()

    def begin(self) -> None:
        """Note that a thread has taken it up."""
        self._began_at = self._monotonic()

    def end(self) -> None:
        """Let whoever works end: nobody waits any more."""
        self._gone.set()

    def __call__(self, items: Iterator[T], /) -> Iterator[T]:
        """Yield what comes. Raises what `check` does."""
        for item in items:
            self.check()
            yield item

    def check(self) -> None:
        """Raise ClientGone if nobody waits any more, TooLarge if it took too long, TooMany if it waited too long."""
        if self._gone.is_set():
            raise ClientGone
        if self._monotonic() - self._asked_at <= READ_S_MAX:
            return
        if self._began_at - self._asked_at > WAITED_S_MAX:
            raise TooMany("others were first: ask again in some seconds")
        raise TooLarge(f"not read to its end within {READ_S_MAX:.0f} s")


class Readers:
    """The threads. Used from one event loop."""

    def __init__(
        self,
        at_once: int,
        *,
        monotonic: Callable[[], float],
        answer_s: float = ANSWER_S_MAX,
        asked_max: int = ASKED_MAX,
    ) -> None:
        self._answer_s = answer_s
        self._asked_max = asked_max
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="read")
        self._monotonic = monotonic
        self._asked = 0

    async def run(self, request: Request, work: Callable[[Patience], T]) -> T:
        """Answer what `work` does.

        Raises TooMany if too much is asked already, or it did not get its turn; NoAnswer if it did not end in time;
        ClientGone when the client leaves before: then it ends at whatever goes by next.
        """
        if self._asked >= self._asked_max:
            raise TooMany(f"{self._asked} requests are being worked on: ask again in some seconds")
        patience = Patience(monotonic=self._monotonic)
        self._asked += 1
        future = self._pool.submit(copy_context().run, _begun, work, patience)  # its log lines have the id, too
        answer = asyncio.wrap_future(future)
        left = asyncio.create_task(_left(request))
        either: list[asyncio.Future[Any]] = [answer, left]
        try:
            await asyncio.wait(either, timeout=self._answer_s, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            if left.done():
                raise ClientGone
            if future.cancel():
                raise TooMany("others were first: ask again in some seconds")
            raise NoAnswer(f"AWS has not answered within {self._answer_s:.0f} s: ask again")
        finally:
            self._asked -= 1
            patience.end()
            left.cancel()
            answer.cancel()

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _begun(work: Callable[[Patience], T], patience: Patience) -> T:
    patience.begin()
    return work(patience)


async def _left(request: Request) -> None:
    """Wait until the client has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
