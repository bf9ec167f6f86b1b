"""The command `logtally doctor`."""

import time
from typing import TYPE_CHECKING, Any

import typer

from cli import answers, exits
from cli.aws import speaks_to_aws
from cli.options import AsJson
from core.errors import Usage

if TYPE_CHECKING:
    from cli.doctor.opened import Place, Read
    from core.checkup import Found


@speaks_to_aws
def doctor(*, as_json: AsJson = False) -> None:
    """Show every setting and where it is from, then ask each part of AWS whether it is there and permits.

    Nothing is changed, and no part is waited for longer than 15 seconds. Tokens are not shown. A verdict is `ok`,
    `wrong`, `denied`, `unknown` (it could not be asked, or not be told) or `skipped` (there is nothing to ask).

    logtally doctor --profile prod

    Exit codes: 0 all is ok; 1 something is wrong, denied or unknown; 2 wrong usage or settings.
    """
    from cli.doctor import opened
    from core.checkup import look

    read = opened.read()
    place: Place | None = None
    found: Found | None = None
    problems = list(read.problems)
    try:
        asked = opened.opened(read.values)
        place = asked.place
        problems += [asked.problem] if asked.problem is not None else []
        found = look(asked.wanted, asked.tools, now=time.time(), monotonic=time.monotonic)
    except Usage as exc:
        problems.append(str(exc))
    if not answers.told(_document(read, place, found, problems), as_json=as_json):
        from cli.doctor import tables

        tables.show(read.lines, place, found)
    for problem in problems:
        exits.say(f"error: {problem}")
    raise typer.Exit(_exit(found, problems))


def _exit(found: "Found | None", problems: list[str]) -> int:
    from core.findings import is_well

    if problems:
        return exits.Exit.USAGE
    return exits.Exit.DONE if found is not None and is_well(found.findings) else exits.Exit.FAILED


def _document(read: "Read", place: "Place | None", found: "Found | None", problems: list[str]) -> dict[str, Any]:
    return {
        "ok": _exit(found, problems) == exits.Exit.DONE,
        "settings": read.lines,
        "problems": problems,
        "aws": place,
        "identity": None if found is None else found.identity,
        "findings": [] if found is None else found.findings,
    }
