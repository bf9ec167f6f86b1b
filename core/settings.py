"""The settings: read once by an entry point, checked together. Below it nothing sees a setting; it gets the value."""

import difflib
import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from core.errors import Usage
from core.limits import (
    DIMENSION_LENGTH_MAX,
    HOUR_S,
    RETENTION_DAYS,
    RETENTION_DAYS_MIN,
    SETTLE_AFTER_S,
    VISIBILITY_S_MAX,
)
from core.logs import LogFormat, LogLevel
from core.model import Rule
from core.writers import Fence

PREFIX: Final = "LOGTALLY_"
CONFIG: Final = "LOGTALLY_CONFIG"  # names a TOML file; the environment wins over it
LOCAL_FENCE: Final = "LOGTALLY_LOCAL_FENCE"  # for the local cloud alone, and refused anywhere else
NOT_SETTINGS: Final = {CONFIG, LOCAL_FENCE}
STOP_TIMEOUT_S_MAX: Final = 120  # Fargate allows no more

_Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+/\S+$")]
_Arn = Annotated[str, Field(pattern=r"^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?$")]
_Levels = Annotated[frozenset[str], Field(min_length=1)]
_FieldName = Annotated[str, Field(min_length=1, max_length=256)]


class RuleSettings(BaseModel):
    """How some objects are read, and when they ring. What is not set is as in the settings above the rules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100, description="How the ledger names it.")
    bucket: str = Field(default="*", min_length=1, description="Which buckets: a glob.")
    prefix: str = Field(default="", description="How the key begins.")
    suffix: str = Field(default="", description="How the key ends.")
    threshold: int | None = Field(default=None, ge=1, description="Errors from which on a file rings.")
    levels: _Levels | None = Field(default=None, description="The levels that are errors.")
    time_field: _FieldName = Field(default="ts", description="The field with the time.")
    service_field: _FieldName = Field(default="service", description="The field with the service.")
    level_field: _FieldName = Field(default="level", description="The field with the level.")
    topic_arn: _Arn | None = Field(default=None, description="Where it rings.")

    @model_validator(mode="after")
    def _fields_differ(self) -> Self:
        if len({self.time_field, self.service_field, self.level_field}) < 3:
            raise ValueError("time_field, service_field and level_field must be three different fields")
        return self


class Settings(BaseSettings):
    """All settings of a worker, as `LOGTALLY_…` variables or in the file that `LOGTALLY_CONFIG` names."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    queue_url: _Url = Field(description="The queue that S3 announces objects in.")
    dead_queue_url: _Url = Field(description="Its dead-letter queue.")
    table: str = Field(
        pattern=r"^[A-Za-z0-9_.-]+$", min_length=3, max_length=255, description="The ledger's DynamoDB table."
    )
    topic_arn: _Arn = Field(description="The SNS topic that alerts go to.")
    environment: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        max_length=min(DIMENSION_LENGTH_MAX, 64),
        description="The dimension `Environment` of all metrics.",
    )
    bucket: str | None = Field(default=None, description="The bucket that is watched; for those who ask, not to count.")
    region: str | None = Field(default=None, description="The AWS region; else AWS_REGION.")
    threshold: int = Field(default=10, ge=1, description="Errors from which on a file rings.")
    levels: _Levels = Field(default=frozenset({"ERROR"}), description="The levels that are errors.")
    rules: tuple[RuleSettings, ...] = Field(
        default=(), description="First match wins; the last one takes what is left. None: one rule for everything."
    )
    linger_s: float = Field(default=1.0, ge=0, le=60, description="How long a report waits for others to share a push.")
    visibility_timeout_s: int = Field(
        default=300,
        ge=15,  # three heartbeats
        le=VISIBILITY_S_MAX,
        description="How long a received message stays hidden unless extended.",
    )
    drain_timeout_s: float = Field(
        default=90, gt=0, description="How long a stopping worker finishes what it has in hand."
    )
    stop_timeout_s: float = Field(
        default=STOP_TIMEOUT_S_MAX, gt=0, le=STOP_TIMEOUT_S_MAX, description="How long ECS waits before it kills."
    )
    settle_after_s: float = Field(
        default=SETTLE_AFTER_S,
        ge=0,
        le=HOUR_S,
        description="How long a push may be outstanding before others settle it.",
    )
    settle_every_s: float = Field(default=15, gt=0, le=HOUR_S, description="How often a worker looks for such pushes.")
    retention_days: int = Field(
        default=RETENTION_DAYS, ge=RETENTION_DAYS_MIN, le=3650, description="How long the ledger remembers an object."
    )
    health_file: Path | None = Field(
        default=None, description="Where the worker says that it is alive; else the temp folder."
    )
    log_level: LogLevel = Field(default=LogLevel.INFO, description="What is worth a line.")
    log_format: LogFormat = Field(default=LogFormat.AUTO, description="json, console, or auto: by the terminal.")

    @field_validator("rules", mode="after")
    @classmethod
    def _rules_have_names_of_their_own(cls, rules: tuple[RuleSettings, ...]) -> tuple[RuleSettings, ...]:
        names = [rule.name for rule in rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two rules are called {twice[0]}")
        return rules

    @model_validator(mode="after")
    def _times_fit_together(self) -> Self:
        if not self.drain_timeout_s < self.stop_timeout_s < self.visibility_timeout_s:
            raise ValueError(
                "drain_timeout_s < stop_timeout_s < visibility_timeout_s must hold: a draining worker must finish"
                " before it is killed, and be gone before its messages become visible"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then the file that it names."""
        del dotenv_settings, file_secret_settings
        file = os.environ.get(CONFIG)
        return (init_settings, env_settings, *([TomlConfigSettingsSource(settings_cls, Path(file))] if file else []))

    def all_rules(self) -> tuple[Rule, ...]:
        """Answer the rules, each with what it does not say itself. Never empty."""
        rules = self.rules or (RuleSettings(name="default"),)
        return tuple(
            Rule(
                name=rule.name,
                bucket=rule.bucket,
                prefix=rule.prefix,
                suffix=rule.suffix,
                threshold=rule.threshold or self.threshold,
                levels=rule.levels or self.levels,
                time_field=rule.time_field,
                service_field=rule.service_field,
                level_field=rule.level_field,
                topic_arn=rule.topic_arn,
            )
            for rule in rules
        )


def load() -> Settings:
    """Read and check the settings. Raises Usage with one line that names the setting and what is allowed."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | NOT_SETTINGS
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            close = difflib.get_close_matches(name.upper(), known, n=1)
            raise Usage(f"{name} is no setting" + (f"; is {close[0]} meant?" if close else ""))
    file = os.environ.get(CONFIG)
    if file and not Path(file).is_file():
        raise Usage(f"{CONFIG}: there is no file {file}")
    try:
        return Settings()  # type: ignore[call-arg]  # they come from the environment
    except ValidationError as exc:
        raise Usage("; ".join(map(_line, exc.errors(include_url=False, include_input=False)))) from exc
    except (SettingsError, ValueError) as exc:  # what is no JSON, or no TOML
        raise Usage(f"settings: {exc}") from exc


def fence(environ: Mapping[str, str], *, endpoints: list[str]) -> Fence:
    """Answer the fence of this process: the real one, unless the local cloud hands in another.

    Raises Usage if somebody shortens it where an endpoint is not on this machine's loopback: there a shorter fence
    would count errors twice.
    """
    text = environ.get(LOCAL_FENCE)
    if not text:
        return Fence()
    if far := [endpoint for endpoint in endpoints if not _on_loopback(endpoint)]:
        raise Usage(f"{LOCAL_FENCE} is for the local cloud alone, and {far[0]} is not on the loopback: unset it")
    try:
        return msgspec.json.decode(text, type=Fence)
    except msgspec.DecodeError as exc:
        raise Usage(f"{LOCAL_FENCE}: {exc}") from exc


def _on_loopback(endpoint: str) -> bool:
    try:
        return ip_address(urlsplit(endpoint).hostname or "").is_loopback
    except ValueError:
        return False  # a name may be resolved to anywhere


def _line(error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"])
    name = f"{PREFIX}{where}".upper() if where and "." not in where else where or "settings"
    if error["type"] == "missing":
        field = Settings.model_fields.get(where)
        return f"{name} is not set" + (f": {_lower(field.description)}" if field and field.description else "")
    message: str = error["msg"]
    context: Mapping[str, Any] = error.get("ctx", {})
    pattern = context.get("pattern")
    return f"{name}: must match {pattern}" if pattern else f"{name}: {_lower(re.sub('^Value error, ', '', message))}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
