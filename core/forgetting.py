"""Which versions of a key may be forgotten, so that they are counted again. Pure."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from core.errors import LogtallyError, NotFound, Usage
from core.history import Counted, Known, State, Version
from core.model import Head, url_of


class ToForget(Struct, frozen=True, kw_only=True):
    """What goes of one key."""

    versions: tuple[Version, ...]
    head: Head | None  # as it was read; None: there was none
    keep_head: bool  # what is counted of the key stays counted
    on_graph: int  # of `versions`, those that CloudWatch holds, or may hold


def to_forget(known: Known, *, etag: str | None, states: Mapping[str, State]) -> ToForget:
    """Answer what goes of a key of which versions are known: the one with that ETag; None: all of it.

    `states`: of all of them, by their ETags. Raises NotFound if there is no such version, LogtallyError if the push of
    one that goes may still be counted, and Usage for one of several that counted what each added to the file.
    """
    name = url_of(known.versions[0].ref.bucket, known.versions[0].ref.key)
    going = tuple(version for version in known.versions if etag in {None, version.ref.etag})
    if not going:
        raise NotFound(f"{name}: the ledger has no such version")
    of_going = [states[version.ref.etag] for version in going]
    if State.OUTSTANDING in of_going:
        raise LogtallyError(f"{name}: its push is outstanding, and may still be counted: settle it first")
    stays = _counted(known.versions) - _counted(going)
    if known.head is not None and stays and _counted(going):
        raise Usage(
            f"{name}: each version counted what it added to those before: forget all of them, without --etag, or none"
        )
    return ToForget(
        versions=going,
        head=known.head,
        keep_head=stays > 0,
        on_graph=sum(state in {State.SETTLED, State.UNKNOWN} for state in of_going),
    )


def _counted(versions: Iterable[Version]) -> int:
    return sum(isinstance(version.story, Counted) for version in versions)
