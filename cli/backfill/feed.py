"""The wanted objects that the ledger does not know, in the order of their source, and how far all before is done.

Nothing is held but a few chunks: those with something that is not done yet.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from msgspec import Struct

from cli.backfill.sources import Placed, Source
from cli.backfill.sums import Adding
from cli.backfill.wanted import Wanted
from core.aws.ledger import Seen
from core.aws.objects import Listed
from core.errors import Transient
from core.limits import BATCH_GET_MAX
from core.model import Head, KeyName, ObjectRef, key_name

LISTED_MAX: Final = 10 * BATCH_GET_MAX  # in a chunk: where few are wanted, a place is kept now and then all the same
FOLDED_MIN: Final = 4  # chunks
LOOK_UPS: Final = 4  # on their way at once


class _Chunk(Struct, eq=False):
    """Some objects in a row that were looked up together."""

    place: str  # of the last of them, or of what is done behind them
    left: int  # that are not done
    places: list[str]  # of those that are fed
    is_done: bytearray  # for each of these, 1 if it is


class Fed(Struct, frozen=True, eq=False):
    """An object that is to be dealt with. Whoever does says so by `Feed.done`, or never."""

    listed: Listed
    head: Head | None  # of its key, as it was known before
    chunk: _Chunk
    number: int  # among those of the chunk that are fed


Heads = Callable[[list[ObjectRef]], Mapping[KeyName, Head]]


def no_heads(_: object) -> Mapping[KeyName, Head]:
    """Answer none: nobody will read the objects here."""
    return {}


class Feed:
    """Feeds the objects behind a place, until `stop` is set. One thread iterates; any may say what is done.

    `known` answers which of some objects are counted, and `heads` how far the keys of the others are, which nobody
    needs to know who only looks. `wait` is `Patience.wait`.
    """

    def __init__(
        self,
        source: Source,
        *,
        after: str | None,
        wanted: Wanted,
        known: Callable[[list[ObjectRef]], set[ObjectRef]],
        heads: Heads = no_heads,
        limit: int | None,
        sums: Adding,
        wait: Callable[[int, Transient], bool],
        stop: threading.Event,
    ) -> None:
        self._source = source
        self._last = after  # looked at
        self._wanted = wanted
        self._known = known
        self._heads = heads
        self._limit = limit
        self._sums = sums
        self._wait = wait
        self._stop = stop
        self._chunks: deque[_Chunk] = deque()
        self._folded_at = FOLDED_MIN  # when there are so many
        self._lock = threading.Lock()
        self._place = after
        self._is_listed = False  # to its end
        self._is_whole = False  # and fed

    @property
    def place(self) -> str | None:
        """The place up to which everything is done; None: nowhere yet."""
        with self._lock:
            front = self._chunks[0] if self._chunks else None
            done = 0 if front is None else front.is_done.find(0)
            return self._place if front is None or done <= 0 else front.places[done - 1]

    @property
    def is_done(self) -> bool:
        """Whether all of the source is done, and nothing left."""
        with self._lock:
            return self._is_whole and not self._chunks

    def __iter__(self) -> Iterator[Fed]:
        """Yield what is to be dealt with. Raises what the source and `known` raise, but for what is tried again."""
        fed = 0
        for placed, seen in self._looked_up():
            if seen is None:
                return
            for one in self._new(placed, seen):
                if fed == self._limit:
                    return
                fed += 1
                yield one
        self._is_whole = self._is_listed

    def done(self, fed: Fed) -> None:
        """Learn that an object is dealt with for good."""
        with self._lock:
            fed.chunk.left -= 1
            fed.chunk.is_done[fed.number] = 1
            self._move_on()

    def _chunked(self) -> Iterator[list[Placed]]:
        chunk: list[Placed] = []
        wanted = failures = 0
        while True:
            try:
                for placed in self._source(self._last):
                    if self._stop.is_set():
                        return
                    self._last, failures = placed.place, 0
                    chunk.append(placed)
                    wanted += self._wanted.takes(placed.listed)
                    if wanted == BATCH_GET_MAX or len(chunk) == LISTED_MAX:
                        yield chunk
                        chunk, wanted = [], 0
                if self._stop.is_set():
                    return  # and so, perhaps, did the source
                break
            except Transient as exc:
                failures += 1
                if not self._wait(failures, exc):
                    return
        if chunk:
            yield chunk
        self._is_listed = True

    def _looked_up(self) -> Iterator[tuple[list[Placed], Seen | None]]:
        """Yield the chunks in order, each with what the ledger says of it: some are looked up ahead, side by side."""
        ahead: deque[tuple[list[Placed], Future[Seen | None]]] = deque()
        with ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="look-up") as pool:
            for placed in self._chunked():
                ahead.append((placed, pool.submit(self._look_up, placed)))
                if len(ahead) > LOOK_UPS:
                    yield ahead[0][0], ahead.popleft()[1].result()
            for placed, seen in ahead:
                yield placed, seen.result()

    def _new(self, placed: list[Placed], seen: Seen) -> list[Fed]:
        wanted = [one for one in placed if self._wanted.takes(one.listed)]
        new = [one for one in wanted if one.listed.ref not in seen.known]
        chunk = _Chunk(placed[-1].place, len(new), [one.place for one in new], bytearray(len(new)))
        with self._lock:
            self._chunks.append(chunk)
            self._move_on()
            self._fold()
        self._sums.add(listed=len(placed), unwanted=len(placed) - len(wanted), known=len(wanted) - len(new))
        return [
            Fed(one.listed, seen.heads.get(key_name(one.listed.ref)), chunk, number) for number, one in enumerate(new)
        ]

    def _look_up(self, placed: list[Placed]) -> Seen | None:
        """Answer what the ledger says of a chunk; None: nobody waits any more for what can't be looked up."""
        refs = [listed.ref for listed, _ in placed if self._wanted.takes(listed)]
        failures = 0
        while refs:
            try:
                known = self._known(refs)
                new = [ref for ref in refs if ref not in known]
                return Seen(known=known, heads=self._heads(new) if new else {})
            except Transient as exc:
                failures += 1
                if not self._wait(failures, exc):
                    return None
        return Seen(known=set(), heads={})

    def _move_on(self) -> None:
        while self._chunks and not self._chunks[0].left:
            self._place = self._chunks.popleft().place

    def _fold(self) -> None:
        """Make what is done part of the chunk before it: behind one object that is left, there may be millions."""
        if len(self._chunks) < self._folded_at:
            return
        folded: deque[_Chunk] = deque()
        for chunk in self._chunks:
            if folded and not chunk.left:
                folded[-1].place = chunk.place
            else:
                folded.append(chunk)
        self._chunks = folded
        self._folded_at = max(FOLDED_MIN, 2 * len(folded))
