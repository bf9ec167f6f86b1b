"""The image of this checkout, built once for all tests."""

import tomllib
from typing import Final

import pytest
from msgspec import Struct

from tests.image.engine import ROOT, Engine, Missing, found
from tests.tools import unavailable

REVISION: Final = "0123456789abcdef0123456789abcdef01234567"
SOURCE: Final = "https://example.com/logtally"
ARGUMENTS: Final = {
    "REVISION": REVISION,
    "SOURCE": SOURCE,
    "VERSION": str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]),
}


class Image(Struct, frozen=True):
    """An image, and what runs it."""

    engine: Engine
    tag: str


@pytest.fixture(scope="session")
def image() -> Image:
    """What ships."""
    try:
        engine = found()
    except Missing as exc:
        unavailable(str(exc))
    engine.build("logtally:test", ARGUMENTS)
    return Image(engine, "logtally:test")
