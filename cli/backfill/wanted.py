"""Which objects a backfill takes, and what counting each is to lead to. Pure."""

import hashlib
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Final

import msgspec
from msgspec import Struct

from core.aws.objects import Listed
from core.model import Effect, Rule
from core.rules import ignored

RINGS_FOR: Final = timedelta(days=1)  # after the last change of a file, unless somebody says otherwise


class Wanted(Struct, frozen=True, kw_only=True):
    """The objects that are taken: those for which everything that is set holds."""

    match: str | None = None  # a glob for the whole key, in which `*` takes slashes, too
    since: datetime | None = None  # of the last change; inclusive
    until: datetime | None = None  # exclusive
    rules: tuple[Rule, ...] = ()  # some may say what is ignored

    def takes(self, listed: Listed) -> bool:
        """Answer whether an object is taken. A folder never is."""
        key = listed.ref.key
        if listed.is_folder:
            return False
        if self.match is not None and not fnmatchcase(key, self.match):
            return False
        if self.rules and ignored(self.rules, listed.ref):
            return False
        if self.since is not None and listed.last_modified < self.since:
            return False
        return self.until is None or listed.last_modified < self.until


def name_of_pass(wanted: Wanted, *, effect: Effect | None, enqueue: bool, inventory: str | None) -> str:
    """Answer a name for all passes over a prefix that ask for the same, so that one can go on where another stopped."""
    filters = {"match": wanted.match, "since": wanted.since, "until": wanted.until}
    rules = [(rule.bucket, rule.prefix, rule.suffix, rule.ignore) for rule in wanted.rules]
    ignoring = [rules] if any(rule.ignore for rule in wanted.rules) else []
    asked = msgspec.json.encode((filters, effect, enqueue, inventory, *ignoring))
    return hashlib.sha256(asked).hexdigest()[:32]


def effect_of(listed: Listed, *, asked: Effect | None, now: datetime) -> Effect:
    """Answer what counting an object is to lead to: what is asked for; else no alert about what is old."""
    if asked is not None:
        return asked
    return Effect.SILENT if now - listed.last_modified > RINGS_FOR else Effect.ALL
