"""Every setting with its value and where that is from, also when some are wrong: for whoever looks for a mistake."""

from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum
from typing import Any

from msgspec import Struct
from pydantic import SecretStr, create_model

from core.allowed import PREFIX
from core.config_file import CONFIG
from core.rule_settings import RULES, RuleSettings
from core.settings import Checked, Settings, variables


class Source(StrEnum):
    """Where a value is from."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"
    NOWHERE = "nowhere"  # it must be set, and is not


class Said(Struct, frozen=True, kw_only=True):
    """One setting. What is wrong with it stands in place of its value."""

    name: str
    value: str | None  # None: it has none, or a wrong one
    source: Source
    where: str | None  # the option, the variable, or the file
    problem: str | None = None


def values_of(checked: Checked, *, environ: Mapping[str, str], from_file: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the values of all settings that are not wrong, by field."""
    if checked.settings is not None:
        return {name: getattr(checked.settings, name) for name in Settings.model_fields}
    written = variables(environ)
    raw = {**from_file, **{name.lower(): environ[variable] for name, variable in written.items()}}
    # What is wrong only beside others is right by itself.
    alone = {name for problem in checked.problems if len(problem.settings) == 1 for name in problem.settings}
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in Settings.model_fields.items() if name not in alone
    }
    right = create_model("Right", **fields).model_validate({name: raw[name] for name in raw.keys() & fields.keys()})
    return {name: getattr(right, name) for name in fields}


def said(
    checked: Checked,
    values: Mapping[str, Any],
    *,
    environ: Mapping[str, str],
    from_file: Mapping[str, Any],
    options: Mapping[str, str],
) -> list[Said]:
    """Answer a line for each setting, and behind the rules one for each of them. `options`: of the command line."""
    # Whoever wins comes last.
    origins: dict[str, tuple[Source, str | None]] = dict.fromkeys(from_file, (Source.FILE, environ.get(CONFIG)))
    origins |= {name.lower(): (Source.ENVIRONMENT, variable) for name, variable in variables(environ).items()}
    origins |= {name: (Source.OPTION, f"--{name}") for name in options}
    lines = []
    for name, field in Settings.model_fields.items():
        nobody = Source.NOWHERE if field.is_required() else Source.DEFAULT
        source, where = origins.get(name, (nobody, None))
        problems = [problem.line for problem in checked.problems if name in problem.settings]
        lines.append(
            Said(
                name=f"{PREFIX}{name}".upper(),
                value=shown(values[name]) if name in values else None,
                source=source,
                where=where,
                problem="; ".join(problems) or None,
            )
        )
        if name == RULES:
            lines += [_rule(rule, source, where) for rule in values.get(RULES, ())]
    return lines


def shown(value: Any) -> str:
    """Answer a value as it is shown. Nothing of a token."""
    match value:
        case None:
            return ""
        case tuple():
            return _listed(value)
        case frozenset():
            return _listed(sorted(value))
        case Enum():
            return str(value.value)
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _listed(values: Sequence[Any]) -> str:
    if any(isinstance(value, SecretStr) for value in values):
        return f"{len(values)} set, not shown"
    if any(isinstance(value, RuleSettings) for value in values):
        return f"{len(values)} of them"
    return ",".join(values)


def _rule(rule: RuleSettings, source: Source, where: str | None) -> Said:
    own = {name: shown(getattr(rule, name)) for name in RuleSettings.model_fields if name in rule.model_fields_set}
    words = " ".join(f"{name}={value}" for name, value in own.items() if name != "name")
    return Said(name=f"rule {rule.name}", value=words or "everything as above", source=source, where=where)
