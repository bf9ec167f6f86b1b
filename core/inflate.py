"""Bytes as they are stored → bytes as they were written. What packs them is seen from their first bytes, not a name.

The three formats share one shape: members (gzip), frames (zstd) or streams (bzip2), one behind the other, each with
an end of its own. Whoever stops before such an end has half a file, and half a file is never taken for a short one.
"""

import bz2
import itertools
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, Protocol, cast

from isal import igzip_lib
from xxhash import xxh3_64_intdigest

from core.errors import Permanent
from core.limits import CHUNK_B, GIB, OBJECT_B_MAX, ZSTD_WINDOW_LOG_MAX

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BOM: Final = b"\xef\xbb\xbf"


class _Decompressor(Protocol):
    """What bz2, isal and zstd have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Format(NamedTuple):
    """One way of packing bytes: how it begins, and what unpacks one member of it."""

    name: str
    magic: re.Pattern[bytes]
    firsts: tuple[bytes, ...]  # how a further member begins, all of one length
    new: Callable[[], _Decompressor]
    padding: bytes  # may follow the last member


def _gunzip() -> _Decompressor:
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)


def _unzstd() -> _Decompressor:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG_MAX})


# isal leaves the upper halves of the vector registers in use. While they are, whatever else the thread does pays for it
# (Intel 64 optimization manual, "Mixing AVX code with SSE code"): counting takes 1.6 times as long. XXH3 clears them at
# the end of any input of more than 240 bytes.
_CLEARS: Final = bytes(256)
# isal's stubs do not say that its error is one.
_ISAL: Final = cast("type[Exception]", igzip_lib.IsalError)
HEAD_B: Final = 262  # what the longest magic looks at
_ZSTD_SKIPPED: Final = tuple(bytes([n]) + b"\x2a\x4d\x18" for n in range(0x50, 0x60))
_FORMATS: Final = (
    # Tapes and block devices pad with zeros.
    _Format("gzip", re.compile(rb"\x1f\x8b\x08"), (b"\x1f\x8b\x08",), _gunzip, b"\0"),
    # A frame, or one that decoders skip: parallel packers put those first.
    _Format(
        "zstd",
        re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
        (b"\x28\xb5\x2f\xfd", *_ZSTD_SKIPPED),
        _unzstd,
        b"",
    ),
    # Its first three bytes are text: so look at the first block too, or at the end of an empty stream.
    _Format("bzip2", re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), (b"BZh",), bz2.BZ2Decompressor, b""),
)

# Each holds lines that can be read by chance, and a count of these would look like one of all.
_REFUSED: Final = (
    ("a zip archive", re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)")),
    ("xz", re.compile(rb"\xfd7zXZ\x00")),
    ("a 7z archive", re.compile(rb"7z\xbc\xaf\x27\x1c")),
    ("lz4", re.compile(rb"\x04\x22\x4d\x18")),
    ("a snappy stream", re.compile(rb"\xff\x06\x00\x00sNaPpY")),
    ("Parquet", re.compile(rb"PAR1")),
    ("a tar archive", re.compile(rb".{257}ustar", re.DOTALL)),
)


def plain_from(head: bytes) -> int | None:
    """Answer where the lines begin of a file whose first HEAD_B bytes are `head`: behind a byte order mark.

    None: it is packed, or of a kind that is refused.
    """
    if any(magic.match(head) for magic in (*(known.magic for known in _FORMATS), *(magic for _, magic in _REFUSED))):
        return None
    return len(BOM) if head.startswith(BOM) else 0


def inflate(chunks: Iterable[bytes], *, size_b_max: int = OBJECT_B_MAX) -> Iterator[bytes]:
    """Answer the plain bytes of `chunks`, without a byte order mark, in pieces that fit in memory.

    Raises Permanent if they are packed and damaged, end too early, are packed in a way that is not read, or come to
    more than `size_b_max` inflated bytes.
    """
    head, stored = _peek(iter(chunks), HEAD_B)
    packed = next((known for known in _FORMATS if known.magic.match(head)), None)
    plain = stored if packed is None else _members(stored, packed)
    size_b = 0
    for piece in _without_bom(_of_lines(plain)):
        size_b += len(piece)
        if size_b > size_b_max:
            raise Permanent(f"over the limits: more than {size_b_max / GIB:g} GiB inflated")
        yield piece


def _members(chunks: Iterable[bytes], packed: _Format) -> Iterator[bytes]:
    decoder = packed.new()
    begun = False
    first = b""  # of what follows the last member, until it can be told what it is
    stored_b = 0
    for chunk in chunks:
        rest = chunk
        stored_b += len(chunk)
        while rest:
            if not begun:
                first = (first + rest).lstrip(packed.padding) if packed.padding else first + rest
                if not any(known.startswith(first[: len(known)]) for known in packed.firsts):
                    end = stored_b - len(first)
                    raise Permanent(
                        f"damaged {packed.name}: it ends at byte {end}, and what follows is no {packed.name}"
                    )
                if len(first) < len(packed.firsts[0]):
                    break
                rest, first, begun = first, b"", True
            yield from _feed(decoder, rest, packed)
            rest = decoder.unused_data if decoder.eof else b""
            if decoder.eof:
                decoder, begun = packed.new(), False
    if begun or first:
        raise Permanent(f"truncated {packed.name}: it ends before its end mark")


def _feed(decoder: _Decompressor, data: bytes, packed: _Format) -> Iterator[bytes]:
    try:
        # Bounded pieces: a bomb would unpack a thousandfold in one call.
        while piece := decoder.decompress(data, CHUNK_B):
            xxh3_64_intdigest(_CLEARS)
            yield piece
            if decoder.eof:
                return
            data = b""
    except _ISAL as exc:  # its words are a number
        raise Permanent(f"damaged {packed.name}: it can't be unpacked to its end") from exc
    except (zstd.ZstdError, OSError) as exc:
        raise Permanent(f"damaged {packed.name}: {exc}") from exc


def _of_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head, whole = _peek(chunks, HEAD_B)
    names = [known.name for known in _FORMATS]
    if any(known.magic.match(head) for known in _FORMATS):
        raise Permanent("packed twice: pack it once")
    for name, magic in _REFUSED:
        if magic.match(head):
            raise Permanent(f"{name}: only plain lines are read, and those in {', '.join(names[:-1])} or {names[-1]}")
    yield from whole


def _without_bom(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head, whole = _peek(chunks, len(BOM))
    if head.startswith(BOM):
        # What `_peek` gathered comes back as the first chunk.
        yield next(whole).removeprefix(BOM)
    yield from whole


def _peek(chunks: Iterator[bytes], size_b: int) -> tuple[bytes, Iterator[bytes]]:
    """Answer at least the first `size_b` bytes (fewer: there are no more), and all of them again."""
    head = b""
    while len(head) < size_b and (chunk := next(chunks, None)) is not None:
        head += chunk
    return head, itertools.chain((head,), chunks)
