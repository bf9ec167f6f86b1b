"""The fast reader and the simplest possible one count the same."""

import bz2
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.analysis import analyse
from core.errors import Permanent
from core.inflate import inflate
from core.model import Cell, Minute, Rule, Shape, Tally
from tests.packers import zstd_compress

RULE = Rule(name="test", threshold=1, shape=Shape(levels=frozenset({"ERROR", "FATAL"})))
WRITTEN_AT = datetime(2025, 9, 15, 11, 30, 30, tzinfo=UTC)
SINCE = datetime(2025, 9, 15, 12, 0, 5, tzinfo=UTC)


def naive(content: bytes, *, since: datetime | None) -> Tally | None:
    """Read line by line with the standard library. None: not text."""
    cells: Counter[tuple[int, str]] = Counter()
    times = []
    lines = undated = 0
    refused = []
    levels: set[str] = set()
    for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        if not line.strip() or line.strip().startswith(b"#"):
            continue
        lines += 1
        try:
            entry = _entry(line)
        except (ValueError, RecursionError):
            refused.append(line)
            continue
        if isinstance(level := entry.get("level"), str):
            levels.add(level)
        if level not in RULE.shape.levels:
            continue
        at = _time(entry.get("ts"))
        undated += at is None
        if since is not None and (at is None or at <= since):
            continue
        service = entry.get("service")
        name = service if isinstance(service, str) and service.strip() else "unknown"
        cells[int((at or WRITTEN_AT).replace(second=0, microsecond=0).timestamp()), name] += 1
        times += [] if at is None else [at]
    if len(refused) == lines and (b"\0" in content or not all(map(_decodes, refused))):
        return None
    by_service: Counter[str] = Counter()
    for (_, name), errors in cells.items():
        by_service[name] += errors
    return Tally(
        total=sum(cells.values()),
        by_service=dict(by_service),
        cells=tuple(Cell(Minute(minute), name, errors) for (minute, name), errors in sorted(cells.items())),
        lines=lines,
        malformed=len(refused),
        undated=undated,
        levels=tuple(sorted(levels)),
        first_error=min(times, default=None),
        last_error=max(times, default=None),
    )


class _Pairs(list[tuple[str, object]]):
    """An object's fields, duplicates too."""


def _entry(line: bytes) -> dict[str, object]:
    pairs = json.loads(line.decode(), object_pairs_hook=_Pairs, parse_constant=_refuse)
    if not isinstance(pairs, _Pairs):
        raise ValueError("not an object")  # noqa: TRY004 - one kind for all that is malformed
    kinds = {"level": (str,), "service": (str,), "ts": (str, int, float)}
    for field, value in pairs:
        right = value is None or (isinstance(value, kinds.get(field, object)) and not isinstance(value, bool))
        if field in kinds and not right:
            raise ValueError(f"{field} has the wrong type")
    return dict(pairs)


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def _time(value: object) -> datetime | None:
    if isinstance(value, int | float):
        digits = len(str(int(value)))
        scale = {range(9, 12): 0, range(12, 15): 3, range(15, 18): 6, range(18, 21): 9}
        power = next((power for lengths, power in scale.items() if digits in lengths and value > 0), None)
        if power is None:
            return None
        micros = int(Decimal(value).scaleb(6 - power).to_integral_value(ROUND_FLOOR))
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    if not isinstance(value, str):
        return None
    found = re.fullmatch(
        r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", value, re.ASCII
    )
    if found is None:
        return None
    *parts, fraction, sign, hours, minutes = found.groups()
    year, month, day, hour, minute, second = map(int, parts)
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        local = datetime(year, month, day, hour, minute, min(second, 59), int(f"{fraction or 0:0<6}"[:6]), tzinfo=UTC)
        return local - (offset if sign == "+" else -offset)
    except (ValueError, OverflowError):
        return None


