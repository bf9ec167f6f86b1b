"""What counts as an error, of whom, and when."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.analysis import analyse
from core.errors import Permanent
from core.limits import CELLS_MAX, CHUNK_B, KIB, MIB, SERVICES_SEEN_MAX
from core.model import Cell, Minute, Rule, Shape, Tally
from core.times import instant

RULE = Rule(name="test", threshold=2)
WRITTEN_AT = datetime(2025, 9, 15, 11, 30, 30, tzinfo=UTC)
NOON = Minute(int(datetime(2025, 9, 15, 12, tzinfo=UTC).timestamp()))
ERROR = b'{"ts":"2025-09-15T12:00:03Z","service":"api","level":"ERROR"}'
SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "seed-logs"


def _tally(*lines: bytes, rule: Rule = RULE, since: datetime | None = None) -> Tally:
    return analyse([b"\n".join(lines)], rule=rule, written_at=WRITTEN_AT, since=since)


def _error(**fields: object) -> bytes:
    return json.dumps({"ts": "2025-09-15T12:00:03Z", "service": "api", "level": "ERROR"} | fields).encode()


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared sample logs are not on this machine")
@pytest.mark.parametrize(
    ("name", "by_service"),
    [
        ("2025-09-15T12-00.jsonl", {"billing": 1, "orders": 1}),
        ("2025-09-15T13-00.jsonl", {"billing": 1, "orders": 1, "shipping": 1}),
        ("2025-09-15T14-00.jsonl", {"api": 1, "auth": 1, "billing": 1, "orders": 1, "shipping": 1}),
        ("2025-09-15T15-00.jsonl", {"api": 1, "auth": 1, "billing": 1, "orders": 1}),
        ("2025-09-15T16-00.jsonl", {"orders": 40, "auth": 21, "billing": 20, "shipping": 16, "api": 15}),
    ],
)
def test_the_sample_logs_hold_the_errors_that_users_know(name: str, by_service: dict[str, int]) -> None:
    """And the service with the most comes first."""
    tally = analyse([(SAMPLES / name).read_bytes()], rule=RULE, written_at=WRITTEN_AT)

    assert list(tally.by_service.items()) == list(by_service.items())


def test_errors_count_by_minute_and_service() -> None:
    """One cell for each pair, in order, and they add up to the total."""
    tally = _tally(
        _error(service="b", ts="2025-09-15T12:01:00Z"),
        _error(service="a", ts="2025-09-15T12:00:59.999999999Z"),
        _error(service="b", ts="2025-09-15T14:00:00+02:00"),
        _error(service="b", ts="2025-09-15T12:01:59Z"),
        _error(service="b", level="WARN"),
    )

    assert tally.cells == (Cell(NOON, "a", 1), Cell(NOON, "b", 1), Cell(Minute(NOON + 60), "b", 2))
    assert tally.total == 4
    assert tally.by_service == {"b": 3, "a": 1}
    assert tally.first_error == datetime(2025, 9, 15, 12, tzinfo=UTC)
    assert tally.last_error == datetime(2025, 9, 15, 12, 1, 59, tzinfo=UTC)


@pytest.mark.parametrize("line", [b"", b"   ", b"\t\r", b"# {}", b"  # x", b"\x0b\x0c"])
def test_blank_lines_and_comments_are_no_lines(line: bytes) -> None:
    """They hold nothing that could be wrong."""
    tally = _tally(ERROR, line, ERROR)

    assert (tally.lines, tally.malformed, tally.total) == (2, 0, 2)


@pytest.mark.parametrize(
    "line",
    [
        b"Traceback (most recent call last):",
        b"[]",
        b"null",
        b'"ERROR"',
        b"{",
        ERROR[:-1],
        ERROR + ERROR,
        ERROR + b"," + ERROR,
        ERROR + b"\r" + ERROR,
        ERROR + b" x",
        b'{"level":5}',
        b'{"level":"ERROR","service":7}',
        b'{"level":"ERROR","ts":{}}',
        b'{"level":"ERROR","ts":true}',
        b'{"level":"ERR\xff"}',
        b'{"level":"ERROR","x":NaN}',
        b'{"level":"ERROR","x":"\x01"}',
        b'{"x":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"level":"ERROR","x":"' + b"x" * MIB + b'"}',
    ],
    ids=lambda line: repr(line[:30]),
)
def test_what_is_no_object_of_the_expected_kind_is_malformed(line: bytes) -> None:
    """It is counted, and the lines around it count as ever."""
    tally = _tally(ERROR, line, ERROR)

    assert (tally.lines, tally.malformed, tally.total) == (3, 1, 2)


def test_an_object_on_several_lines_is_several_malformed_lines() -> None:
    """JSON would allow it, JSON lines do not."""
    tally = _tally(ERROR, b'{"level":', b'"ERROR"}', ERROR)

    assert (tally.lines, tally.malformed, tally.total) == (4, 2, 2)


def test_a_json_array_of_entries_is_malformed_lines() -> None:
    """The one who wrote it hears of it; nothing is guessed."""
    tally = analyse([b"[\n" + ERROR + b",\n" + ERROR + b"\n]\n"], rule=RULE, written_at=WRITTEN_AT)

    assert (tally.lines, tally.malformed, tally.total) == (4, 3, 1)


@pytest.mark.parametrize("line", [b"  " + ERROR, ERROR + b"\r", ERROR + b"\t ", b'{"m":"\xe2\x80\xa8",' + ERROR[1:]])
def test_what_json_allows_around_and_inside_an_object_is_fine(line: bytes) -> None:
    """Blanks, CRLF, a line separator in a string."""
    assert _tally(ERROR, line).total == 2


@pytest.mark.parametrize("service", [None, "", " ", "\t"])
def test_an_error_without_a_service_counts_under_unknown(service: str | None) -> None:
    """So does one whose field is missing."""
    assert _tally(_error(service=service), b'{"level":"ERROR"}').by_service == {"unknown": 2}


@pytest.mark.parametrize("ts", [None, "", "yesterday", "2025-09-15T12:00:03", 12, 99_999_999, -1757937603, "9" * 100])
def test_an_error_without_a_readable_time_counts_in_the_minute_of_the_object(ts: object) -> None:
    """It happened, whenever it was."""
    tally = _tally(_error(ts=ts))

    assert tally.cells == (Cell(Minute(NOON - 30 * 60), "api", 1),)
    assert tally.first_error is None
    assert tally.undated == 1


def test_since_is_exclusive_and_leaves_out_what_has_no_readable_time() -> None:
    """Nobody can say whether that was before or after."""
    since = datetime(2025, 9, 15, 12, 0, 5, tzinfo=UTC)
    times = ["2025-09-15T12:00:04Z", "2025-09-15T12:00:05Z", "2025-09-15T14:00:05.001+02:00", None]

    tally = _tally(*[_error(ts=ts) for ts in times], since=since)

    assert (tally.total, tally.undated) == (1, 1)


def test_the_levels_are_those_of_the_first_lines_that_have_any() -> None:
    """Enough to tell somebody whose levels are written otherwise, and bounded, whatever stands there."""
    many = [f'{{"level":"{n}{"x" * 50}"}}'.encode() for n in range(20)]

    assert _tally(b"{}").levels == ()
    assert _tally(b"{}", b'{"level":"warn"}', b'{"level":"error"}', b'{"level":"warn"}').levels == ("error", "warn")
    assert _tally(*many).levels == tuple(sorted(f"{n}{'x' * 50}"[:32] for n in range(20))[:8])


def test_the_last_of_two_equal_keys_wins() -> None:
    """As in Python's own reader."""
    assert _tally(b'{"level":"ERROR","level":"INFO"}', b'{"level":"INFO","level":"ERROR"}').total == 1


