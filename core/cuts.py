"""A file that is read in several places at once: where to cut it, so that each line belongs to one part."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.errors import Transient
from core.limits import CHUNK_B

Read = Callable[[int, int], bytes]
"""Answers up to so many bytes (the first number) from an offset (the second). Empty: there the file ends."""


class Span(NamedTuple):
    """The lines that begin between two offsets, wherever the last of them ends."""

    start: int
    end: int


def spans_of(start: int, end: int, *, part_b: int) -> list[Span]:
    """Cut what lies between the offsets into spans of `part_b` bytes."""
    return [Span(at, min(at + part_b, end)) for at in range(start, end, part_b)]


def lines_of(span: Span, read: Read, *, begin: int, end: int, chunk_b: int = CHUNK_B) -> Iterator[bytes]:
    r"""Answer the lines that begin in the span, in chunks, of a file whose lines lie between `begin` and `end`.

    A line begins at `begin`, and behind each `\n`. So the spans of a file give all of its bytes, once and in order.
    Raises Transient if the file ends before `end`.
    """
    at = span.start
    if at > begin:
        at = _line_from(at, read, limit=span.end, chunk_b=chunk_b)
    while at < span.end:
        chunk = _read(read, min(chunk_b, span.end - at), at)
        at += len(chunk)
        yield chunk
        if at == span.end and not chunk.endswith(b"\n"):
            yield from _to_line_end(at, read, end=end, chunk_b=chunk_b)


def _line_from(at: int, read: Read, *, limit: int, chunk_b: int) -> int:
    """Answer where the first line begins that begins at `at` or behind it. `limit`: none does before it."""
    at -= 1  # a line feed right before it
    while at < limit:
        chunk = _read(read, min(chunk_b, limit - at), at)
        if found := chunk.find(b"\n") + 1:
            return at + found
        at += len(chunk)
    return limit


def _to_line_end(at: int, read: Read, *, end: int, chunk_b: int) -> Iterator[bytes]:
    while at < end:
        chunk = _read(read, min(chunk_b, end - at), at)
        if found := chunk.find(b"\n") + 1:
            yield chunk[:found]
            return
        at += len(chunk)
        yield chunk


def _read(read: Read, size_b: int, at: int) -> bytes:
    chunk = read(size_b, at)
    if not chunk:
        raise Transient("was cut short while it was read; try again")
    return chunk
