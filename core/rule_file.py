"""A file that holds rules → the rules that it comes to, or all that is wrong with it, each with its line."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from core.allowed import meant, no_such, problem
from core.errors import Misspelt
from core.model import Rule
from core.rule_settings import PLAIN_LEVELS, PLAIN_THRESHOLD, RULES, RuleList, namesakes, rules_of
from core.rules import covers, takes_all
from core.settings import Settings
from core.values import Levels, Threshold, no_yes_or_no
from core.written import Kind, Written, read

if TYPE_CHECKING:
    from core.places import Path


class Remark(Struct, frozen=True):
    """What is to be said of a place in a file."""

    words: str
    line: int | None  # None: nobody can tell
    column: int | None = None

    def at(self, name: str) -> str:
        """Say it, of the file of this name, as compilers do: editors lead there."""
        places = [str(place) for place in (self.line, self.column) if place is not None]
        return f"{':'.join([name, *places])}: {self.words}"


class Checked(Struct, frozen=True):
    """What a file of rules comes to. With a problem it comes to none."""

    rules: tuple[Rule, ...]
    problems: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()  # what is allowed, and may not be meant


class _RulesOfFile(BaseModel):
    """What a file says of rules. What else it says is for those who need it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    threshold: Threshold = PLAIN_THRESHOLD
    levels: Levels = PLAIN_LEVELS
    rules: RuleList

    _numbers_are_numbers = field_validator("*", mode="before")(no_yes_or_no)


def check(data: bytes, kind: Kind) -> Checked:
    """Check a file of settings with the list `rules`, or, in JSON, that list alone."""
    try:
        written = read(data, kind)
    except Misspelt as exc:
        return Checked((), (Remark(str(exc), exc.line, exc.column),))
    if kind is Kind.JSON and isinstance(written.value, list):
        written = _with_rules(written)
    if not isinstance(written.value, dict):
        return Checked((), (Remark("it must hold settings, and among them the list rules", 1),))
    if RULES not in written.value:
        return Checked((), (*_strangers(written), Remark("it holds no rules: a list of them, under the key rules", 1)))
    problems = [*_strangers(written), *_namesakes(written)]
    try:
        of_file = _RulesOfFile.model_validate(written.value)
    except ValidationError as exc:
        problems += [
            Remark(problem(error, _RulesOfFile, name=str), written.line_of(error["loc"]))
            for error in exc.errors(include_url=False)
        ]
        of_file = None
    if of_file is None or problems:
        return Checked((), tuple(sorted(problems, key=lambda one: one.line or 0)))
    rules = rules_of(of_file.rules, threshold=of_file.threshold, levels=of_file.levels)
    return Checked(rules, notes=tuple(_notes(rules, written)))


def _with_rules(written: Written) -> Written:
    lines: Mapping[Path, int] = {(RULES, *path): line for path, line in written.lines.items()}
    return Written({RULES: written.value}, lines)


def _strangers(written: Written) -> Iterator[Remark]:
    for key in written.value.keys() - Settings.model_fields.keys():
        yield Remark(no_such(key, "no setting", meant(key), Settings.model_fields), written.line_of((key,)))


def _namesakes(written: Written) -> Iterator[Remark]:
    """Answer a problem for each rule that is called as one before it, also where others are wrong."""
    rules: Any = written.value.get(RULES)
    listed = rules if isinstance(rules, list) else []
    for n, words in namesakes(rule.get("name") if isinstance(rule, dict) else None for rule in listed):
        yield Remark(words, written.line_of((RULES, n, "name")))


def _notes(rules: Sequence[Rule], written: Written) -> Iterator[Remark]:
    last = len(rules) - 1
    for n, rule in enumerate(rules):
        # The last one takes what is left, whatever it says.
        before = (m for m in range(n) if (takes_all(rules[m]) if n == last else covers(rules[m], rule)))
        place = written.line_of((RULES, n))
        if rule.prefix.startswith("/"):
            yield Remark(f"rules[{n}] ({rule.name}): a key seldom begins with a slash, as its prefix does", place)
        if (m := next(before, None)) is not None:
            words = f"rules[{n}] ({rule.name}) is never used: rules[{m}] ({rules[m].name}) takes all that it would"
            yield Remark(words, place)
        elif n == last and not takes_all(rule):
            words = (
                f"rules[{n}] ({rule.name}) is the last, and takes whatever is left, also what its bucket, prefix and"
                " suffix do not match; if others shall, put a rule without these behind it"
            )
            yield Remark(words, place)
