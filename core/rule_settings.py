"""One rule as somebody writes it, in a file or a variable, and the rule that it comes to."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode

from core.allowed import Allowed, wrong
from core.model import Grown, Missing, Rule, Shape
from core.presets import SHAPES, Preset, otherwise
from core.spellings import unclear
from core.values import (
    SOME_ARN,
    SOME_FIELD,
    SOME_LEVELS,
    SOME_ZONE,
    Arn,
    FieldName,
    Levels,
    Zone,
    listed,
    lowered,
    no_yes_or_no,
)

RULES: Final = "rules"  # the setting that holds them
# What a rule says if nobody says anything.
PLAIN_THRESHOLD: Final = 10
PLAIN_LEVELS: Final = Shape().levels


class RuleSettings(BaseModel):
    """How some objects are read, and when they ring. What is not set is as in the settings above the rules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Allowed("a text of 1 to 100 characters")] = Field(
        min_length=1, max_length=100, description="How the ledger names it."
    )
    bucket: Annotated[str, Allowed("a glob, such as logs-*")] = Field(
        default="*", min_length=1, description="Which buckets: a glob."
    )
    prefix: Annotated[str, Allowed("a glob, such as prod/*/api-")] = Field(
        default="", description="How the key begins: a glob."
    )
    suffix: Annotated[str, Allowed("a glob, such as .json*")] = Field(default="", description="How it ends: a glob.")
    ignore: Annotated[bool, Allowed("true or false")] = Field(
        default=False, description="Whether they are not even read. What is announced of them is forgotten."
    )
    preset: Annotated[Preset | None, BeforeValidator(lowered), Allowed(", ".join(Preset))] = Field(
        default=None, description="Which logger writes them: its fields and levels, for those that are not set here."
    )
    threshold: int | None = Field(default=None, ge=1, description="Errors from which on a file rings.")
    levels: Annotated[Levels | None, Allowed(SOME_LEVELS)] = Field(
        default=None, description="The levels that are errors. One of digits is the number, too."
    )
    time_field: Annotated[FieldName | None, Allowed(SOME_FIELD)] = Field(
        default=None, description="The field with the time; `ts` unless set."
    )
    service_field: Annotated[FieldName | None, Allowed(SOME_FIELD)] = Field(
        default=None, description="The field with the service; `service` unless set."
    )
    level_field: Annotated[FieldName | None, Allowed(SOME_FIELD)] = Field(
        default=None, description="The field with the level; `level` unless set."
    )
    zone: Annotated[Zone | None, Allowed(SOME_ZONE)] = Field(
        default=None, description="The offset of times that have none; else such times can't be read."
    )
    topic_arn: Annotated[Arn | None, Allowed(SOME_ARN)] = Field(default=None, description="Where it rings.")
    missing_object: Annotated[Missing | None, BeforeValidator(lowered)] = Field(
        default=None, description="What an object that was deleted before it was read leads to, as `LOGTALLY_MISSING`."
    )
    grown: Annotated[Grown, BeforeValidator(lowered)] = Field(
        default=Grown.APPEND,
        description="What another version of a key is: `append`: the same file, if it begins with the bytes that were"
        " counted, and only what follows them counts; `replace`: always another file.",
    )

    _numbers_are_numbers = field_validator(
        "name", "bucket", "prefix", "suffix", "threshold", "time_field", "service_field", "level_field", mode="before"
    )(no_yes_or_no)

    @field_validator("bucket", "prefix")
    @classmethod
    def _no_address(cls, value: str, info: ValidationInfo) -> str:
        if value.startswith(("s3://", "arn:")) or (info.field_name == "bucket" and "/" in value):
            raise wrong("matches nothing: a bucket's name stands in bucket, and how its keys begin in prefix")
        return value

    @field_validator("ignore", mode="before")
    @classmethod
    def _yes_or_no(cls, value: object) -> object:
        if not isinstance(value, bool):
            raise ValueError  # noqa: TRY004 - what pydantic makes a problem of
        return value

    @model_validator(mode="after")
    def _fields_differ(self) -> Self:
        if problem := unclear(self._shape(levels=PLAIN_LEVELS)):
            raise wrong(f"time_field, service_field and level_field {problem}")
        return self

    def rule(self, *, threshold: int, levels: frozenset[str]) -> Rule:
        """Answer the rule, with what it does not say itself: as its preset has it, else as given here."""
        return Rule(
            name=self.name,
            bucket=self.bucket,
            prefix=self.prefix,
            suffix=self.suffix,
            ignore=self.ignore,
            threshold=self.threshold or threshold,
            shape=self._shape(levels=levels),
            topic_arn=self.topic_arn,
            missing_object=self.missing_object,
            grown=self.grown,
        )

    def _shape(self, *, levels: frozenset[str]) -> Shape:
        return otherwise(
            Shape(levels=levels) if self.preset is None else SHAPES[self.preset],
            time_field=self.time_field,
            service_field=self.service_field,
            level_field=self.level_field,
            levels=self.levels,
            zone=self.zone,
        )


def rules_of(settings: Sequence[RuleSettings], *, threshold: int, levels: frozenset[str]) -> tuple[Rule, ...]:
    """Answer the rules, each with what it does not say itself; without any, one for everything. Never empty."""
    rules = settings or (RuleSettings(name="default"),)
    return tuple(rule.rule(threshold=threshold, levels=levels) for rule in rules)


def namesakes(names: Iterable[object]) -> Iterator[tuple[int, str]]:
    """Yield each rule that is called as one before it, and say so. `names`: those of all rules, if they have one."""
    first: dict[str, int] = {}
    for n, name in enumerate(names):
        if isinstance(name, str) and first.setdefault(name, n) != n:
            yield n, f"rules[{n}].name: rules[{first[name]}] is called {name}, too; rules must have names of their own"


def _named_apart(rules: tuple[RuleSettings, ...]) -> tuple[RuleSettings, ...]:
    for _, words in namesakes(rule.name for rule in rules):
        raise wrong(words)
    return rules


RuleList = Annotated[
    tuple[RuleSettings, ...],
    NoDecode,
    BeforeValidator(listed),
    Allowed("a list of rules: JSON in the variable, [[rules]] in a TOML file, rules: in a YAML file"),
    Field(description="First match wins; the last one takes what is left. None: one rule for everything."),
]
NamedApart = AfterValidator(_named_apart)
