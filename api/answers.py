"""What is answered. The names are a contract: `total`, `byService`, `alert`."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Self

from msgspec.structs import asdict
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from core.model import Report


class Source(StrEnum):
    """Where the numbers come from."""

    LEDGER = "ledger"  # the file was analysed before, at this ETag
    OBJECT = "object"  # it was read just now


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class Analyzed(_Answer):
    """The report of one file."""

    bucket: str
    key: str
    etag: str
    total: int = Field(description="Errors.")
    by_service: Mapping[str, int]
    alert: bool = Field(description="Whether there are as many errors as the threshold says, or more.")
    threshold: int
    since: datetime | None
    lines: int = Field(description="All but blank ones and comments.")
    malformed: int = Field(description="Lines that can't be read.")
    undated: int = Field(description="Errors without a readable time.")
    first_error: datetime | None
    last_error: datetime | None
    notes: tuple[str, ...] = Field(description="What one must know not to be misled by the numbers.")
    source: Source
    counted: bool = Field(description="Whether the errors of this very file are in CloudWatch.")

    @classmethod
    def of(cls, report: Report, *, source: Source, counted: bool) -> Self:
        """Answer a report of an object in S3."""
        return cls.model_validate({**asdict(report), "source": source, "counted": counted})


class Notified(Analyzed):
    """The report of one file, and whether somebody was alerted about it."""

    notified: bool
    message_id: str | None = Field(description="SNS's. None: nothing was published, or another process published it.")

    @classmethod
    def after(cls, analyzed: Analyzed, *, notified: bool, message_id: str | None) -> Self:
        """Answer what came of a report that somebody was to be alerted about."""
        return cls.model_validate({**analyzed.model_dump(), "notified": notified, "message_id": message_id})


class Health(_Answer):
    """That the process answers."""

    status: str = "ok"
    version: str
    commit: str | None


class Readiness(_Answer):
    """Whether each part of AWS answers."""

    ready: bool
    parts: Mapping[str, str] = Field(description="`ok`, or what is wrong.")
