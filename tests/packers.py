"""zstd as its command line packs: with a checksum, which the library leaves out."""

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def zstd_compress(data: bytes, *, window_log: int = 20) -> bytes:
    """Pack without saying the size first, as a pipe does."""
    options: dict[int, int] = {
        zstd.CompressionParameter.checksum_flag: 1,
        zstd.CompressionParameter.window_log: window_log,
    }
    packer = zstd.ZstdCompressor(options=options)
    return packer.compress(data) + packer.flush()
