"""The traps: what is put for each, and what a user must see of it."""

import gzip
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Final

from msgspec import Struct

from local.truth import Counts
from tests.e2e.yard import (
    AT,
    NOW,
    Version,
    Yard,
    announce,
    at,
    errors,
    event,
    from_eventbridge,
    in_sns,
    line,
    record,
    send,
    upload,
)

THRESHOLD: Final = 10
UPLOADED: Final = datetime.fromtimestamp(0, UTC)  # stands for the minute in which an object was put
MINUTES: Final = 1500  # of the trap with too many cells, two in each: more than the 1000 data of one request
BELL: Final = "ringing bell+🔔.jsonl"
RECORDS: Final = [f"records/{n}.jsonl" for n in range(150)]
REMOVED: Final = "ObjectRemoved:Delete"
SEQUENCER: Final = "0055AED6DCD90281E5"


class Entry(Struct, frozen=True, kw_only=True):
    """What the ledger tells of one version of an object."""

    state: str
    total: int = 0
    malformed: int = 0
    outside: int = 0  # errors that CloudWatch would not take
    reason: str = ""


class Sees(Struct, frozen=True, kw_only=True):
    """What a user sees of a trap. What is not named must not be there."""

    ledger: Mapping[str, tuple[Entry, ...]] = {}
    graph: Counts = Counter()
    dead: tuple[str, ...] = ()  # reasons in the dead-letter queue
    alerts: tuple[str, ...] = ()  # keys


class Trap(Struct, frozen=True, kw_only=True):
    """Something that has gone wrong for somebody."""

    name: str
    put: Callable[[Yard], None]
    sees: Sees


def graph(services: Mapping[str, int], *, minute: datetime = AT) -> Counts:
    """Answer errors of services, in one minute."""
    return Counter({(service, minute): count for service, count in services.items()})


def counted(key: str, shown: Counts, *, malformed: int = 0, outside: int = 0) -> Sees:
    """Answer what is seen of a file that was counted, with an alert if it has enough errors."""
    total = shown.total() + outside
    entry = Entry(state="pushed" if shown else "empty", total=total, malformed=malformed, outside=outside)
    return Sees(ledger={key: (entry,)}, graph=shown, alerts=(key,) if total >= THRESHOLD else ())


def ended(key: str, state: str, reason: str) -> Sees:
    """Answer what is seen of an object that could not be read; it is no failure."""
    return Sees(ledger={key: (Entry(state=state, reason=reason),)})


def failed(key: str, reason: str) -> Sees:
    """Answer what is seen of an object that can never be read."""
    return Sees(ledger={key: (Entry(state="failed", reason=reason),)}, dead=(reason,))


def dead(reason: str) -> Sees:
    """Answer what is seen of a message that can never be read."""
    return Sees(dead=(reason,))


# --- Those that take more than one line ------------------------------------------------------------------------------


def _two_records(yard: Yard) -> None:
    first, second = yard.lay("two/first.jsonl", errors("first", 2)), yard.lay("two/second.jsonl", errors("second", 3))
    yard.send(event(record(first), record(second)))


def _one_good_one_damaged(yard: Yard) -> None:
    good = yard.lay("half/good.jsonl", errors("half-good", 2))
    damaged = yard.lay("half/damaged.gz", gzip.compress(errors("half-damaged", 2))[:-4])
    yard.send(event(record(good), record(damaged)))


def _overwritten(yard: Yard) -> None:
    old, new = yard.lay("over.jsonl", errors("over-old", 2)), yard.lay("over.jsonl", errors("over-new", 3))
    yard.send(event(record(old)))
    yard.send(event(record(new)))


def _old_version(yard: Yard) -> None:
    old = yard.lay("old-version.jsonl", errors("old-version", 2))
    yard.lay("old-version.jsonl", errors("newer-version", 3))
    yard.send(event(record(old, versioned=True)))


def _rolled_back(yard: Yard) -> None:
    first = yard.lay("back.jsonl", errors("back", 2))
    between = yard.lay("back.jsonl", errors("back-between", 3))
    last = yard.lay("back.jsonl", errors("back", 2))
    assert (first.etag, first.version_id != last.version_id) == (last.etag, True)
    for version in (first, between, last):
        yard.send(event(record(version)))


