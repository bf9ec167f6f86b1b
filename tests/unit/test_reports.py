"""What a user is told of a tally, and what they are warned of."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
import pytest

from core.analysis import analyse
from core.model import Bucket, ETag, ObjectKey, ObjectRef, Report, Rule, Shape
from core.presets import SHAPES, Preset
from core.reports import report, report_of_file

RULE = Rule(name="default", threshold=2)
WRITTEN = datetime(2025, 9, 15, 11, 30, 30, tzinfo=UTC)
ERROR = b'{"ts":"2025-09-15T12:00:03Z","service":"api","level":"ERROR"}'
UNDATED = b'{"ts":"12:00:03","service":"api","level":"ERROR"}'


def _report(*lines: bytes, since: datetime | None = None, rule: Rule = RULE) -> Report:
    tally = analyse([b"\n".join(lines)], rule=rule, written_at=WRITTEN, since=since)
    return report_of_file("f", tally, rule=rule, since=since)


@pytest.mark.parametrize(("errors", "alert"), [(3, True), (2, True), (1, False)])
def test_a_file_at_its_threshold_rings(errors: int, alert: bool) -> None:
    """Not only one over it."""
    assert _report(*[ERROR] * errors).alert is alert


def test_the_report_is_the_json_that_users_know() -> None:
    """Its keys are a contract."""
    ref = ObjectRef(bucket=Bucket("b"), key=ObjectKey("k"), etag=ETag("e"))
    tally = analyse([ERROR + b"\nx"], rule=RULE, written_at=WRITTEN, since=WRITTEN)

    made = report(ref, tally, rule=RULE, since=WRITTEN)

    assert json.loads(msgspec.json.encode(made)) == {
        "bucket": "b",
        "key": "k",
        "etag": "e",
        "total": 1,
        "byService": {"api": 1},
        "alert": False,
        "threshold": 2,
        "since": "2025-09-15T11:30:30Z",
        "lines": 2,
        "malformed": 1,
        "undated": 0,
        "firstError": "2025-09-15T12:00:03Z",
        "lastError": "2025-09-15T12:00:03Z",
        "notes": ["1 line of 2 can't be read: not JSON objects of the expected kind"],
    }


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        ([b"x", b"[]", ERROR], "2 lines of 3 can't be read: not JSON objects of the expected kind"),
        ([UNDATED, ERROR], "1 error without a readable time counted at the time when the file was last written"),
        ([b'{"severity":"ERROR"}'], "no line has the field level, so none can be an error"),
        (
            [b'{"level":"error"}', b'{"level":"info"}'],
            "no error: levels are matched exactly, and here stands error instead of ERROR",
        ),
        (
            [b'{"level":"CRITICAL"}', b'{"level":"severe"}', b'{"level":"INFO"}'],
            "no error: levels are matched exactly, and here stands CRITICAL or severe instead of ERROR",
        ),
    ],
)
def test_what_would_mislead_is_noted(lines: list[bytes], note: str) -> None:
    """A green nought must not be a log that nobody could read."""
    assert _report(*lines).notes == (note,)


def test_since_leaves_out_undated_errors_and_says_so() -> None:
    """Nobody can say whether they came before or after."""
    made = _report(UNDATED, UNDATED, ERROR, since=WRITTEN)

    assert (made.total, made.undated) == (1, 2)
    assert made.notes == (
        "2 errors without a readable time left out: nobody can say whether they came after 2025-09-15 11:30:30 UTC",
    )


@pytest.mark.parametrize(
    "lines",
    [[], [ERROR], [b'{"level":"INFO"}'], [b'{"level":"info"}'], [b'{"level":"error"}', ERROR], [b"# a comment"]],
)
def test_a_log_that_means_what_it_says_has_no_notes(lines: list[bytes]) -> None:
    """Also one without errors, and one that writes some of its levels otherwise."""
    assert _report(*lines).notes == ()


def test_a_rule_is_named_in_the_note_as_it_is_written() -> None:
    """Somebody looks for it in their settings."""
    rule = Rule(name="theirs", threshold=1, shape=Shape(levels=frozenset({"Fatal", "Error"}), level_field="severity"))

    assert _report(b'{"severity":"error"}', rule=rule).notes == (
        "no error: levels are matched exactly, and here stands error instead of Error or Fatal",
    )


@pytest.mark.parametrize(
    ("levels", "line", "note"),
    [
        (SHAPES[Preset.PINO].levels, b'{"level":"error"}', "here stands error instead of 50 or 60"),
        ({"FATAL"}, b'{"level":"fatal"}', "here stands fatal instead of FATAL"),
        ({"FATAL"}, b'{"level":"ERROR"}', None),
    ],
)
def test_levels_of_another_logger_are_noted(levels: Iterable[str], line: bytes, note: str | None) -> None:
    """Such as of a pino that writes labels. Whoever asks for what is worse than an error does not miss errors."""
    found = _report(line, rule=Rule(name="theirs", threshold=1, shape=Shape(levels=frozenset(levels)))).notes

    assert found == (() if note is None else (f"no error: levels are matched exactly, and {note}",))
