"""The commands of `logtally rules`: words in, words out."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from cli import answers, exits
from cli.aws import given, speaks_to_aws
from cli.options import AsJson
from core.errors import LogtallyError, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.model import ObjectRef, Rule
    from core.trial import Trial

READ_MAX = 10_000
LINES_MAX = 100

rules = typer.Typer(no_args_is_help=True)


@rules.callback()
@speaks_to_aws
def group() -> None:
    """Check rules before a worker has them: whether they are right, and what they make of a file."""


@rules.command()
def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="TOML; or YAML or JSON, if its name ends with .yaml, .yml or .json.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Check the rules of a file, and say all that is wrong, each with its line. It needs no settings, and no AWS.

    The rules are the list `rules`, beside other settings: a file for LOGTALLY_CONFIG. JSON may be the list alone, as in
    LOGTALLY_RULES. What a rule leaves out of threshold and levels is as the file says. A note tells of a rule that is
    never used, and of patterns of the last one, which takes whatever is left all the same.

    logtally rules check logtally.yaml

    Exit codes: 0 the rules are right; 1 something is wrong; 2 wrong usage, or no such file.
    """
    from cli.rules.opened import checked

    if given():
        raise Usage(f"{_options()}: rules check does not speak to AWS; leave it out")
    found = checked(file)
    for problem in found.problems:
        exits.say(problem.at(file))
    if found.problems:
        raise typer.Exit(exits.Exit.FAILED)
    if not answers.told({"file": file, "rules": [_effective(rule) for rule in found.rules]}, as_json=as_json):
        from cli.rules import tables

        tables.rules(found.rules)
    for note in found.notes:
        exits.say(f"note: {note.at(file)}")


@rules.command("try")
@speaks_to_aws
def try_(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A file of this machine, or s3://BUCKET/KEY; packed or not.")
    ],
    *,
    rules_file: Annotated[
        str | None, typer.Option("--rules", metavar="FILE", help="Rules, as for `rules check`; else the settings' own.")
    ] = None,
    lie_as: Annotated[
        str | None,
        typer.Option("--as", metavar="s3://BUCKET/KEY", help="Where a file of this machine would lie in S3."),
    ] = None,
    lines: Annotated[int, typer.Option(min=1, max=LINES_MAX, help="How many lines to show.")] = 5,
    read: Annotated[int, typer.Option(min=1, max=READ_MAX, help="How many lines to read, for the totals.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Show which rule a file is read by, and what that one makes of its first lines. Nothing is counted.

    Without --rules it takes those of LOGTALLY_RULES or LOGTALLY_CONFIG, else the default one; no other setting is
    needed. If a preset would read more of the lines, it is named.

    logtally rules try s3://logs/prod/2025-09-15T12-00.jsonl.gz --rules logtally.yaml

    logtally rules try app.jsonl --as s3://logs/prod/app.jsonl --lines 20

    Exit codes: 0 it was read; 1 it can't be read; 2 wrong usage or rules, or no such file.
    """
    from cli.rules.opened import rules_of, subject
    from core.rules import rule_for
    from core.trial import trial

    chosen = rules_of(rules_file)
    found = subject(file, lie_as=lie_as, lines_max=read)
    rule = rule_for(chosen, found.ref.bucket, found.ref.key)
    try:
        tried = trial(found.head, rule=rule, written_at=found.written_at, lines_shown=lines)
    except LogtallyError as exc:
        raise type(exc)(f"{file}: {exc}") from exc
    passed_over = [one.name for one in chosen[: chosen.index(rule)]]
    document = {
        "file": file,
        "bucket": found.ref.bucket or None,
        "key": found.ref.key,
        "rule": _effective(rule),
        "passedOver": passed_over,
        "lines": tried.lines,
        "totals": tried.totals,
        "suggestion": tried.suggestion,
    }
    if not answers.told(document, as_json=as_json):
        from cli.rules import tables

        tables.trial(file, rule, passed_over, tried)
    for note in (*_notes_of_rules(found.ref, rule, chosen), *_notes_of_lines(rule, tried)):
        exits.say(f"note: {note}")


def _options() -> str:
    return ", ".join(f"--{name}".replace("_", "-") for name in given())


def _effective(rule: "Rule") -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(rule)
    shape = said.pop("shape")
    return {**said, **shape, "levels": sorted(rule.shape.levels)}


def _notes_of_rules(ref: "ObjectRef", rule: "Rule", chosen: "Sequence[Rule]") -> "Iterator[str]":
    from core.rules import ignored, matches

    if not ref.bucket:
        yield f"rules are looked up for {ref.key} in no bucket; --as s3://BUCKET/KEY says where it would lie"
    if not matches(rule, ref.bucket, ref.key):
        yield f"no rule matches; {rule.name} is the last, and takes whatever is left"
    if rule.ignore:
        yield f"{rule.name} ignores it: a worker does not read it, and counts nothing of it"
    elif ignored(chosen, ref):
        yield (
            "a worker does not read it, as AWS or Terraform writes it about our own work, and only the last rule takes"
            " it; a rule of its own before that one would have it read"
        )


def _notes_of_lines(rule: "Rule", tried: "Trial") -> "Iterator[str]":
    from core.levels import why_no_error

    totals = tried.totals
    if not totals.lines:
        yield "it has no lines to count, or begins without any"
    if totals.without_time:
        yield (
            f"no time that can be read in {rule.shape.time_field}: {totals.without_time} of {totals.lines} lines;"
            " errors among them count when the file was written"
        )
    if not totals.errors and totals.lines > totals.malformed and (why := why_no_error(totals.levels, rule.shape)):
        yield why
    if tried.suggestion is not None:
        yield (
            f'preset = "{tried.suggestion}" finds a time and a level in {tried.suggested_read} of {totals.lines} lines,'
            f" this rule in {tried.read}"
        )
