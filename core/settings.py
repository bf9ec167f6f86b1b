"""The settings: read once by an entry point, checked together. Below it nothing sees a setting; it gets the value."""

import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from msgspec import Struct
from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from core.allowed import PREFIX, RELATION, Allowed, Name, no_such, problem, wrong
from core.config_file import CONFIG, of_the_file
from core.costs import PRICES, Prices
from core.errors import WrongSettings
from core.limits import (
    DIMENSION_LENGTH_MAX,
    HOUR_S,
    RETENTION_DAYS,
    RETENTION_DAYS_MIN,
    SETTLE_AFTER_S,
    VISIBILITY_S_MAX,
    VISIBILITY_S_MIN,
)
from core.logs import LogFormat, LogLevel
from core.model import Missing, Rule
from core.rule_settings import PLAIN_LEVELS, PLAIN_THRESHOLD, NamedApart, RuleList, rules_of
from core.values import (
    ApiHost,
    ApiPort,
    Arn,
    Dollars,
    HealthFile,
    Levels,
    Names,
    Threshold,
    Tokens,
    Url,
    lowered,
    no_yes_or_no,
)

LOCAL_FENCE: Final = "LOGTALLY_LOCAL_FENCE"  # for the local cloud alone, and refused anywhere else
NOT_SETTINGS: Final = {CONFIG, LOCAL_FENCE}
STOP_TIMEOUT_S_MAX: Final = 120  # Fargate allows no more
API_HOST: Final = "127.0.0.1"
API_PORT: Final = 8000
ENVIRONMENT_LENGTH_MAX: Final = 64
assert ENVIRONMENT_LENGTH_MAX <= DIMENSION_LENGTH_MAX


class Scheme(StrEnum):
    """How clients come to the API."""

    AS_TOLD = "as-told"
    HTTPS = "https"


class Access(StrEnum):
    """Who may use the API."""

    TOKEN = "token"  # noqa: S105 - a word, and no token
    OPEN = "open"


class FromOutside(BaseSettings):
    """Settings that stand in the environment, or in the file that it names: then the environment wins."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then the file. Raises Usage if that can't be read."""
        del dotenv_settings, file_secret_settings
        return (init_settings, env_settings, InitSettingsSource(settings_cls, of_the_file(os.environ)))


