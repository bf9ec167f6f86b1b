"""The wanted objects that the ledger does not know, in the order of their source, and how far all before is done.

Nothing is held but a few chunks: those with something that is not done yet.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator

from msgspec import Struct

from cli.backfill.sources import Placed, Source
from cli.backfill.sums import Adding
from cli.backfill.wanted import Wanted
from core.aws.objects import Listed
from core.errors import Denied, Transient
from core.limits import BATCH_GET_MAX
from core.model import ObjectRef

LISTED_MAX = 10 * BATCH_GET_MAX  # in a chunk: where few are wanted, a place is kept now and then all the same


class _Chunk(Struct, eq=False):
    """Some objects in a row that were looked up together."""

    place: str  # of the last of them
    left: int  # that are not done


class Fed(Struct, frozen=True, eq=False):
    """An object that is to be dealt with. Whoever does says so by `Feed.done`, or never."""

    listed: Listed
    chunk: _Chunk


class Feed:
    """Feeds the objects behind a place. One thread iterates; any may say what is done.

    `known` answers which of some objects are counted. `wait` waits after so many failures in a row, and answers whether
    to go on; it may raise the last of them.
    """

    def __init__(
        self,
        source: Source,
        *,
        after: str | None,
        wanted: Wanted,
        known: Callable[[list[ObjectRef]], set[ObjectRef]],
        limit: int | None,
        sums: Adding,
        wait: Callable[[int, Transient], bool],
    ) -> None:
        self._source = source
        self._last = after  # looked at
        self._wanted = wanted
        self._known = known
        self._limit = limit
        self._sums = sums
        self._wait = wait
        self._chunks: deque[_Chunk] = deque()
        self._lock = threading.Lock()
        self._place = after
        self.is_whole = False  # nothing comes behind what was fed

    @property
    def place(self) -> str | None:
        """The place up to which everything is done; None: nowhere yet."""
        with self._lock:
            return self._place

    @property
    def is_done(self) -> bool:
        """Whether all of the source is done, and nothing left."""
        with self._lock:
            return self.is_whole and not self._chunks

    def __iter__(self) -> Iterator[Fed]:
        """Yield what is to be dealt with. Raises what the source and `known` raise, but for what is tried again."""
        fed = 0
        for placed in self._chunked():
            new = self._fed(placed)
            if new is None:
                return
            for one in new:
                if fed == self._limit:
                    return
                fed += 1
                yield one

    def done(self, fed: Fed) -> None:
        """Learn that an object is dealt with for good."""
        with self._lock:
            fed.chunk.left -= 1
            self._move_on()

    def _chunked(self) -> Iterator[list[Placed]]:
        chunk: list[Placed] = []
        wanted = failures = 0
        while True:
            try:
                for placed in self._source(self._last):
                    self._last, failures = placed.place, 0
                    chunk.append(placed)
                    wanted += self._wanted.takes(placed.listed)
                    if wanted == BATCH_GET_MAX or len(chunk) == LISTED_MAX:
                        yield chunk
                        chunk, wanted = [], 0
                break
            except Transient as exc:
                failures += 1
                if not self._goes_on(failures, exc):
                    return
        if chunk:
            yield chunk
        self.is_whole = True

    def _fed(self, placed: list[Placed]) -> list[Fed] | None:
        """Answer the new ones of a chunk; None: nobody waits any more for what can't be looked up."""
        wanted = [listed for listed, _ in placed if self._wanted.takes(listed)]
        known = self._known_of([listed.ref for listed in wanted])
        if known is None:
            return None
        new = [listed for listed in wanted if listed.ref not in known]
        chunk = _Chunk(placed[-1].place, len(new))
        with self._lock:
            self._chunks.append(chunk)
            self._move_on()
        self._sums.add(listed=len(placed), unwanted=len(placed) - len(wanted), known=len(wanted) - len(new))
        return [Fed(listed, chunk) for listed in new]

    def _known_of(self, refs: list[ObjectRef]) -> set[ObjectRef] | None:
        failures = 0
        while refs:
            try:
                return self._known(refs)
            except Transient as exc:
                failures += 1
                if not self._goes_on(failures, exc):
                    return None
        return set()

    def _goes_on(self, failures: int, why: Transient) -> bool:
        if isinstance(why, Denied):
            raise why
        return self._wait(failures, why)

    def _move_on(self) -> None:
        while self._chunks and not self._chunks[0].left:
            self._place = self._chunks.popleft().place
