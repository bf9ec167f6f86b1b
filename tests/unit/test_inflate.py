"""Whatever packs the bytes, the same bytes come out, or a clear failure."""

import bz2
import gzip
import lzma
import tracemalloc
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Permanent
from core.inflate import inflate
from core.limits import MIB
from tests.packers import tar, zstd_compress

TEXT = b'{"level":"ERROR"}\n' * 500


PACKERS = [gzip.compress, zstd_compress, bz2.compress]
Pack = Callable[[bytes], bytes]


def _inflated(stored: bytes, *, cut: int = 65536) -> bytes:
    return b"".join(inflate(stored[at : at + cut] for at in range(0, len(stored), cut)))


@given(
    content=st.binary(max_size=300),
    pack=st.sampled_from([bytes, *PACKERS]),
    cut=st.integers(min_value=1, max_value=400),
)
def test_any_content_comes_out_as_it_went_in(content: bytes, pack: Pack, cut: int) -> None:
    """However it was packed, and wherever the network cut it; only what is itself a packed file is not text."""
    stored = pack(b"#" + content)

    assert _inflated(stored, cut=cut) == b"#" + content


@pytest.mark.parametrize("pack", PACKERS)
@pytest.mark.parametrize("cut", [1, 7, 65536])
def test_members_one_behind_the_other_are_one_file(pack: Pack, cut: int) -> None:
    """As `cat a.gz b.gz` makes it."""
    assert _inflated(pack(b"one\n") + pack(b"") + pack(b"two\n"), cut=cut) == b"one\ntwo\n"


@pytest.mark.parametrize("pack", PACKERS)
@pytest.mark.parametrize("kept", [0.5, 0.98])
@pytest.mark.parametrize("before", [b"", TEXT])
def test_a_truncated_file_is_a_failure_and_not_a_short_file(pack: Pack, kept: float, before: bytes) -> None:
    """Also when only its second member is."""
    whole = pack(TEXT)

    with pytest.raises(Permanent, match="truncated"):
        _inflated((pack(before) if before else b"") + whole[: int(len(whole) * kept)])


def test_a_gzip_without_its_last_byte_is_truncated() -> None:
    """All lines are there, but nobody can say that these are all."""
    with pytest.raises(Permanent, match="truncated gzip"):
        _inflated(gzip.compress(TEXT)[:-1])


@pytest.mark.parametrize("pack", PACKERS)
def test_a_damaged_file_is_a_failure(pack: Pack) -> None:
    """A flipped bit in the middle or at the end, found by the checksum if by nothing else."""
    stored = bytearray(pack(TEXT))
    stored[len(stored) // 2] ^= 0xFF

    with pytest.raises(Permanent, match=r"damaged|truncated"):
        _inflated(bytes(stored))


def test_a_wrong_checksum_is_damage() -> None:
    """gzip keeps one of the plain bytes in its trailer."""
    stored = bytearray(gzip.compress(TEXT))
    stored[-6] ^= 1

    with pytest.raises(Permanent, match="damaged gzip"):
        _inflated(bytes(stored))


@pytest.mark.parametrize("cut", [1, 65536])
def test_zeros_behind_a_gzip_are_padding(cut: int) -> None:
    """Block devices write whole blocks."""
    assert _inflated(gzip.compress(TEXT) + bytes(1000), cut=cut) == TEXT


@pytest.mark.parametrize(("pack", "name"), list(zip(PACKERS, ["gzip", "zstd", "bzip2"], strict=True)))
@pytest.mark.parametrize("cut", [1, 65536])
@pytest.mark.parametrize("garbage", [b"x", b'{"level":"ERROR"}\n', b"BZX", b"\x1f\x8b\x00"])
def test_garbage_behind_a_packed_file_is_damage(pack: Pack, name: str, cut: int, garbage: bytes) -> None:
    """It may be the rest of what somebody wanted to have counted. It is no half member, and nobody looks for one."""
    whole = pack(TEXT)

    with pytest.raises(Permanent, match=f"damaged {name}: it ends at byte {len(whole)}, and what follows is no {name}"):
        _inflated(whole + garbage, cut=cut)


@pytest.mark.parametrize("pack", PACKERS)
@pytest.mark.parametrize("cut", [1, 65536])
def test_the_beginning_of_a_further_member_is_truncated(pack: Pack, cut: int) -> None:
    """However little of it is there."""
    with pytest.raises(Permanent, match="truncated"):
        _inflated(pack(TEXT) + pack(TEXT)[:2], cut=cut)


def test_frames_that_decoders_skip_are_skipped() -> None:
    """Parallel packers put one in front of each frame."""
    skipped = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc"

    assert _inflated(skipped + zstd_compress(TEXT) + skipped) == TEXT


@pytest.mark.parametrize("plain", [b"BZh9 is how this log begins\n", b"\x1f\x8b", b"\x28\xb5", b"B", b""])
def test_what_only_begins_like_a_packed_file_is_plain(plain: bytes) -> None:
    """So is a `.gz` that is none: names decide nothing."""
    assert _inflated(plain) == plain


@pytest.mark.parametrize("pack", [bytes, *PACKERS])
@pytest.mark.parametrize("cut", [1, 2, 65536])
def test_a_byte_order_mark_is_dropped(pack: Pack, cut: int) -> None:
    """Windows tools write one, and JSON allows none."""
    assert _inflated(pack(b"\xef\xbb\xbf" + TEXT), cut=cut) == TEXT


@pytest.mark.parametrize("pack", PACKERS)
def test_a_bomb_costs_no_memory_and_stops_at_the_limit(pack: Pack) -> None:
    """300 MiB of zeros pack into next to nothing."""
    bomb = pack(bytes(300 * MIB))
    tracemalloc.start()

    with pytest.raises(Permanent, match="over the limits"):
        _drain(inflate([bomb], size_b_max=250 * MIB))

    assert tracemalloc.get_traced_memory()[1] < 20 * MIB
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (b"PK\x03\x04\x14" + TEXT, "a zip archive"),
        (b"PK\x05\x06" + bytes(18), "a zip archive"),
        (lzma.compress(TEXT), "xz"),
        (b"7z\xbc\xaf\x27\x1c" + TEXT, "a 7z archive"),
        (b"\x04\x22\x4d\x18" + TEXT, "lz4"),
        (b"\xff\x06\x00\x00sNaPpY" + TEXT, "a snappy stream"),
        (b"PAR1" + TEXT, "Parquet"),
        (tar(TEXT), "a tar archive"),
        (gzip.compress(tar(TEXT), mtime=0), "a tar archive"),
        (gzip.compress(zstd_compress(TEXT), mtime=0), "packed twice"),
    ],
)
def test_what_is_no_log_is_refused_by_name(stored: bytes, words: str) -> None:
    """Some of its lines might be read, and their count would look like that of all."""
    with pytest.raises(Permanent, match=words):
        _inflated(stored)


def test_a_zstd_that_asks_for_too_much_memory_is_refused() -> None:
    """Its author may choose how much a reader has to hold."""
    with pytest.raises(Permanent, match="memory"):
        _inflated(zstd_compress(TEXT, window_log=27))


def test_damage_is_said_in_words() -> None:
    """Not in the numbers of a library."""
    stored = gzip.compress(TEXT)[:-8] + bytes(8)

    with pytest.raises(Permanent, match="damaged gzip: it can't be unpacked to its end"):
        _inflated(stored)


def _drain(pieces: Iterable[bytes]) -> None:
    for _ in pieces:
        pass
