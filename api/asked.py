"""What somebody asks: the parameters of `/analyze` and `/notify`."""

import re
import shlex
from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from core.limits import BUCKET_LENGTH_MAX, KEY_B_MAX
from core.times import instant

THRESHOLD_MAX: Final = 2**53 - 1  # the largest that every reader of JSON takes for itself
_PLUS_LOST: Final = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:\d\d)")


def _since(value: object) -> object:
    if not isinstance(value, str):
        return value
    # In a URL a + is a space, and hardly anybody who writes one by hand remembers.
    at = instant(_PLUS_LOST.sub(r"\1+\2", value))
    if at is None:
        raise PydanticCustomError("time", "must be an RFC 3339 time, such as 2025-09-15T12:00:00Z")
    return at


class Ask(BaseModel):
    """Which file, and when it rings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: str = Field(min_length=1, max_length=BUCKET_LENGTH_MAX, description="The bucket.")
    prefix: str = Field(
        max_length=KEY_B_MAX,
        description="Where in the bucket: the newest file under it counts, by the time in its name. Or a key.",
    )
    threshold: int = Field(ge=1, le=THRESHOLD_MAX, description="Errors from which on the file rings.")
    since: Annotated[
        datetime | None,
        BeforeValidator(_since),
        WithJsonSchema({"type": "string", "format": "date-time"}),
        Field(description="Only errors after this time count.", examples=["2025-09-15T12:00:00Z"]),
    ] = None

    @property
    def fingerprint(self) -> str:
        """What makes it another question."""
        return self.model_dump_json()

    def command(self, key: str) -> str:
        """Answer what to type on a machine that has more time."""
        words = ["analyze", "--bucket", self.bucket, "--prefix", key, "--threshold", str(self.threshold)]
        words += [] if self.since is None else ["--since", self.since.isoformat()]
        return shlex.join(words)
