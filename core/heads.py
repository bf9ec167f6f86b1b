"""A head and an object: which of its bytes are counted already, and how far it will be counted then. Pure."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import xxhash

from core.limits import LINE_B_MAX
from core.model import Head, ObjectCreated, ObjectRef, Sequencer


class Reached(NamedTuple):
    """How far an object is counted."""

    length_b: int
    digest: str


def is_older(created: ObjectCreated, head: Head | None) -> bool:
    """Answer whether a later version of its key is counted already. Where one has no sequencer nobody can say."""
    if head is None or head.sequencer is None or created.sequencer is None:
        return False
    return _comparable(created.sequencer) < _comparable(head.sequencer)


def to_read(created: ObjectCreated, head: Head | None) -> ObjectRef:
    """Answer what to ask S3 for: the version that was announced, or the object only as long as it is current.

    An older version may be read by its id where the sequencers tell that it is older. Where they can't, it must be the
    current one, or lines that the head has left behind would be counted again.
    """
    ref = created.ref
    if head is None or (head.sequencer is not None and created.sequencer is not None):
        return ref
    return ObjectRef(bucket=ref.bucket, key=ref.key, etag=ref.etag)


class Compared:
    """The plain bytes of an object, compared with a head on their way: first `covered`, then `rest`, then `reached`.

    They are recognised by XXH3 of 128 bits: who can write a log could do worse to it than to find two of a kind.
    """

    def __init__(self, chunks: Iterable[bytes], head: Head | None) -> None:
        self.continues = False  # begins with what the head covers; known after `covered`
        self._chunks = iter(chunks)
        self._head = head
        self._behind = b""  # bytes that came with the last of what is covered
        self._digest = xxhash.xxh3_128()
        self._length_b = 0
        self._line_end_b = 0  # where the last line ended
        self._line_end = self._digest.copy()  # of all before it
        self._tail: bytearray | None = bytearray()  # behind it; None: too long for a line

    def covered(self) -> Iterator[bytes]:
        """Yield the lines that begin before the end of the head, to the end of the last one.

        That one may go on behind the head: it was an entry without a line feed, and was counted.
        """
        if self._head is None:
            return
        left_b = self._head.length_b
        while left_b:
            chunk = next(self._chunks, None)
            if chunk is None:
                return
            piece, self._behind = chunk[:left_b], chunk[left_b:]
            left_b -= len(piece)
            self._pass(piece)
            yield piece
        self.continues = self._digest.hexdigest() == self._head.digest
        yield from self._to_line_end()

    def rest(self) -> Iterator[bytes]:
        """Yield the lines behind those that are covered."""
        if self._behind:
            self._pass(self._behind)
            yield self._behind
        for chunk in self._chunks:
            self._pass(chunk)
            yield chunk

    def reached(self, *, is_entry: Callable[[bytes], bool]) -> Reached:
        """Answer how far it is counted: to behind its last line, if that is ended or an entry; else to before it.

        `is_entry` tells whether a line is one. What is none may yet become one. Never less than the head, which it
        continues.
        """
        if self._tail and is_entry(bytes(self._tail)):
            reached = Reached(self._length_b, self._digest.hexdigest())
        else:
            reached = Reached(self._line_end_b, self._line_end.hexdigest())
        if self._head is None or not self.continues:
            return reached
        return max(Reached(self._head.length_b, self._head.digest), reached)

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


def _comparable(sequencer: Sequencer) -> str:
    """Answer a text that orders as S3 says that sequencers do: the shorter one padded with zeros on its right."""
    return sequencer.lower().rstrip("0")