def test_a_rule_names_the_fields_and_the_levels() -> None:
    """Other people's logs are read without changing them."""
    rule = Rule(
        name="theirs",
        threshold=1,
        shape=Shape(
            levels=frozenset({"error", "fatal"}),
            time_field="@timestamp",
            service_field="service.name",
            level_field="log.level",
        ),
    )
    theirs = b'{"@timestamp":"2025-09-15T12:00:00Z","service.name":"api","log.level":"fatal","level":5}'

    tally = _tally(theirs, ERROR, rule=rule)

    assert tally.cells == (Cell(NOON, "api", 1),)
    assert tally.malformed == 0


def test_services_beyond_the_limit_count_under_other() -> None:
    """A bug in somebody's log costs neither our memory nor the total."""
    tally = _tally(*[_error(service=f"s{n}") for n in range(SERVICES_SEEN_MAX + 5)], _error(service="s7"))

    assert tally.total == SERVICES_SEEN_MAX + 6
    assert tally.by_service["other"] == 5
    assert tally.by_service["s7"] == 2
    assert len(tally.by_service) == SERVICES_SEEN_MAX + 1


def test_a_service_name_without_end_is_held_as_its_beginning_and_a_digest() -> None:
    """Two that differ only at their ends stay two."""
    tally = _tally(_error(service="x" * 70 * KIB + "a"), _error(service="x" * 70 * KIB + "b"))

    assert sorted(map(len, tally.by_service)) == [1024, 1024]


