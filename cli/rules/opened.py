"""The words of a command line → the rules that are meant, and the beginning of the file that they are tried on."""

import os
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from cli.aws import given
from cli.names import SCHEME, bucket_and_key
from cli.reading.files import last_written, opened
from core import few_settings
from core.aws import clients
from core.aws.objects import Body, Objects
from core.errors import LogtallyError, Transient, Usage, WrongSettings
from core.inflate import inflate
from core.limits import CHUNK_B
from core.model import Bucket, ETag, ObjectKey, ObjectRef, Rule
from core.rule_file import Checked, check
from core.trial import beginning
from core.written import TEXT_B_MAX, kind_of


class Subject(Struct, frozen=True, kw_only=True):
    """A file, or its beginning, and the name under which rules are looked up."""

    ref: ObjectRef  # of a file of this machine without an ETag; and without a bucket, if nobody said which
    head: bytes
    written_at: datetime


def checked(name: str) -> Checked:
    """Read and check a file of rules. Raises a LogtallyError if it can't be opened."""
    with opened(name) as file:
        return check(file.read(TEXT_B_MAX + 1), kind_of(name))


def rules_of(name: str | None) -> tuple[Rule, ...]:
    """Answer the rules of a file, or those of the settings. Raises WrongSettings if they are wrong."""
    if name is None:
        return few_settings.rules()
    found = checked(name)
    if found.problems:
        raise WrongSettings([problem.at(name) for problem in found.problems])
    return found.rules


def subject(name: str, *, lie_as: str | None, lines_max: int) -> Subject:
    """Read the beginning of a file. Raises a LogtallyError that names it."""
    if name.startswith(SCHEME):
        if lie_as is not None:
            raise Usage(f"--as {lie_as}: is for a file on this machine; {name} has a name already")
        return _in_s3(name, lines_max=lines_max)
    if given():
        options = ", ".join(f"--{option}".replace("_", "-") for option in given())
        raise Usage(f"{options}: {name} is on this machine, and is read without AWS; leave it out")
    return _here(name, lie_as=lie_as, lines_max=lines_max)


def _in_s3(name: str, *, lines_max: int) -> Subject:
    bucket, key = bucket_and_key(name)
    session = clients.session(region=os.environ.get("AWS_REGION"))
    objects = Objects(clients.s3(session, connections=1))
    ref = objects.find(bucket, key).ref
    body = objects.read(ref)
    if not isinstance(body, Body):
        raise Transient(f"{name}: changed while it was looked for; try again")
    head = _beginning(name, body.chunks, lines_max=lines_max)
    return Subject(ref=ref, head=head, written_at=body.last_modified)


def _here(name: str, *, lie_as: str | None, lines_max: int) -> Subject:
    bucket, key = (Bucket(""), ObjectKey(Path(name).name)) if lie_as is None else bucket_and_key(lie_as)
    with opened(name) as file:
        head = _beginning(name, _chunks(file), lines_max=lines_max)
        ref = ObjectRef(bucket=bucket, key=key, etag=ETag(""))
        return Subject(ref=ref, head=head, written_at=last_written(file.fileno()))


def _beginning(name: str, chunks: Iterator[bytes], *, lines_max: int) -> bytes:
    try:
        return beginning(inflate(chunks), lines_max=lines_max)
    except LogtallyError as exc:
        raise type(exc)(str(exc) if name in str(exc) else f"{name}: {exc}") from exc


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    return iter(partial(file.read, CHUNK_B), b"")