def _many_records(yard: Yard) -> None:
    yard.send(event(*(record(yard.lay(key, errors(f"record-{n}", 1))) for n, key in enumerate(RECORDS))))


def _multipart(yard: Yard) -> None:
    yard.upload_in_parts("parts.jsonl", [line("parts", msg="x" * 1024) * 6000, errors("parts", 3)])


def _deleted(yard: Yard) -> None:
    version = yard.lay("deleted.jsonl", errors("deleted", 2))
    yard.s3.delete_object(Bucket=version.bucket, Key=version.key)
    yard.send(event(record(version)))


def _deleted_on_top(yard: Yard) -> None:
    version = yard.lay("hidden.jsonl", errors("hidden", 2))
    yard.s3.delete_object(Bucket=version.bucket, Key=version.key)
    yard.send(event(record(version, versioned=True)))


def _version_deleted(yard: Yard) -> None:
    version = yard.lay("erased.jsonl", errors("erased", 2))
    yard.lay("erased.jsonl", errors("erased", 3))
    yard.s3.delete_object(Bucket=version.bucket, Key=version.key, VersionId=version.version_id)
    yard.send(event(record(version, versioned=True)))


def _no_bucket(yard: Yard) -> None:
    version = yard.lay("lost.jsonl", errors("lost", 2))
    yard.send(event(record(Version(bucket="no-such-bucket", key=version.key, etag=version.etag, version_id=""))))


def _times() -> bytes:
    there = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    return line("zoned", ts=f"{there:%Y-%m-%dT%H:%M:%S}+05:30") + line("zoned", ts=f"{at(AT)[:-1]}-00:00")


def _outside_window() -> bytes:
    return (
        line("aged", ts=at(NOW - timedelta(days=15))) * 2
        + line("aged", ts=at(NOW + timedelta(hours=3)))
        + line("aged") * 4
    )


def _thousand_services() -> bytes:
    # The first hundred have the most errors.
    return b"".join(line(f"thousand-{n:03}") * (2 if n < 100 else 1) for n in range(1000))


def _busy(n: int) -> int:
    return 1 + n * n % 7


def _many_cells() -> bytes:
    minutes = [AT - timedelta(minutes=n) for n in range(MINUTES)]
    return b"".join(line("busy", ts=at(m)) * _busy(n) + line("busier", ts=at(m)) for n, m in enumerate(minutes))


def _many_cells_shown() -> Counts:
    minutes = [AT - timedelta(minutes=n) for n in range(MINUTES)]
    busy = {("busy", minute): _busy(n) for n, minute in enumerate(minutes)}
    return Counter(busy | {("busier", minute): 1 for minute in minutes})


TEST_EVENT: Final = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs", "RequestId": "1"}
EMOJI: Final = "🔥" * 100_000  # four bytes each: whatever size chunks have, an edge falls into one of them
LONG: Final = "l" * 1500
TRUNCATED: Final = "truncated gzip: it ends before its end mark"
BINARY: Final = "not text: not even UTF-8, and not one line is a JSON object"

# --- All of them -----------------------------------------------------------------------------------------------------

KEYS: Final = {
    "a plus": "a+b.jsonl",
    "a per cent sign": "a%2Bb.jsonl",
    "spaces": "with  two spaces .jsonl",
    "letters of everywhere": "größe/日本語.jsonl",
    "an emoji": "🪵🔥.jsonl",
    "a slash at its end": "folder/",
    "what means something in a path or a URL": "../a/./b//c?d=1&e#f.jsonl",
    "a line break": "line\nbreak.jsonl",
    "1024 bytes": "k" * 1018 + ".jsonl",
}

