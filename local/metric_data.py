"""PutMetricData as AWS reads it: what it decodes to, and what it refuses. One bad datum refuses the whole request."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from msgspec import Struct

DATA_MAX: Final = 1000
BODY_B_MAX: Final = 1024 * 1024
VALUES_MAX: Final = 150
DIMENSIONS_MAX: Final = 30
DIMENSION_VALUE_LENGTH_MAX: Final = 1024
NAME_LENGTH_MAX: Final = 255
VALUE_MAX: Final = 2.0**360
BACK_S_MAX: Final = 14 * 24 * 3600
AHEAD_S_MAX: Final = 2 * 3600
_SIZES: Final = tuple(
    f"{prefix}{unit}" for unit in ("bytes", "bits") for prefix in ("", "kilo", "mega", "giga", "tera")
)
UNITS: Final = frozenset(
    {"Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"}
    | {size.capitalize() for size in _SIZES}
    | {f"{size.capitalize()}/Second" for size in _SIZES}
)
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")


class Refused(Exception):
    """CloudWatch refuses the request, with this code, message and status."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class MetricDatum(Struct, frozen=True, kw_only=True):
    """One datum that CloudWatch accepted."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    timestamp: float  # seconds since the epoch
    unit: str
    values: tuple[float, ...]
    counts: tuple[float, ...]
    statistics: Mapping[str, float] | None  # a StatisticSet stands in place of values

    @property
    def sample_count(self) -> float:
        """How many values it stands for."""
        return self.statistics["SampleCount"] if self.statistics else sum(self.counts)

    @property
    def sum(self) -> float:
        """What they add up to."""
        if self.statistics:
            return self.statistics["Sum"]
        return sum(value * count for value, count in zip(self.values, self.counts, strict=True))


def decode(wanted: Mapping[str, Any], *, body_b: int, now: float) -> list[MetricDatum]:
    """Answer the data of a request, all of them good. A datum without a time gets `now`.

    Raises Refused as AWS would.
    """
    if body_b > BODY_B_MAX:
        raise Refused("RequestEntityTooLarge", f"Request size exceeded {BODY_B_MAX} bytes", status=413)
    namespace = wanted.get("Namespace") or ""
    _check_namespace(namespace)
    data = list(_members(wanted))
    if not data:
        raise Refused("MissingParameter", "The parameter MetricData is required.")
    if len(data) > DATA_MAX:
        raise Refused(
            "InvalidParameterValue", f"The collection MetricData must not have a size greater than {DATA_MAX}."
        )
    return [_datum(namespace, path, member, now=now) for path, member in data]


def _check_namespace(namespace: str) -> None:
    if not namespace:
        raise Refused("MissingParameter", "The parameter Namespace is required.")
    reserved = namespace.startswith(("AWS/", ":"))
    if reserved or len(namespace) > NAME_LENGTH_MAX or not _PRINTABLE.fullmatch(namespace):
        raise Refused("InvalidParameterValue", f"The value {namespace} for parameter Namespace is invalid.")


def _members(wanted: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    plain = enumerate(wanted.get("MetricData") or (), 1)
    yield from ((f"MetricData.member.{n}", member) for n, member in plain)
    entities = enumerate(wanted.get("EntityMetricData") or (), 1)
    yield from chain.from_iterable(
        (
            (f"EntityMetricData.member.{e}.MetricData.member.{n}", member)
            for n, member in enumerate(entity.get("MetricData") or (), 1)
        )
        for e, entity in entities
    )


def _datum(namespace: str, path: str, member: Mapping[str, Any], *, now: float) -> MetricDatum:
    metric = member.get("MetricName") or ""
    if not metric:
        raise Refused("MissingParameter", f"The parameter {path}.MetricName is required.")
    if len(metric) > NAME_LENGTH_MAX or not _PRINTABLE.fullmatch(metric):
        raise _invalid(f"{path}.MetricName", metric)
    unit = member.get("Unit") or "None"
    if unit not in UNITS:
        raise _invalid(f"{path}.Unit", unit)
    statistics = _statistics(path, member)
    values, counts = _values(path, member)
    return MetricDatum(
        namespace=namespace,
        metric=metric,
        dimensions=_dimensions(path, member.get("Dimensions") or ()),
        timestamp=_timestamp(path, member.get("Timestamp"), now=now),
        unit=unit,
        values=values,
        counts=counts,
        statistics=statistics,
    )


def _dimensions(path: str, wanted: Any) -> dict[str, str]:
    if len(wanted) > DIMENSIONS_MAX:
        raise Refused(
            "InvalidParameterValue",
            f"The collection {path}.Dimensions must not have a size greater than {DIMENSIONS_MAX}.",
        )
    dimensions = {}
    for n, dimension in enumerate(wanted, 1):
        name, value = dimension.get("Name"), dimension.get("Value")
        where = f"{path}.Dimensions.member.{n}"
        _check_text(f"{where}.Name", name, length_max=NAME_LENGTH_MAX)
        _check_text(f"{where}.Value", value, length_max=DIMENSION_VALUE_LENGTH_MAX)
        if name.startswith(":") or name in dimensions:
            raise _invalid(f"{where}.Name", name)
        dimensions[name] = value
    return dimensions


def _check_text(where: str, text: str | None, *, length_max: int) -> None:
    if not text:
        raise Refused("MissingParameter", f"The parameter {where} is required.")
    if not text.strip() or not _PRINTABLE.fullmatch(text):
        raise Refused(
            "InvalidParameterValue",
            f"The parameter {where} must contain only ASCII characters, and at least one that is not white space.",
        )
    if len(text) > length_max:
        raise Refused(
            "InvalidParameterValue", f"The parameter {where} must be shorter than {length_max + 1} characters."
        )


def _timestamp(path: str, wanted: Any, *, now: float) -> float:
    if wanted is None:
        return now
    where = f"{path}.Timestamp"
    try:
        timestamp = float(wanted)
    except ValueError:
        timestamp = _iso(where, wanted)
    if timestamp < now - BACK_S_MAX:
        raise Refused("InvalidParameterValue", f"The parameter {where} must specify a time within the past two weeks.")
    if timestamp > now + AHEAD_S_MAX:
        raise Refused(
            "InvalidParameterValue", f"The parameter {where} must specify a time no more than two hours in the future."
        )
    return timestamp


def _iso(where: str, wanted: str) -> float:
    try:
        moment = datetime.fromisoformat(wanted)
    except ValueError as exc:
        raise _invalid(where, wanted) from exc
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _statistics(path: str, member: Mapping[str, Any]) -> dict[str, float] | None:
    given = [name for name in ("Value", "Values", "StatisticValues") if member.get(name) is not None]
    if not given:
        raise Refused("MissingParameter", f"The parameter {path}.Value, Values or StatisticValues is required.")
    if len(given) > 1:
        raise Refused(
            "InvalidParameterCombination",
            f"The parameters {path}.{given[0]} and {path}.{given[1]} are mutually exclusive"
            " and you have specified both.",
        )
    wanted = member.get("StatisticValues")
    if wanted is None:
        return None
    where = f"{path}.StatisticValues"
    missing = next((name for name in ("SampleCount", "Sum", "Minimum", "Maximum") if name not in wanted), None)
    if missing:
        raise Refused("MissingParameter", f"The parameter {where}.{missing} is required.")
    return {name: _number(f"{where}.{name}", value) for name, value in wanted.items()}


def _values(path: str, member: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if member.get("Value") is not None:
        return (_number(f"{path}.Value", member["Value"]),), (1.0,)
    wanted = member.get("Values")
    if wanted is None:
        return (), ()
    counts = member.get("Counts") or [1.0] * len(wanted)
    for name, items in (("Values", wanted), ("Counts", counts)):
        if not 1 <= len(items) <= VALUES_MAX:
            raise Refused(
                "InvalidParameterValue", f"The collection {path}.{name} must have a size between 1 and {VALUES_MAX}."
            )
    if len(counts) != len(wanted):
        raise Refused(
            "InvalidParameterCombination", f"The parameters {path}.Values and {path}.Counts must have the same size."
        )
    return (
        tuple(_number(f"{path}.Values.member.{n}", value) for n, value in enumerate(wanted, 1)),
        tuple(_number(f"{path}.Counts.member.{n}", count) for n, count in enumerate(counts, 1)),
    )


def _number(where: str, wanted: Any) -> float:
    try:
        number = float(wanted)
    except (TypeError, ValueError) as exc:
        raise _invalid(where, wanted) from exc
    if math.isnan(number) or abs(number) > VALUE_MAX:
        raise _invalid(where, wanted)
    return number


def _invalid(where: str, value: object) -> Refused:
    return Refused("InvalidParameterValue", f"The value {value} for parameter {where} is invalid.")
