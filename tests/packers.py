"""Packed files, as command lines make them."""

import io
import sys
import tarfile

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def zstd_compress(data: bytes, *, window_log: int = 20) -> bytes:
    """Pack without saying the size first, as a pipe does, and with a checksum, which the library leaves out."""
    options: dict[int, int] = {
        zstd.CompressionParameter.checksum_flag: 1,
        zstd.CompressionParameter.window_log: window_log,
    }
    packer = zstd.ZstdCompressor(options=options)
    return packer.compress(data) + packer.flush()


def tar(content: bytes) -> bytes:
    """Answer an archive of one file."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        member = tarfile.TarInfo("app.jsonl")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return made.getvalue()
