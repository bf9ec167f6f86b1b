"""Grown files as a model: one key that is uploaded again and again, and counted as far as its head says.

Message v is the event of version v: it has a sequencer and is read by VersionId. A backfill makes up a message for the
version that is current then: without a sequencer, read with IfMatch and no VersionId, so 412 when it is not current.
That a push is exactly once is shown by the other model: here Intend counts.

What is promised: no line is counted twice (I1), no file rings twice (A), and in the end each line of the current
version is counted, and its file has rung if it holds enough (L). If all versions are announced by S3 itself, and the
bucket keeps them, each line of each of them is counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tests.model.explore import Step
from tests.model.states import put


class Extent(NamedTuple):
    """How far a file is counted."""

    version: int  # the last one of it
    has_sequencer: bool  # its message
    rang: bool


class Head(NamedTuple):
    """The files of the key, the one that was counted last at the end, and how old one is that is forgotten."""

    files: tuple[Extent, ...]
    floor: int
    floor_is_known: bool = True


EMPTY_HEAD: Final = Head((), 0)

Phase = Literal["idle", "head", "get", "intend", "end"]
Where = Literal[".", "available", "in flight", "deleted"]
Item = Literal["absent", "pushed", "superseded"]

ABSENT: Final[Item] = "absent"
NOT_SENT: Final[Where] = "."


class Reader(NamedTuple):
    """A worker with one message in hand."""

    phase: Phase
    message: int | None
    head: Head | None  # as it read it
    is_current: bool = True  # the version that it has read was the current one


IDLE: Final = Reader("idle", None, None)


class State(NamedTuple):
    """Everything, at one moment."""

    current: int  # the version in the bucket; 0: none yet
    head: Head
    items: tuple[Item, ...]  # of each content
    messages: tuple[Where, ...]  # the events of all versions, then those that a backfill makes up
    counted: tuple[int, ...]  # how often each line is, 2 at most
    rung: tuple[int, ...]  # how often each file did, 2 at most
    workers: tuple[Reader, ...]
    crashes: int  # that may still happen
    redeliveries: int
    unasked: int
    made_up: int


@dataclass(frozen=True, kw_only=True)
class Grown:
    """The model of one key. A letter is a line, a capital half of one; the defaults are the rules of the code.

    Files are told apart by their first line.
    """

    contents: tuple[str, ...] = ("a", "ab", "abc")  # of version 1, 2, …
    modified: tuple[int, ...] = (0, 0, 0)  # LastModified of each, in seconds
    has_events: bool = True
    made_up: int = 1  # messages of backfills
    lists_last: bool = True  # the last version gets one in any case
    every_version: bool = False  # is to be counted
    rings_at: int = 2  # lines of a version
    is_versioned: bool = True  # the bucket
    crashes: int = 1
    redeliveries: int = 1  # of a message that somebody still has
    unasked: int = 0  # times that the ledger does not answer what it knows, and it is taken to be nothing
    files_max: int = 2  # that a head remembers
    # How a version is compared with the head where one side has no sequencer: not at all, it is read as the current
    # one; by LastModified, and within a second by length; or as if it were always newer.
    compares: Literal["not, reads the current one", "LastModified", "always newer"] = "not, reads the current one"
    head_first: bool = True  # the head is read before the object
    head_covers_tail: bool = True  # False: a last line is counted, and the head ends before it
    head_covers_half: bool = False  # True: half a line is taken for counted
    head_has_condition: bool = True  # False: it is moved wherever it is by now
    tells_files_apart: bool = True  # False: there is one file, and what is older than its last version is superseded
    # What is superseded unread when a file is forgotten: all before the one that came after it; or nothing.
    floor: Literal["the next file", "its own", "none"] = "the next file"
    asks_again: bool = True  # False: what is not current counts by what a head of unknown age does not cover
    rings_once: bool = True  # False: each version that holds enough lines rings

    def start(self) -> State:
        """Answer the state in which nothing has happened."""
        versions = len(self.contents)
        return State(
            current=0,
            head=EMPTY_HEAD,
            items=(ABSENT,) * versions,
            messages=(NOT_SENT,) * versions * 2,
            counted=(0,) * len(self._lines()),
            rung=(0,) * len(self._starts()),
            workers=(IDLE, IDLE),
            crashes=self.crashes,
            redeliveries=self.redeliveries,
            unasked=self.unasked,
            made_up=self.made_up,
        )

    def steps(self, state: State) -> Iterator[Step[State]]:
        """Yield everything that can happen."""
        yield from self._uploads(state)
        yield from self._redeliveries(state)
        for index, worker in enumerate(state.workers):
            for label, fault, after, reader in self._moves(state, worker):
                workers = tuple(sorted(put(state.workers, index, reader), key=repr))
                yield Step(f"worker {label}", fault, after._replace(workers=workers))

    def violation(self, state: State) -> str | None:
        """Answer which promise is broken."""
        if max(state.counted) > 1:
            return "I1: a line is counted twice"
        return "A: a file rings twice" if max(state.rung) > 1 else None

    def is_end(self, state: State) -> bool:
        """Answer whether what is there in the end is counted, and all messages are done with."""
        last = self.contents[-1]
        due = "".join(self.contents) if self.every_version else last
        return (
            state.current == len(self.contents)
            and not {"available", "in flight"} & set(state.messages)
            and (self.has_events or state.messages[-1] == "deleted")
            and all(count for line, count in zip(self._lines(), state.counted, strict=True) if line in due)
            and (not self._rings(last) or bool(state.rung[self._starts().index(last[0])]))
        )

    def _lines(self) -> list[str]:
        return sorted(set(filter(str.islower, "".join(self.contents))))

    def _starts(self) -> list[str]:
        return sorted({content[0] for content in self.contents})

    def _rings(self, content: str) -> bool:
        return sum(map(str.islower, content)) >= self.rings_at

    def _content(self, version: int) -> str:
        return self.contents[version - 1] if version else ""

    # --- the bucket and the queue

    def _uploads(self, state: State) -> Iterator[Step[State]]:
        versions = len(self.contents)
        if state.current < versions:
            messages = put(state.messages, state.current, "available") if self.has_events else state.messages
            after = state._replace(current=state.current + 1, messages=messages)
            yield Step(f"S3: version {after.current} is uploaded", None, after)
        made_up = versions + state.current - 1
        if not state.current or state.messages[made_up] != NOT_SENT:
            return
        if state.made_up or (self.lists_last and state.current == versions):
            after = state._replace(
                messages=put(state.messages, made_up, "available"), made_up=max(0, state.made_up - 1)
            )
            yield Step(f"backfill: lists version {state.current}", None, after)

    def _redeliveries(self, state: State) -> Iterator[Step[State]]:
        for message, where in enumerate(state.messages):
            is_held = any(worker.message == message for worker in state.workers)
            if where == "in flight" and (not is_held or state.redeliveries):
                after = state._replace(
                    messages=put(state.messages, message, "available"), redeliveries=state.redeliveries - is_held
                )
                yield Step(f"SQS: message {message} is visible again", "redeliver" if is_held else None, after)

    # --- a worker

    def _moves(self, state: State, worker: Reader) -> Iterator[tuple[str, str | None, State, Reader]]:
        if worker.message is None:
            begin: Phase = "head" if self.head_first else "get"
            for message, where in enumerate(state.messages):
                if where == "available":
                    in_flight = state._replace(messages=put(state.messages, message, "in flight"))
                    yield f"receives message {message}", None, in_flight, Reader(begin, message, None)
            return
        if state.crashes:
            yield "crashes", "crash", state._replace(crashes=state.crashes - 1), IDLE
        if state.unasked and worker.phase == "head":
            reader = Reader("get" if self.head_first else "intend", worker.message, EMPTY_HEAD)
            yield "is not told the head", "unasked", state._replace(unasked=state.unasked - 1), reader
        label, after, reader = self._next(state, worker, worker.message)
        yield label, None, after, reader

    def _next(self, state: State, worker: Reader, message: int) -> tuple[str, State, Reader]:
        """Answer the one thing that a worker with a message does next."""
        version = message % len(self.contents) + 1
        if worker.phase == "end":
            deleted = state._replace(messages=put(state.messages, message, "deleted"))
            return f"deletes message {message}", deleted, IDLE
        if state.items[self._item(version)] == "pushed":
            return f"finds version {version} in the ledger", state, worker._replace(phase="end", head=None)
        match worker.phase:
            case "head":
                after: Phase = "get" if self.head_first else "intend"
                return f"reads head {state.head}", state, Reader(after, message, state.head)
            case "get":
                return self._get(state, worker, message, version)
            case _:
                return self._intend(state, worker, message, version)

    def _get(self, state: State, worker: Reader, message: int, version: int) -> tuple[str, State, Reader]:
        is_event = message < len(self.contents)
        ordered = worker.head is None or all(extent.has_sequencer for extent in worker.head.files)
        is_current = self._content(state.current) == self._content(version)
        first_by_id = self.compares != "not, reads the current one" or ordered
        floor_is_known = worker.head is None or worker.head.floor_is_known
        by_id = is_event and self.is_versioned and floor_is_known and (first_by_id or not is_current)
        if not by_id and not is_current:
            return (
                f"412: version {version} is superseded",
                self._superseded(state, version),
                Reader("end", message, None),
            )
        after: Phase = "intend" if self.head_first else "head"
        label = f"reads version {version}" + " by its id" * by_id
        return label, state, worker._replace(phase=after, is_current=is_current)

    def _intend(self, state: State, worker: Reader, message: int, version: int) -> tuple[str, State, Reader]:
        is_event = message < len(self.contents)
        head = worker.head
        assert head is not None, "the head is read before Intend"
        end = Reader("end", message, None)
        extent = self._extent(version, head)
        is_unknown = extent is not None and not extent.has_sequencer and not worker.is_current
        is_unknown = is_unknown and self.asks_again and self.compares == "not, reads the current one"
        if is_unknown or self._is_older(version, extent, floor=head.floor, is_event=is_event):
            return f"skips version {version}: a later one is counted", self._superseded(state, version), end
        if self.head_has_condition and state.head != head:
            begin: Phase = "head" if self.head_first else "get"
            return "intend refused: the head has moved", state, Reader(begin, message, None)
        before = "" if extent is None else self._covered(extent.version)
        continues = self._content(version).lower().startswith(before.lower())
        counts = self._what_follows(version, before if continues else "")
        counted = tuple(
            min(2, count + (line in counts)) for line, count in zip(self._lines(), state.counted, strict=True)
        )
        rang = extent is not None and continues and extent.rang and self.rings_once
        rings = self._rings(self._content(version)) and not rang
        at = self._starts().index(self._content(version)[0])
        after = state._replace(
            items=put(state.items, self._item(version), "pushed"),
            head=self._moved(head, Extent(version, is_event, rang or rings), is_current=worker.is_current),
            counted=counted,
            rung=put(state.rung, at, min(2, state.rung[at] + rings)),
        )
        return f"intends version {version} after {before or 'nothing'}: counts {counts}", after, end

    def _extent(self, version: int, head: Head) -> Extent | None:
        """Answer how far the file of a version is counted; None: it is another one than those of the head."""
        start = self._content(version)[0]
        same = [
            extent for extent in head.files if self._content(extent.version)[0] == start or not self.tells_files_apart
        ]
        return same[-1] if same else None

    def _moved(self, head: Head, extent: Extent, *, is_current: bool) -> Head:
        before = self._extent(extent.version, head)
        floor, is_known = head.floor, head.floor_is_known
        if not is_known and is_current and extent.has_sequencer:
            floor, is_known = max(floor, extent.version), True
        others = tuple(other for other in head.files if other is not before)
        if len(others) == self.files_max:
            forgotten = min(others, key=_order) if all(map(_order, others)) else others[0]
            others = tuple(other for other in others if other is not forgotten)
            after = self._after(forgotten, (*others, extent), newest=_order(extent) * is_current)
            if self.floor != "none":
                floor, is_known = max(floor, after or _order(forgotten)), is_known and after > 0
        return Head((*others, extent), floor, is_known)

    def _after(self, forgotten: Extent, files: tuple[Extent, ...], *, newest: int) -> int:
        if self.floor == "its own":
            return forgotten.version
        if not forgotten.has_sequencer:
            return newest
        return min((version for version in map(_order, files) if version > forgotten.version), default=0)

    def _item(self, version: int) -> int:
        """Answer whose item a version has: the same bytes have one."""
        return self.contents.index(self._content(version))

    def _superseded(self, state: State, version: int) -> State:
        item = self._item(version)
        return state if state.items[item] != ABSENT else state._replace(items=put(state.items, item, "superseded"))

    def _is_older(self, version: int, extent: Extent | None, *, floor: int, is_event: bool) -> bool:
        if is_event and version < floor:
            return True
        if extent is None:
            return False
        if is_event and extent.has_sequencer:
            return version < extent.version
        if self.compares != "LastModified":
            return False
        return self._age(version) < self._age(extent.version)

    def _age(self, version: int) -> tuple[int, int]:
        return self.modified[version - 1], len(self._content(version))

    def _covered(self, version: int) -> str:
        """Answer what of a version the head covers."""
        content = self._content(version)
        return content if self.head_covers_half else content.rstrip(content.upper())

    def _what_follows(self, version: int, before: str) -> str:
        """Answer the lines that are not covered."""
        forgets_tail = bool(before) and not self.head_covers_tail
        return "".join(filter(str.islower, self._content(version)[len(before) - forgets_tail :]))


def _order(extent: Extent) -> int:
    """Answer the place of an extent in S3's order, as far as its message told."""
    return extent.version if extent.has_sequencer else 0
