"""The page's own files: read once, named by their content, so that they may be kept for ever."""

import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fastapi import Request, Response
from msgspec import Struct

FOLDER: Final = Path(__file__).parent / "static"
VERSION_LENGTH: Final = 16
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"


class Asset(Struct, frozen=True, kw_only=True):
    """One file."""

    body: bytes
    media_type: str
    version: str

    def answer(self, request: Request) -> Response:
        """Answer the file, or that whoever asks has it already. Under its version it never changes."""
        kept = FOR_EVER if request.query_params.get("v") == self.version else ASK_AGAIN
        headers = {"ETag": f'"{self.version}"', "Cache-Control": kept}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type=self.media_type, headers=headers)


def assets() -> Mapping[str, Asset]:
    """Answer all of them, by name."""
    return {path.name: _asset(path) for path in sorted(FOLDER.iterdir())}


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0]
    assert kind is not None, f"{path.name}: of what kind is it?"
    return Asset(body=body, media_type=kind, version=hashlib.sha256(body).hexdigest()[:VERSION_LENGTH])