TRAPS: Final = (
    *(
        Trap(
            name=f"a key with {what}",
            put=upload((key, errors(f"key-{n}", n + 1))),
            sees=counted(key, graph({f"key-{n}": n + 1})),
        )
        for n, (what, key) in enumerate(KEYS.items())
    ),
    Trap(
        name="a folder of no bytes",
        put=upload(("empty-folder/", b"")),
        sees=counted("empty-folder/", graph({})),
    ),
    Trap(
        name="a file of no bytes",
        put=upload(("nothing.jsonl", b"")),
        sees=counted("nothing.jsonl", graph({})),
    ),
    # Messages
    Trap(
        name="two records in one message",
        put=_two_records,
        sees=Sees(
            ledger={
                "two/first.jsonl": (Entry(state="pushed", total=2),),
                "two/second.jsonl": (Entry(state="pushed", total=3),),
            },
            graph=graph({"first": 2, "second": 3}),
        ),
    ),
    Trap(
        name="two records in one message, one of a damaged file",
        put=_one_good_one_damaged,
        sees=Sees(
            ledger={
                "half/good.jsonl": (Entry(state="pushed", total=2),),
                "half/damaged.gz": (Entry(state="failed", reason=TRUNCATED),),
            },
            graph=graph({"half-good": 2}),
            dead=(TRUNCATED,),
        ),
    ),
    Trap(
        name="more records in one message than a transaction takes",
        put=_many_records,
        sees=Sees(
            ledger={key: (Entry(state="pushed", total=1),) for key in RECORDS},
            graph=graph({f"record-{n}": 1 for n in range(len(RECORDS))}),
        ),
    ),
    Trap(
        name="one event raw and inside SNS and from EventBridge",
        put=announce(
            "thrice.jsonl",
            errors("thrice", 2),
            lambda version: event(record(version)),
            lambda version: in_sns(event(record(version))),
            from_eventbridge,
        ),
        sees=counted("thrice.jsonl", graph({"thrice": 2})),
    ),
    Trap(
        name="an event inside SNS",
        put=announce("sns a+b.jsonl", errors("in-sns", 2), lambda version: in_sns(event(record(version)))),
        sees=counted("sns a+b.jsonl", graph({"in-sns": 2})),
    ),
    Trap(
        name="an event of EventBridge, whose keys are not encoded",
        put=announce("bridge a+b%2Bc.jsonl", errors("bridge", 2), from_eventbridge),
        sees=counted("bridge a+b%2Bc.jsonl", graph({"bridge": 2})),
    ),
    Trap(name="a test event", put=send(TEST_EVENT), sees=Sees()),
    Trap(name="a test event inside SNS", put=send(in_sns(TEST_EVENT)), sees=Sees()),
    Trap(
        name="an event of a deletion",
        put=announce(
            "kept.jsonl", errors("kept", 2), lambda v: event(record(v) | {"eventName": "ObjectRemoved:Delete"})
        ),
        sees=Sees(),
    ),
    Trap(
        name="an event of version 3.0",
        put=announce("version-3.jsonl", errors("version-3", 2), lambda v: event(record(v, event="3.0"))),
        sees=dead("an S3 event of version 3.0: 2.x is understood"),
    ),
    Trap(
        name="an event of version 2.6",
        put=announce("newer-event.jsonl", errors("newer-event", 2), lambda v: event(record(v, event="2.6"))),
        sees=counted("newer-event.jsonl", graph({"newer-event": 2})),
    ),
    Trap(
        name="one version announced with sequencers of different lengths",
        put=announce(
            "sequencers.jsonl",
            errors("sequencers", 2),
            lambda version: event(record(version, versioned=True, sequencer=SEQUENCER)),
            lambda version: event(record(version, versioned=True, sequencer=f"{SEQUENCER}00")),
        ),
        sees=counted("sequencers.jsonl", graph({"sequencers": 2})),
    ),
    Trap(
        name="a message that is no event",
        put=send("hello"),
        sees=dead("not an S3 event: JSON is malformed: invalid character (byte 0)"),
    ),
    Trap(
        name="a message of JSON that is no event",
        put=send({"hello": "world"}),
        sees=dead("not an S3 event: neither records nor a detail in it"),
    ),
    # Objects that are not what they were
    Trap(
        name="one ETag under two keys",
        put=upload(("twin-1.jsonl", errors("twin", 2)), ("twin-2.jsonl", errors("twin", 2))),
        sees=Sees(
            ledger={
                "twin-1.jsonl": (Entry(state="pushed", total=2),),
                "twin-2.jsonl": (Entry(state="pushed", total=2),),
            },
            graph=graph({"twin": 4}),
        ),
    ),
    Trap(
        name="overwritten before it was read",
        put=_overwritten,
        sees=Sees(
            ledger={
                "over.jsonl": (
                    Entry(state="pushed", total=3),
                    Entry(state="superseded", reason="overwritten before it was read"),
                )
            },
            graph=graph({"over-new": 3}),
        ),
    ),
    Trap(
        name="overwritten, and written once more as it was: the same bytes count once",
        put=_rolled_back,
        sees=Sees(
            ledger={
                "back.jsonl": (
                    Entry(state="pushed", total=2),
                    Entry(state="superseded", reason="overwritten before it was read"),
                )
            },
            graph=graph({"back": 2}),
        ),
    ),
    Trap(
        name="uploaded in parts, so that its ETag is no digest",
        put=_multipart,
        sees=counted("parts.jsonl", graph({"parts": 6003})),
    ),
    Trap(
        name="an old version, by its version id",
        put=_old_version,
        sees=counted("old-version.jsonl", graph({"old-version": 2})),
    ),
    Trap(
        name="deleted before it was read",
        put=_deleted,
        sees=ended("deleted.jsonl", "gone", "deleted before it was read"),
    ),
    Trap(
        name="deleted before it was read, but its version is still there",
        put=_deleted_on_top,
        sees=counted("hidden.jsonl", graph({"hidden": 2})),
    ),
    Trap(
        name="a version deleted before it was read",
        put=_version_deleted,
        sees=ended("erased.jsonl", "gone", "deleted before it was read"),
    ),
    Trap(
        name="a bucket that does not exist",
        put=_no_bucket,
        sees=ended("lost.jsonl", "gone", "its bucket is deleted"),
    ),
    # What they are packed in
    Trap(
        name="gzip of two members",
        put=upload(("members.jsonl.gz", gzip.compress(errors("members", 2)) + gzip.compress(errors("members", 3)))),
        sees=counted("members.jsonl.gz", graph({"members": 5})),
    ),
    Trap(
        name="gzip that is truncated",
        put=upload(("truncated.jsonl.gz", gzip.compress(errors("truncated", 500))[:-9])),
        sees=failed("truncated.jsonl.gz", TRUNCATED),
    ),
    Trap(
        name="gzip without a suffix",
        put=upload(("suffix-less", gzip.compress(errors("suffix-less", 2)))),
        sees=counted("suffix-less", graph({"suffix-less": 2})),
    ),
    Trap(
        name="plain text that is called .gz",
        put=upload(("plain.jsonl.gz", errors("plain", 2))),
        sees=counted("plain.jsonl.gz", graph({"plain": 2})),
    ),
    Trap(
        name="a file that is not text",
        put=upload(("picture.jsonl", Random(0).randbytes(10_000))),
        sees=failed("picture.jsonl", BINARY),
    ),
    # Lines
    Trap(
        name="CRLF",
        put=upload(("crlf.jsonl", errors("crlf", 3).replace(b"\n", b"\r\n"))),
        sees=counted("crlf.jsonl", graph({"crlf": 3})),
    ),
    Trap(
        name="a lone CR, which ends no line",
        put=upload(("cr.jsonl", errors("cr", 2) + line("cr").strip() + b"\r" + line("cr"))),
        sees=counted("cr.jsonl", graph({"cr": 2}), malformed=1),
    ),
    Trap(
        name="U+2028 inside a string, which ends no line",
        put=upload(("u2028.jsonl", line("u2028", msg="one\u2028two\u2029three\x85four") * 2)),
        sees=counted("u2028.jsonl", graph({"u2028": 2})),
    ),
    Trap(
        name="a character on the edge of a chunk",
        put=upload(("edge.jsonl", line("edge", msg=f"-{EMOJI}") + line("edge", msg=f"--{EMOJI}"))),
        sees=counted("edge.jsonl", graph({"edge": 2})),
    ),
    Trap(
        name="a line of 70 KiB",
        put=upload(("70k.jsonl", line("70k", msg="x" * 70 * 1024) + line("70k"))),
        sees=counted("70k.jsonl", graph({"70k": 2})),
    ),
    Trap(
        name="a line of 20 MiB",
        put=upload(("20m.jsonl", line("20m") + line("20m", msg="x" * 20 * 1024**2) + line("20m"))),
        sees=counted("20m.jsonl", graph({"20m": 2}), malformed=1),
    ),
    Trap(
        name="a last line without a line feed",
        put=upload(("last.jsonl", line("last") + line("last").rstrip())),
        sees=counted("last.jsonl", graph({"last": 2})),
    ),
    Trap(
        name="a byte order mark",
        put=upload(("bom.jsonl", b"\xef\xbb\xbf" + line("bom") * 2)),
        sees=counted("bom.jsonl", graph({"bom": 2})),
    ),
    Trap(
        name="a JSON array instead of lines",
        put=upload(("array.json", b"[" + line("array").strip() + b", " + line("array").strip() + b"]\n")),
        sees=counted("array.json", graph({}), malformed=1),
    ),
    # Times
    Trap(
        name="times with an offset",
        put=upload(("zoned.jsonl", _times())),
        sees=counted("zoned.jsonl", graph({"zoned": 2})),
    ),
    Trap(
        name="times with a fraction",
        put=upload(("fraction.jsonl", line("fraction", ts=f"{at(AT)[:-3]}59.999999999Z") * 2)),
        sees=counted("fraction.jsonl", graph({"fraction": 2})),
    ),
    Trap(
        name="times since the epoch: a number is one, and a text is none, and counts when the file was put",
        put=upload(("epoch.jsonl", line("epoch", ts=AT.timestamp()) + line("epoch", ts=str(int(AT.timestamp()))))),
        sees=counted("epoch.jsonl", graph({"epoch": 1}) + graph({"epoch": 1}, minute=UPLOADED)),
    ),
    Trap(
        name="errors older than 14 days and more than two hours ahead",
        put=upload(("aged.jsonl", _outside_window())),
        sees=counted("aged.jsonl", graph({"aged": 4}), outside=3),
    ),
    Trap(
        name="errors older than 14 days and no others",
        put=upload(("ancient.jsonl", line("ancient", ts=at(NOW - timedelta(days=15))) * 3)),
        sees=counted("ancient.jsonl", graph({}), outside=3),
    ),
    # Services
    Trap(
        name="services without a name",
        put=upload(("nameless.jsonl", line("") + line("  ") + line(None))),
        sees=counted("nameless.jsonl", graph({"unknown": 3})),
    ),
    Trap(
        name="services whose names are not ASCII",
        put=upload(("names.jsonl", line("grün") * 2 + line("grön"))),
        sees=counted("names.jsonl", graph({"gr_n~": 3})),
    ),
    Trap(
        name="services whose names are over 1024 characters",
        put=upload(("long.jsonl", line(f"{LONG}a") * 2 + line(f"{LONG}b"))),
        sees=counted("long.jsonl", graph({f"{LONG[:1015]}~": 3})),
    ),
    Trap(
        name="a thousand services: a hundred keep their names",
        put=upload(("thousand.jsonl", _thousand_services())),
        sees=counted("thousand.jsonl", graph({"other": 900} | {f"thousand-{n:03}": 2 for n in range(100)})),
    ),
    Trap(
        name="more cells than one request and one item take",
        put=upload(("busy.jsonl", _many_cells())),
        sees=counted("busy.jsonl", _many_cells_shown()),
    ),
    # The threshold
    Trap(
        name="one error less than the threshold",
        put=upload(("under.jsonl", errors("under", THRESHOLD - 1))),
        sees=counted("under.jsonl", graph({"under": THRESHOLD - 1})),
    ),
    Trap(
        name="as many errors as the threshold",
        put=upload((BELL, line("bell") * (THRESHOLD - 3) + line("chime", ts=at(AT + timedelta(seconds=10))) * 3)),
        sees=counted(BELL, graph({"bell": THRESHOLD - 3, "chime": 3})),
    ),
)