def _decodes(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


times = st.one_of(
    st.timedeltas(timedelta(minutes=-2), timedelta(minutes=2)).map(
        lambda delta: (SINCE + delta).isoformat().replace("+00:00", "Z")
    ),
    st.sampled_from(
        [
            "2025-09-15T12:00:05Z",
            "2025-09-15t12:00:59.9999999999z",
            "2025-09-15 14:00:06.5+02:00",
            "2025-12-31T23:59:60Z",
            "2025-09-15T12:00:05",
            "2025-09-15T12:00:05,25Z",
            "2025-09-15",
            "2025-02-30T00:00:00Z",
            "2025-09-15T24:00:00Z",
            "0001-01-01T00:00:00+23:00",
            "yesterday",
            "",
        ]
    ),
    st.integers(min_value=-1, max_value=2**64),
    st.integers(min_value=1_757_937_600_000, max_value=1_757_937_720_000),
    st.floats(min_value=1_757_937_600, max_value=1_757_937_720),
    st.none(),
    st.booleans(),
)
words = st.one_of(st.sampled_from(["orders", "unknown", "other", "", " ", "日本\u2028", 'a"\\b']), st.text(max_size=5))
values = st.one_of(st.none(), st.booleans(), st.integers(), words, st.lists(st.integers(), max_size=2))
fields = st.one_of(
    st.tuples(st.just("ts"), times),
    st.tuples(st.just("service"), st.one_of(words, st.none(), st.integers())),
    st.tuples(st.just("level"), st.one_of(st.sampled_from(["ERROR", "FATAL", "INFO", "error"]), st.none())),
    st.tuples(st.sampled_from(["msg", "x"]), st.one_of(values, st.dictionaries(words, values, max_size=2))),
)
blanks = st.sampled_from(["", " ", "\t", "\r", " \r\t"])


@st.composite
def objects(draw: st.DrawFn, breaks: st.SearchStrategy[str] = blanks) -> bytes:
    """A JSON object, spelt in one of the many ways there are. Fields may come twice."""
    ascii_only = draw(st.booleans())
    pairs = [
        f"{draw(blanks)}{json.dumps(name)}{draw(blanks)}:{draw(breaks)}{json.dumps(value, ensure_ascii=ascii_only)}"
        for name, value in draw(st.lists(fields, max_size=5))
    ]
    return f"{draw(blanks)}{{{','.join(pairs)}{draw(blanks)}}}{draw(blanks)}".encode()


lines = st.one_of(
    objects(),
    objects(),
    objects(st.just("\n")),  # one object on several lines
    st.tuples(objects(), objects()).map(b"".join),  # two on one
    st.tuples(objects(), objects()).map(b",".join),
    st.sampled_from([b"", b" \t\r", b"\x0b", b"# a comment", b"  #", b"[", b"]", b"{", b"}", b"null", b"1", b'"x"']),
    st.sampled_from([b"[" * 20_000, b'{"x":' * 20_000, b'{"x":NaN}', b'{"level":"ERROR"', b'{"level":"\xff"}']),
    st.binary(max_size=8).filter(lambda line: not line.startswith(b"\x1f\x8b")),
)
contents = st.tuples(
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(lines, st.sampled_from([b"\n", b"\r\n"])).map(b"".join), max_size=8).map(b"".join),
    st.one_of(st.just(b""), lines),
).map(b"".join)


@given(
    content=contents,
    pack=st.sampled_from([bytes, gzip.compress, bz2.compress, zstd_compress]),
    cut=st.integers(min_value=1, max_value=200),
    since=st.sampled_from([None, SINCE]),
)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@example(content=b'{"level":\n"ERROR"}\n{}{"level":"ERROR"}\n', pack=bytes, cut=200, since=None)
@example(content=b'{"level":"ERROR","level":null}\n{"level":null,"level":"ERROR"}', pack=bytes, cut=3, since=None)
def test_any_log_is_counted_as_the_naive_reader_counts_it(
    content: bytes, pack: Callable[[bytes], bytes], cut: int, since: datetime | None
) -> None:
    """Cut anywhere, packed in any way, with anything odd in it."""
    stored = pack(content)
    chunks = (stored[at : at + cut] for at in range(0, len(stored), cut))

    assert _fast(chunks, since=since) == naive(content, since=since)


def _fast(chunks: Iterable[bytes], *, since: datetime | None) -> Tally | None:
    try:
        return analyse(inflate(chunks), rule=RULE, written_at=WRITTEN_AT, since=since)
    except Permanent as exc:
        assert "not text" in str(exc)  # noqa: PT017 - any other would be a wrong answer
        return None
