"""The report of one object that somebody asks about, whoever asks: it changes nothing, and counts nothing."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, Protocol, TypeVar

from core.analysis import analyse
from core.aws.objects import Body, Listed, Objects
from core.errors import LogtallyError, NotFound, Transient, Usage
from core.inflate import inflate
from core.model import Bucket, ObjectRef, Report, Rule
from core.reports import report

T = TypeVar("T")

_NAMED_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d")


class Watch(Protocol):
    """Sees what is listed or read go by, and may raise to end it."""

    def __call__(self, items: Iterator[T], /) -> Iterator[T]:
        """Yield what comes."""
        ...


def let_pass(items: Iterator[T]) -> Iterator[T]:
    """Watch nothing."""
    return items


def latest(
    bucket: Bucket, prefix: str, *, objects: Objects, watch: Watch = let_pass, keys_max: int | None = None
) -> ObjectRef:
    """Answer the object under `prefix` whose file name holds the newest `YYYY-MM-DDTHH-MM`.

    A name without one counts by LastModified. A prefix that is itself a key means that object; folders are
    none. Raises NotFound if there is nothing, Usage if more than `keys_max` keys are there.
    """
    newest: tuple[datetime, datetime, str] | None = None
    chosen: Listed | None = None
    for number, listed in enumerate(watch(objects.under(bucket, prefix))):
        key = listed.ref.key
        if key == prefix and not listed.is_folder:
            return listed.ref
        if number == keys_max:
            raise Usage(f"more than {keys_max} keys under s3://{bucket}/{prefix}: name a longer prefix")
        if listed.is_folder:
            continue
        order = (named_time(key) or listed.last_modified, listed.last_modified, key)
        if newest is None or order > newest:
            newest, chosen = order, listed
    if chosen is None:
        raise NotFound(f"nothing under s3://{bucket}/{prefix}")
    return chosen.ref


def examine(
    ref: ObjectRef, *, objects: Objects, rule: Rule, since: datetime | None = None, watch: Watch = let_pass
) -> Report:
    """Read an object that was found just now, and report it by `rule`.

    Raises Transient if it has changed since, or can't be read to its end; Permanent if it can never be read.
    """
    where = f"s3://{ref.bucket}/{ref.key}"
    body = objects.read(ref)
    if not isinstance(body, Body):
        raise Transient(f"{where}: changed while it was looked for; try again")
    try:
        tally = analyse(watch(inflate(watch(body.chunks))), rule=rule, written_at=body.last_modified, since=since)
    except LogtallyError as exc:
        raise type(exc)(str(exc) if where in str(exc) else f"{where}: {exc}") from exc
    return report(ref, tally, rule=rule, since=since)


def named_time(key: str) -> datetime | None:
    """Answer the time in a key's file name, as `YYYY-MM-DDTHH-MM`; None if there is none."""
    found = _NAMED_TIME.search(key.rpartition("/")[2])
    if found is None:
        return None
    try:
        return datetime.strptime(found[0], "%Y-%m-%dT%H-%M").replace(tzinfo=UTC)
    except ValueError:
        return None
