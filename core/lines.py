"""Bytes in any pieces → whole lines, in memory that does not grow with the file or with its longest line."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from core.limits import LINE_B_MAX


class Batch(NamedTuple):
    """Lines that arrived together, each with its line feed, and how many more were too long to be held."""

    text: bytes
    too_long: int

    @property
    def lines(self) -> list[bytes]:
        """The lines without their line feeds."""
        return self.text.split(b"\n")[:-1]


def batches(chunks: Iterable[bytes], *, line_b_max: int = LINE_B_MAX) -> Iterator[Batch]:
    r"""Answer the lines of `chunks` in order, about one batch for each chunk.

    Only `\n` ends a line: a JSON string may hold any other separator. The last line needs none. What is called too
    long does not depend on where the chunks are cut.
    """
    tail = bytearray()  # of a line that has not ended yet
    skipping = False  # such a line is too long already
    for chunk in chunks:
        end = chunk.rfind(b"\n") + 1
        if end:
            start = chunk.index(b"\n") + 1 if skipping else 0
            ended = b"".join((tail, memoryview(chunk)[start:end])) if tail else chunk[start:end]
            yield _batch(ended, line_b_max, too_long=skipping)
            skipping = False
            tail.clear()
        if not skipping:
            tail += chunk[end:]
            skipping = len(tail) > line_b_max
            if skipping:
                tail.clear()
    if tail or skipping:
        yield _batch(bytes(tail) + b"\n" if tail else b"", line_b_max, too_long=skipping)


def _batch(ended: bytes, line_b_max: int, *, too_long: bool) -> Batch:
    batch = Batch(ended, too_long)
    if len(ended) <= line_b_max:
        return batch
    lines = batch.lines
    held = [line + b"\n" for line in lines if len(line) <= line_b_max]
    return Batch(b"".join(held), too_long + len(lines) - len(held))