class Settings(FromOutside):
    """All settings, as `LOGTALLY_…` variables or in the file that `LOGTALLY_CONFIG` names."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    queue_url: Url = Field(description="The queue that S3 announces objects in.")
    dead_queue_url: Url = Field(description="The dead-letter queue that its redrive policy names.")
    table: Annotated[str, Allowed("a table's name: 3 to 255 of A-Z a-z 0-9 _ . -")] = Field(
        pattern=r"^[A-Za-z0-9_.-]+$", min_length=3, max_length=255, description="The ledger's DynamoDB table."
    )
    topic_arn: Arn = Field(description="The SNS topic that alerts go to.")
    environment: Annotated[str, Allowed("1 to 64 of A-Z a-z 0-9 _ . -, a letter or a digit first")] = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        max_length=ENVIRONMENT_LENGTH_MAX,
        description="The dimension `Environment` of all metrics.",
    )
    bucket: Annotated[str | None, Allowed("a bucket's name")] = Field(
        default=None,
        description="The bucket that is watched. The worker asks at its start whether it is there, and counts whatever"
        " is announced.",
    )
    region: Annotated[str | None, Allowed("a region's name, such as eu-west-1")] = Field(
        default=None, description="The AWS region; else AWS_REGION."
    )
    threshold: Threshold = PLAIN_THRESHOLD
    levels: Levels = Field(default=PLAIN_LEVELS, description="The levels that are errors.")
    rules: Annotated[RuleList, NamedApart] = ()
    missing: Annotated[Missing, BeforeValidator(lowered)] = Field(
        default=Missing.END,
        description="What an object that was deleted before it was read leads to: `end`: it is over; `dlq`: and a copy"
        " of its message is a dead letter; `retry`: it is looked for until the queue's receives are used up.",
    )
    linger_s: float = Field(default=1.0, ge=0, le=60, description="How long a report waits for others to share a push.")
    visibility_timeout_s: int = Field(
        default=300,
        ge=VISIBILITY_S_MIN,
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
    health_file: HealthFile = None
    api_host: ApiHost = API_HOST
    api_port: ApiPort = API_PORT
    api_token: Tokens = Field(
        default=(),
        description="What a client sends as `Authorization: Bearer …`: any of these, so that one can be replaced.",
    )
    api_access: Annotated[Access, BeforeValidator(lowered)] = Field(
        default=Access.TOKEN,
        description="`open`: whoever reaches the API may use it; else it starts without a token on the loopback alone.",
    )
    api_buckets: Names = Field(
        default=(), description="The buckets that may be asked about; else that of `LOGTALLY_BUCKET`."
    )
    api_scheme: Annotated[Scheme, BeforeValidator(lowered)] = Field(
        default=Scheme.AS_TOLD,
        description="`https`: clients come by it, whatever the last proxy says; else as that says.",
    )
    api_keep_alive_s: int = Field(
        default=5,
        ge=1,
        le=3600,
        description="Seconds for which the API keeps a connection that nothing is asked on. Behind a load balancer:"
        " more than that keeps one, or it asks on one that is being closed.",
    )
    api_analyses: int = Field(default=2, ge=1, le=32, description="How many files the API reads at once.")
    log_level: Annotated[LogLevel, BeforeValidator(lowered)] = Field(
        default=LogLevel.INFO, description="What is worth a line of the log."
    )
    log_format: Annotated[LogFormat, BeforeValidator(lowered)] = Field(
        default=LogFormat.AUTO,
        description="How a line of the log looks; `auto`: for a person on a terminal, else JSON.",
    )
    price_1k_lists: Dollars = Field(default=PRICES.lists, description="Of a thousand listings of S3.")
    price_1k_gets: Dollars = Field(default=PRICES.gets, description="Of a thousand GETs of S3.")
    price_1m_reads: Dollars = Field(default=PRICES.reads, description="Of a million read units of DynamoDB.")
    price_1m_writes: Dollars = Field(default=PRICES.writes, description="Of a million write units of DynamoDB.")
    price_1k_pushes: Dollars = Field(default=PRICES.pushes, description="Of a thousand calls to CloudWatch.")
    price_1m_messages: Dollars = Field(default=PRICES.messages, description="Of a million calls to SQS.")
    price_1m_alerts: Dollars = Field(default=PRICES.alerts, description="Of a million messages of SNS.")
    commit: Annotated[str | None, Allowed("a text of 1 to 64 characters")] = Field(
        default=None, min_length=1, max_length=64, description="Which commit this is, for `/health`."
    )

    _numbers_are_numbers = field_validator("*", mode="before")(no_yes_or_no)

    def prices(self) -> Prices:
        """Answer what AWS takes for what a backfill does."""
        return Prices(
            lists=self.price_1k_lists,
            gets=self.price_1k_gets,
            reads=self.price_1m_reads,
            writes=self.price_1m_writes,
            pushes=self.price_1k_pushes,
            messages=self.price_1m_messages,
            alerts=self.price_1m_alerts,
        )

    @field_validator("dead_queue_url", mode="after")
    @classmethod
    def _queues_differ(cls, dead_queue_url: str, info: ValidationInfo) -> str:
        if dead_queue_url == info.data.get("queue_url"):
            # What is sent there would be received again, at once and for ever.
            raise wrong("is the queue that S3 announces objects in; name its dead-letter queue")
        return dead_queue_url

    @model_validator(mode="after")
    def _times_fit_together(self) -> Self:
        if not self.drain_timeout_s < self.stop_timeout_s < self.visibility_timeout_s:
            times = ("drain_timeout_s", "stop_timeout_s", "visibility_timeout_s")
            why = "a draining worker must finish before it is killed, and be gone before its messages become visible"
            raise PydanticCustomError(
                RELATION, "{why}", {"values": {name: getattr(self, name) for name in times}, "why": why}
            )
        return self

    def all_rules(self) -> tuple[Rule, ...]:
        """Answer the rules, each with what it does not say itself. Never empty."""
        return rules_of(self.rules, threshold=self.threshold, levels=self.levels)


class Problem(Struct, frozen=True):
    """What is wrong with some settings."""

    settings: tuple[str, ...]  # as fields; empty: it is about something that is none
    line: str


class Checked(Struct, frozen=True):
    """The settings as they were found. With a problem they are none."""

    settings: Settings | None
    problems: tuple[Problem, ...]


def load() -> Settings:
    """Read and check the settings. Raises WrongSettings with a line for each that names it and what is allowed."""
    checked = check()
    if checked.settings is None:
        raise WrongSettings([problem.line for problem in checked.problems])
    return checked.settings


def check() -> Checked:
    """Read the settings, and answer all that is wrong. Raises Usage if their file can't be read."""
    from_file = of_the_file(os.environ)
    names = variables(os.environ)
    name_of = name_of_setting(from_file)
    known = {name.upper() for name in Settings.model_fields} | {name.removeprefix(PREFIX) for name in NOT_SETTINGS}
    problems = [
        Problem((), no_such(names[name], "no setting", name, sorted(known), prefix=PREFIX))
        for name in sorted(names.keys() - known)
    ]
    try:
        settings = Settings()  # type: ignore[call-arg]  # they come from the environment
    except ValidationError as exc:
        problems += [
            Problem(_settings_of(error), problem(error, Settings, name=name_of))
            for error in exc.errors(include_url=False)
        ]
        settings = None
    return Checked(None if problems else settings, tuple(problems))


def name_of_setting(from_file: Mapping[str, Any]) -> Name:
    """Answer how the user wrote a setting: in the file, or as a variable."""
    names = variables(os.environ)

    def name_of(setting: str) -> str:
        if setting in from_file and setting.upper() not in names:
            return f"{os.environ[CONFIG]}: {setting}"
        return f"{PREFIX}{setting}".upper()

    return name_of


def _settings_of(error: ErrorDetails) -> tuple[str, ...]:
    """Answer which settings an error is about."""
    if error["type"] == RELATION:
        return tuple(error["ctx"]["values"])
    head = str(error["loc"][0])
    return (head,) if head in Settings.model_fields else ()


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Answer our variables as they are written there, by setting in capitals."""
    return {name.upper().removeprefix(PREFIX): name for name in environ if name.upper().startswith(PREFIX)}
