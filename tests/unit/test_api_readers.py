"""Work for requests: so much at once, and all of it ends."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from fastapi import Request

from api.problems import ClientGone, NoAnswer, TooLarge, TooMany
from api.readers import READ_S_MAX, Patience, Readers


class Waiting:
    """A client that waits, until it leaves."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.request = Request({"type": "http"}, receive=self._receive)

    async def _receive(self) -> dict[str, object]:
        await self.left.wait()
        return {"type": "http.disconnect"}


class Held:
    """Work that goes on until it is let go."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.go = threading.Event()

    def __call__(self, _patience: Patience) -> str:
        self.began.set()
        assert self.go.wait(10)
        return "done"


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_what_the_work_answers_is_answered() -> None:
    """And what it raises is raised."""

    async def main() -> None:
        readers = Readers(1, monotonic=time.monotonic)
        assert await readers.run(Waiting().request, lambda _: 7) == 7
        with pytest.raises(ZeroDivisionError):
            await readers.run(Waiting().request, lambda _: 1 // 0)
        readers.close()

    asyncio.run(main())


def test_more_than_can_be_answered_is_refused_and_taken_again_later() -> None:
    """One is at work, one waits, the third is sent away; when the first is done there is a place again."""

    async def main() -> None:
        readers = Readers(1, monotonic=time.monotonic, asked_max=2)
        held = Held()
        two = [asyncio.create_task(readers.run(Waiting().request, held)) for _ in range(2)]
        await asyncio.to_thread(held.began.wait, 5)
        with pytest.raises(TooMany, match="2 requests are being worked on"):
            await readers.run(Waiting().request, held)
        held.go.set()
        assert await asyncio.gather(*two) == ["done", "done"]
        assert await readers.run(Waiting().request, held) == "done"
        readers.close()

    asyncio.run(main())


def test_whoever_gets_no_turn_in_time_is_told_so() -> None:
    """Work that has begun and does not end is AWS's silence; work that has not begun was only unlucky."""

    async def main() -> None:
        readers = Readers(1, monotonic=time.monotonic, answer_s=0.1)
        held = Held()
        first = asyncio.create_task(readers.run(Waiting().request, held))
        await asyncio.to_thread(held.began.wait, 5)
        with pytest.raises(TooMany, match="others were first"):
            await readers.run(Waiting().request, held)
        with pytest.raises(NoAnswer):
            await first
        held.go.set()
        readers.close()

    asyncio.run(main())


def test_work_ends_when_nobody_waits_for_it() -> None:
    """At whatever it reads next."""
    ended: list[BaseException] = []

    def work(patience: Patience) -> None:
        try:
            for _ in patience(count()):
                began.set()
                time.sleep(0.001)
        except BaseException as exc:
            ended.append(exc)
            raise

    async def main() -> None:
        readers = Readers(1, monotonic=time.monotonic)
        client = Waiting()
        asked = asyncio.create_task(readers.run(client.request, work))
        await asyncio.to_thread(began.wait, 5)
        client.left.set()
        with pytest.raises(ClientGone):
            await asked
        await asyncio.to_thread(until, lambda: bool(ended))
        assert await readers.run(Waiting().request, lambda _: "next") == "next"
        readers.close()

    began = threading.Event()
    asyncio.run(main())

    assert isinstance(ended[0], ClientGone)


def test_a_file_that_takes_too_long_is_too_large() -> None:
    """It is told while something still comes: nothing to do with AWS's silence."""
    now = [0.0]

    def chunks() -> Iterator[bytes]:
        while True:
            now[0] += READ_S_MAX / 3
            yield b""

    patience = Patience(monotonic=lambda: now[0])
    patience.begin()

    with pytest.raises(TooLarge, match="24 s"):
        list(patience(chunks()))
    assert now[0] == pytest.approx(READ_S_MAX * 4 / 3)


def test_a_file_that_only_waited_for_its_turn_is_not_too_large() -> None:
    """It is asked for again later, and then there is time."""
    now = [0.0]
    patience = Patience(monotonic=lambda: now[0])
    now[0] = READ_S_MAX / 2
    patience.begin()
    patience.check()
    now[0] = READ_S_MAX + 1

    with pytest.raises(TooMany, match="others were first"):
        patience.check()
