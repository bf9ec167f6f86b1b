"""The commands of `logtally dlq`: words in, words out."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import answers, exits
from cli.aws import speaks_to_aws
from cli.options import AsJson, Days, Limit, Yes
from core.errors import Usage
from core.letters import without_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.aws.dead import DeadLetters, Depth
    from core.letters import Letter
    from core.sift import Fate, Sifted


dlq = typer.Typer(no_args_is_help=True)

_Reason = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Only those whose reason has this text in it, as it is written.")
]


@dlq.callback()
@speaks_to_aws
def group() -> None:
    """Look into the dead-letter queue: what is there and why, move it back, or drop it.

    It needs the settings of the worker: see `logtally worker --help`.
    """


@dlq.command("list")
@speaks_to_aws
def list_(
    *,
    reason: _Reason = None,
    limit: Limit = 20,
    days: Days = 30,
    as_json: AsJson = False,
) -> None:
    """List what workers sent to the dead-letter queue, the newest first, and how much is in the queue now.

    It reads the ledger, so it hides nothing in the queue; what was moved back or dropped since stays in the list.

    logtally dlq list --reason 'not permitted' --limit 5
    """
    from cli.dlq.opened import queue_and_history
    from core import lookup

    _must_say_something(reason)
    asked, now = queue_and_history(), time.time()
    depth = asked.queue.depth()
    today = datetime.fromtimestamp(now, UTC).date()
    found = lookup.dead(history=asked.history, reason=reason, limit=limit, days=days, today=today, now=now)
    there = depth.visible + depth.hidden
    unknown = 0 if found.count is None else without_reason(there, remembered=found.count, days=days)
    document = {"letters": found.letters, "inQueue": there, "hidden": depth.hidden, "withoutReason": unknown}
    _print(document, found.letters, as_json=as_json)
    if found.count is not None and len(found.letters) < limit:
        exits.say(f"note: no more in the last {days} days; --days looks further back")
    exits.say(f"note: {_in_queue(depth)}")
    if unknown:
        exits.say(f"note: the ledger has no reason for {unknown} of them at least: SQS itself moved them, most likely")


@dlq.command()
@speaks_to_aws
def redrive(*, reason: _Reason = None, yes: Yes = False, as_json: AsJson = False) -> None:
    """Move dead letters back to the first queue: all of them, or those with a reason.

    Safe at any time: what is counted already is found in the ledger, and what still can't be read comes back.

    logtally dlq redrive --reason 'not permitted' --yes
    """
    from cli.dlq import opened
    from core.sift import Fate

    _must_say_something(reason)
    queue = opened.queue()
    if reason is None:
        _redrive_all(queue, yes=yes, as_json=as_json)
        return
    _sift(queue, reason=reason, fate=Fate.MOVE_BACK if yes else Fate.LEAVE, done="moved", as_json=as_json)


@dlq.command()
@speaks_to_aws
def drop(
    *,
    reason: _Reason = None,
    all_: Annotated[bool, typer.Option("--all", help="All that are there now, with and without a reason.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete dead letters for good: those with a reason, or all that are there now.

    The ledger keeps what it remembers of them: `list` shows them until that expires.

    logtally dlq drop --reason 'not an S3 event' --yes
    """
    from cli.dlq import opened
    from core.sift import Fate

    _must_say_something(reason)
    if (reason is None) is not all_:
        raise Usage("say which: either --reason TEXT or --all")
    _sift(opened.queue(), reason=reason, fate=Fate.DROP if yes else Fate.LEAVE, done="dropped", as_json=as_json)


def _redrive_all(queue: "DeadLetters", *, yes: bool, as_json: bool) -> None:
    from cli.dlq.moving import move_all

    depth, moved = queue.depth(), 0
    exits.say(f"note: {_in_queue(depth)}")
    if yes and depth.visible:
        move = move_all(queue, sleep=time.sleep)
        moved = move.moved
        more = "; SQS goes on by itself" if move.running else ""
        exits.say(f"note: {moved} moved{more}")
    document = {"there": depth.visible, "hidden": depth.hidden, "moved": moved, "dryRun": not yes}
    _print(document, [], as_json=as_json)
    if not yes:
        exits.say("dry run: nothing was moved; add --yes")


def _sift(queue: "DeadLetters", *, reason: str | None, fate: "Fate", done: str, as_json: bool) -> None:
    from core.sift import Fate, sift

    sifted = sift(queue, reason=reason, fate=fate, clock=time.time)
    if sifted.failure is not None and not sifted.letters:
        raise sifted.failure
    dry = fate is Fate.LEAVE
    document = {
        "there": sifted.there,
        "hidden": sifted.hidden,
        "seen": sifted.seen,
        "letters": sifted.letters,
        done: sifted.done,
        "dryRun": dry,
    }
    _print(document, sifted.letters, as_json=as_json)
    for note in _notes(sifted, done=done, dry=dry):
        exits.say(note)
    if sifted.failure is not None:
        raise sifted.failure
    if sifted.undeleted:
        raise typer.Exit(exits.Exit.FAILED)


def _notes(sifted: "Sifted", *, done: str, dry: bool) -> list[str]:
    hidden = f"; besides, hidden as somebody has received them: {sifted.hidden}" if sifted.hidden else ""
    notes = [f"note: looked at {sifted.seen} of the {sifted.there} messages that were there at the start{hidden}"]
    if sifted.undeleted:
        notes.append(f"warning: {sifted.undeleted} could not be deleted, and are still there; do it again")
    if sifted.unshown:
        notes.append(
            f"note: {sifted.unshown} could not be made visible again; they will be by themselves in some minutes"
        )
    last = f"dry run: nothing was {done}; add --yes" if dry else f"note: {sifted.done} {done}"
    return [*notes, last]


def _in_queue(depth: "Depth") -> str:
    there = depth.visible + depth.hidden
    hidden = f", hidden of them as somebody has received them: {depth.hidden}" if depth.hidden else ""
    return f"{there} {'message is' if there == 1 else 'messages are'} in the dead-letter queue now{hidden}"


def _must_say_something(reason: str | None) -> None:
    if reason is not None and not reason.strip():
        raise Usage("--reason: is empty; name a part of the reason, such as 'not permitted'")


def _print(document: dict[str, Any], letters: "Sequence[Letter]", *, as_json: bool) -> None:
    if not answers.told(document, as_json=as_json):
        from cli.dlq import tables

        tables.letters(letters)