def test_too_many_cells_are_over_the_limits() -> None:
    """An object with an error in each minute of a year is no log file."""

    def lines() -> Iterator[bytes]:
        at = datetime(2025, 1, 1, tzinfo=UTC)
        for n in range(CELLS_MAX + 1):
            yield f'{{"level":"ERROR","ts":"{(at + timedelta(minutes=n)).isoformat()}"}}\n'.encode()

    with pytest.raises(Permanent, match="over the limits"):
        analyse(lines(), rule=RULE, written_at=WRITTEN_AT)


@pytest.mark.parametrize(
    "content",
    [bytes(CHUNK_B), b"\x89PNG\r\n\x1a\n\x00\x00", ERROR.decode().encode("utf-16"), b"\xff\xfe\xfd", bytes(2 * MIB)],
    ids=lambda content: repr(content[:10]),
)
def test_what_is_no_text_at_all_is_a_failure(content: bytes) -> None:
    """A picture under the watched prefix is a mistake, not a log without errors."""
    with pytest.raises(Permanent, match="not text"):
        analyse([content], rule=RULE, written_at=WRITTEN_AT)


def test_an_empty_object_is_a_log_without_lines() -> None:
    """Rotation makes them."""
    tally = analyse([], rule=RULE, written_at=WRITTEN_AT)

    assert (tally.total, tally.lines, tally.malformed, tally.cells) == (0, 0, 0, ())


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("2025-09-15T12:00:00Z", datetime(2025, 9, 15, 12, tzinfo=UTC)),
        ("2025-09-15t12:00:00z", datetime(2025, 9, 15, 12, tzinfo=UTC)),
        ("2025-09-15 14:30:00+02:30", datetime(2025, 9, 15, 12, tzinfo=UTC)),
        ("2025-09-15T12:00:59.9999999Z", datetime(2025, 9, 15, 12, 0, 59, 999_999, tzinfo=UTC)),
        ("2025-09-15T12:00:00.5Z", datetime(2025, 9, 15, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2025-09-15T12:00:00", None),
        ("2025-09-15T12:00Z", None),
        ("2025-09-15", None),
        ("2025-09-15T24:00:00Z", None),
        ("2025-02-30T12:00:00Z", None),
        ("2025-09-15T12:00:00.Z", None),
        ("2025-09-15T12:00:00+0200", None),
        ("٢٠٢٥-09-15T12:00:00Z", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("2025-09-15T12:00:00Z\n", None),
    ],
)
def test_times_are_rfc_3339_and_nothing_else(text: str, seen: datetime | None) -> None:
    """Fractions are cut, never rounded into the next minute; offsets become UTC."""
    assert instant(text) == seen


@pytest.mark.parametrize("odd", [{"ts": "2025-09-15T12:00:02+00:00"}, {"ts": "2025-02-30T12:00:01Z"}, {"ts": None}])
def test_one_time_written_otherwise_does_not_change_how_others_count(odd: dict[str, object]) -> None:
    """Times that are all written alike take a shorter way; here they can not."""
    alike = [_error(ts=f"2025-09-15T12:00:{second:02}Z", service="b") for second in (9, 3, 5)]

    tally = _tally(*alike, _error(**odd))

    assert tally.by_service == {"b": 3, "api": 1}
    assert tally.last_error == datetime(2025, 9, 15, 12, 0, 9, tzinfo=UTC)


@pytest.mark.parametrize("order", [1, -1])
def test_the_first_and_the_last_error_do_not_depend_on_how_precisely_times_are_written(order: int) -> None:
    """As text, half a second past comes before the full second."""
    times = ["2025-09-15T12:00:05Z", "2025-09-15T12:00:05.5Z"][::order]

    tally = _tally(*[_error(ts=ts) for ts in times])

    assert tally.first_error == datetime(2025, 9, 15, 12, 0, 5, tzinfo=UTC)
    assert tally.last_error == datetime(2025, 9, 15, 12, 0, 5, 500_000, tzinfo=UTC)


def test_two_times_in_one_text_are_no_time() -> None:
    """However well each of them is written."""
    tally = _tally(_error(ts="2025-09-15T12:00:05Z\n2025-09-15T12:00:05Z"))

    assert tally.first_error is None
