"""A few of the settings, for whoever may have no others: they are read whatever the others are."""

import os
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from core.allowed import PREFIX, problem
from core.config_file import of_the_file
from core.errors import WrongSettings
from core.model import Rule
from core.rule_settings import PLAIN_LEVELS, PLAIN_THRESHOLD, NamedApart, RuleList, rules_of
from core.settings import API_HOST, API_PORT, FromOutside, name_of_setting
from core.values import ApiHost, ApiPort, HealthFile, Levels, Threshold, no_yes_or_no


class _Few(FromOutside):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    _numbers_are_numbers = field_validator("*", mode="before")(no_yes_or_no)


class HealthSettings(_Few):
    """Of the worker's health check."""

    health_file: HealthFile = None


class ApiAddress(_Few):
    """Where the API listens: of its health check."""

    api_host: ApiHost = API_HOST
    api_port: ApiPort = API_PORT


class RulesAlone(_Few):
    """The rules, and what they leave out: of whoever tries them."""

    threshold: Threshold = PLAIN_THRESHOLD
    levels: Levels = PLAIN_LEVELS
    rules: Annotated[RuleList, NamedApart] = ()


_Kind = TypeVar("_Kind", bound=_Few)


def health_file() -> Path | None:
    """Answer the file of the health check, if one is set. Raises WrongSettings."""
    return _read(HealthSettings).health_file


def api_address() -> ApiAddress:
    """Answer where the API listens. Raises WrongSettings."""
    return _read(ApiAddress)


def rules() -> tuple[Rule, ...]:
    """Answer the rules. Raises Usage, of wrong rules with a line for each problem."""
    found = _read(RulesAlone)
    return rules_of(found.rules, threshold=found.threshold, levels=found.levels)


def _read(kind: type[_Kind]) -> _Kind:
    try:
        return kind()
    except ValidationError as exc:
        name = name_of_setting(of_the_file(os.environ))
        raise WrongSettings([problem(error, kind, name=name) for error in exc.errors(include_url=False)]) from exc
