"""Grown files as a model: one key that is uploaded again and again, and counted as far as its head says.

Message v is the event of version v: it has a sequencer and is read by VersionId. A backfill makes up a message for the
version that is current then: without a sequencer, read with IfMatch and no VersionId, so 412 when it is not current.
That a push is exactly once is shown by the other model: here Intend counts.

What is promised: no line is counted twice (I1), and in the end each line of the current version is counted (L).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tests.model.explore import Step
from tests.model.states import put

EMPTY_HEAD: Final = (0, False)

Head = tuple[int, bool]  # the version that is counted, and whether its message had a sequencer
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


IDLE: Final = Reader("idle", None, None)


class State(NamedTuple):
    """Everything, at one moment."""

    current: int  # the version in the bucket; 0: none yet
    head: Head
    items: tuple[Item, ...]  # of each content
    messages: tuple[Where, ...]  # the events of all versions, then those that a backfill makes up
    counted: tuple[int, ...]  # how often each line is, 2 at most
    workers: tuple[Reader, ...]
    crashes: int  # that may still happen
    redeliveries: int
    made_up: int


@dataclass(frozen=True, kw_only=True)
class Grown:
    """The model of one key. A letter is a line; the defaults are the rules of the design."""

    contents: tuple[str, ...] = ("a", "ab", "abc")  # of version 1, 2, …
    modified: tuple[int, ...] = (0, 0, 0)  # LastModified of each, in seconds
    has_events: bool = True
    made_up: int = 1  # messages of backfills; the last version gets one in any case
    is_versioned: bool = True  # the bucket
    crashes: int = 1
    redeliveries: int = 1  # of a message that somebody still has
    # How a version is compared with the head where one side has no sequencer: not at all, it is read as the current
    # one; by LastModified, and within a second by length; or as if it were always newer.
    compares: Literal["not, reads the current one", "LastModified", "always newer"] = "not, reads the current one"
    head_first: bool = True  # the head is read before the object
    head_covers_tail: bool = True  # False: a last line is counted, and the head ends before it

    def start(self) -> State:
        """Answer the state in which nothing has happened."""
        versions = len(self.contents)
        return State(
            current=0,
            head=EMPTY_HEAD,
            items=(ABSENT,) * versions,
            messages=(NOT_SENT,) * versions * 2,
            counted=(0,) * len(self._lines()),
            workers=(IDLE, IDLE),
            crashes=self.crashes,
            redeliveries=self.redeliveries,
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
        return "I1: a line is counted twice" if max(state.counted) > 1 else None

    def is_end(self, state: State) -> bool:
        """Answer whether what is there in the end is counted, and all messages are done with."""
        last = self.contents[-1]
        return (
            state.current == len(self.contents)
            and not {"available", "in flight"} & set(state.messages)
            and (self.has_events or state.messages[-1] == "deleted")
            and all(count for line, count in zip(self._lines(), state.counted, strict=True) if line in last)
        )

    def _lines(self) -> list[str]:
        return sorted(set("".join(self.contents)))

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
        if state.made_up or state.current == versions:
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
        head = worker.head
        head_allows = self.compares != "not, reads the current one" or head is None or not head[0] or head[1]
        by_id = is_event and self.is_versioned and head_allows
        if not by_id and self._content(state.current) != self._content(version):
            return (
                f"412: version {version} is superseded",
                self._superseded(state, version),
                Reader("end", message, None),
            )
        after: Phase = "intend" if self.head_first else "head"
        label = f"reads version {version}" + " by its id" * by_id
        return label, state, worker._replace(phase=after)

    def _intend(self, state: State, worker: Reader, message: int, version: int) -> tuple[str, State, Reader]:
        is_event = message < len(self.contents)
        head = worker.head
        assert head is not None, "the head is read before Intend"
        end = Reader("end", message, None)
        if self._is_older(version, is_event=is_event, head=head):
            return f"skips version {version}, older than the head", self._superseded(state, version), end
        if state.head != head:
            begin: Phase = "head" if self.head_first else "get"
            return "intend refused: the head has moved", state, Reader(begin, message, None)
        counts = self._what_follows(version, head)
        counted = tuple(
            min(2, count + (line in counts)) for line, count in zip(self._lines(), state.counted, strict=True)
        )
        items = put(state.items, self._item(version), "pushed")
        after = state._replace(items=items, head=(version, is_event), counted=counted)
        return f"intends version {version} after {head[0]}: counts {counts}", after, end

    def _item(self, version: int) -> int:
        """Answer whose item a version has: the same bytes have one."""
        return self.contents.index(self._content(version))

    def _superseded(self, state: State, version: int) -> State:
        item = self._item(version)
        return state if state.items[item] != ABSENT else state._replace(items=put(state.items, item, "superseded"))

    def _is_older(self, version: int, *, is_event: bool, head: Head) -> bool:
        counted, has_sequencer = head
        if not counted:
            return False
        if is_event and has_sequencer:
            return version < counted
        if self.compares != "LastModified":
            return False
        return self._age(version) < self._age(counted)

    def _age(self, version: int) -> tuple[int, int]:
        return self.modified[version - 1], len(self._content(version))

    def _what_follows(self, version: int, head: Head) -> str:
        """Answer the lines that the head does not cover; all, if the file is another."""
        before, content = self._content(head[0]), self._content(version)
        if not content.startswith(before):
            return content
        forgets_tail = bool(before) and not self.head_covers_tail
        return content[len(before) - forgets_tail :]
