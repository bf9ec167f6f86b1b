"""A part of a version: ministack answers a version whole, whatever range is asked for. AWS cuts it."""

import re
from typing import Final

from msgspec.structs import replace

from local.wire import Answer, Request

_OF_THE_WHOLE: Final = (b"content-length", b"x-amz-checksum-")
_FROM: Final = re.compile(r"bytes=(\d+)-")


def cut(request: Request, answer: Answer) -> Answer:
    """Answer what is behind the byte from which `request` asks for an object, if it does and got all of it."""
    found = _FROM.fullmatch(request.header("range") or "")
    if found is None or request.operation != "GetObject" or answer.status != 200:
        return answer
    start, size_b = int(found[1]), len(answer.body)
    # The checksums are those of the whole.
    headers = [(name, value) for name, value in answer.headers if not name.lower().startswith(_OF_THE_WHOLE)]
    headers.append((b"content-range", f"bytes {start}-{size_b - 1}/{size_b}".encode()))
    return replace(answer, status=206, headers=headers, body=answer.body[start:])
