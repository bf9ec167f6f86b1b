"""A head and an object: which file it is a version of, which of its bytes are counted, and the next head. Pure."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import xxhash
from msgspec.structs import replace

from core.limits import FILES_MAX, LINE_B_MAX, START_B_MAX
from core.model import Extent, Head, ObjectCreated, ObjectRef, Sequencer

IsEntry = Callable[[bytes], bool]  # answers whether a line is one, by the rule


def is_beyond_memory(created: ObjectCreated, head: Head | None) -> bool:
    """Answer whether a version is so old that nobody knows any more what of its file was counted."""
    return head is not None and _is_older(created.sequencer, head.floor)


class ToRead(NamedTuple):
    """What to ask S3 for."""

    ref: ObjectRef
    must_be_current: bool  # then it has no version id


def to_read(created: ObjectCreated, head: Head | None) -> tuple[ToRead, ...]:
    """Answer what to ask S3 for, one after the other until it is there.

    A version may be read by its id where the sequencers tell which are older. Where they can't, it must be the current
    one, or lines that were counted with a later one would be counted again. Once it is overwritten, what it holds
    counts only if it is of another file.
    """
    ref = created.ref
    as_announced = ToRead(ref, must_be_current=False)
    if head is None:
        return (as_announced,)
    current = ToRead(ObjectRef(bucket=ref.bucket, key=ref.key, etag=ref.etag), must_be_current=True)
    if created.sequencer is None or not head.floor_is_known:
        return (current,)
    if all(extent.sequencer for extent in head.files):
        return (as_announced,)
    return (current, as_announced) if ref.version_id is not None else (current,)


def begun(chunks: Iterable[bytes], *, is_entry: IsEntry) -> tuple[str | None, Iterator[bytes]]:
    """Answer by what a file is told from others, and its plain bytes again; None: it has not begun yet.

    That is its first line, or the first START_B_MAX bytes of it: they stay as they are however the file grows. Until
    that line is ended, or an entry, nothing can be counted of it.
    """
    rest = iter(chunks)
    first = b""
    while b"\n" not in first and len(first) < START_B_MAX and (chunk := next(rest, None)) is not None:
        first += chunk
    line, is_ended, _ = first.partition(b"\n")
    has_begun = is_ended or len(first) >= START_B_MAX or is_entry(line)
    # What follows an entry on its line, when that is ended, is nothing but white space.
    start = xxhash.xxh3_128_hexdigest(line[:START_B_MAX].rstrip()) if has_begun else None
    return start, itertools.chain((first,), rest)


def extent_of(start: str, head: Head | None) -> Extent | None:
    """Answer how far the file that begins so was counted; None: it is another one than those of the head."""
    return None if head is None else next((extent for extent in head.files if extent.start == start), None)


def is_covered(created: ObjectCreated, extent: Extent | None, *, is_current: bool) -> bool:
    """Answer whether a later version of its file is counted, or may be.

    Where one has no sequencer nobody can say which is later, unless this one is the current version.
    """
    if extent is None:
        return False
    if extent.sequencer is None:
        return not is_current
    return _is_older(created.sequencer, extent.sequencer)


def moved(head: Head | None, extent: Extent, *, is_current: bool) -> Head:
    """Answer the head when a file is counted as far as `extent`. `is_current`: by the version that was current then."""
    if head is None:
        return Head(rev=1, files=(extent,))
    floor, is_known = head.floor, head.floor_is_known
    if not is_known and is_current and extent.sequencer is not None:
        # All that was forgotten was there before it.
        floor, is_known = _younger(floor, extent.sequencer), True
    others = tuple(other for other in head.files if other.start != extent.start)
    if len(others) == FILES_MAX:
        forgotten = _to_forget(others)
        others = tuple(other for other in others if other is not forgotten)
        after = _after(forgotten, (*others, extent), newest=extent.sequencer if is_current else None)
        floor, is_known = _younger(floor, after or forgotten.sequencer), is_known and after is not None
    return Head(rev=head.rev + 1, files=(*others, extent), floor=floor, floor_is_known=is_known)


def _to_forget(files: Sequence[Extent]) -> Extent:
    """Answer the oldest file; where nobody can say which that is, the one that was counted first."""
    if all(file.sequencer for file in files):
        return min(files, key=lambda file: _comparable(file.sequencer))
    return files[0]


def _after(forgotten: Extent, files: Iterable[Extent], *, newest: Sequencer | None) -> Sequencer | None:
    """Answer a version that is surely younger than all of a forgotten file; None: there is none, or nobody can say.

    That is one of the file that came after it, or, if nobody knows when it was there, the current one.
    """
    if forgotten.sequencer is None:
        return newest
    known = sorted(filter(None, (file.sequencer for file in files)), key=_comparable)
    return next((one for one in known if _is_older(forgotten.sequencer, one)), None)


def _younger(floor: Sequencer | None, other: Sequencer | None) -> Sequencer | None:
    return max(filter(None, (floor, other)), key=_comparable, default=None)


def with_ring(head: Head) -> Head:
    """Answer the head when the file that was counted last rings."""
    return replace(head, files=(*head.files[:-1], replace(head.files[-1], rang=True)))


class Reached(NamedTuple):
    """How far an object is counted."""

    length_b: int
    digest: str


class Compared:
    """The plain bytes of an object, compared with an extent on their way: first `covered`, then `rest`, then `reached`.

    They are recognised by XXH3 of 128 bits: who can write a log could do worse to it than to find two of a kind.
    """

    def __init__(self, chunks: Iterable[bytes], extent: Extent | None) -> None:
        self.continues = False  # begins with what the extent covers; known after `covered`
        self._chunks = iter(chunks)
        self._extent = extent
        self._behind = b""  # bytes that came with the last of what is covered
        self._digest = xxhash.xxh3_128()
        self._length_b = 0
        self._line_end_b = 0  # where the last line ended
        self._line_end = self._digest.copy()  # of all before it
        self._tail: bytearray | None = bytearray()  # behind it; None: too long for a line

    def covered(self) -> Iterator[bytes]:
        """Yield the lines that begin before the end of the extent, to the end of the last one.

        That one may go on behind it: it was an entry without a line feed, and was counted.
        """
        if self._extent is None:
            return
        left_b = self._extent.length_b
        while left_b:
            chunk = next(self._chunks, None)
            if chunk is None:
                return
            piece, self._behind = chunk[:left_b], chunk[left_b:]
            left_b -= len(piece)
            self._pass(piece)
            yield piece
        self.continues = self._digest.hexdigest() == self._extent.digest
        yield from self._to_line_end()

    def rest(self) -> Iterator[bytes]:
        """Yield the lines behind those that are covered."""
        if self._behind:
            self._pass(self._behind)
            yield self._behind
        for chunk in self._chunks:
            self._pass(chunk)
            yield chunk

    def reached(self, *, is_entry: IsEntry) -> Reached:
        """Answer how far it is counted: to behind its last line, if that is ended or an entry; else to before it.

        A line that is no entry may yet become one. Never less than the extent, which it continues.
        """
        if self._tail and is_entry(bytes(self._tail)):
            reached = Reached(self._length_b, self._digest.hexdigest())
        else:
            reached = Reached(self._line_end_b, self._line_end.hexdigest())
        if self._extent is None or not self.continues:
            return reached
        return max(Reached(self._extent.length_b, self._extent.digest), reached)

    def _to_line_end(self) -> Iterator[bytes]:
        while self._line_end_b < self._length_b:
            chunk = self._behind or next(self._chunks, None)
            if chunk is None:
                return
            end = chunk.find(b"\n") + 1 or len(chunk)
            self._behind = chunk[end:]
            self._pass(chunk[:end])
            yield chunk[:end]

    def _pass(self, piece: bytes) -> None:
        end = piece.rfind(b"\n") + 1
        if end:
            self._digest.update(memoryview(piece)[:end])
            self._line_end_b = self._length_b + end
            self._line_end = self._digest.copy()
            self._tail = bytearray()
        self._digest.update(memoryview(piece)[end:])
        self._length_b += len(piece)
        if self._tail is not None:
            self._tail += memoryview(piece)[end:]
            if len(self._tail) > LINE_B_MAX:
                self._tail = None


def _is_older(sequencer: Sequencer | None, than: Sequencer | None) -> bool:
    return sequencer is not None and than is not None and _comparable(sequencer) < _comparable(than)


def _comparable(sequencer: Sequencer | None) -> str:
    """Answer a text that orders as S3 says that sequencers do: the shorter one padded with zeros on its right.

    None is before all.
    """
    return (sequencer or "").lower().rstrip("0")
