"""CloudWatch's metrics: strict when they are written, late when they are read."""

import asyncio
import json
import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from local.engine import Engine
from local.metric_data import MetricDatum, Refused, decode
from local.wire import Answer, Protocol, Request, empty_answer, params, refusal

POINTS_MAX: Final = 1440
DAY_S: Final = 24 * 3600
PERIODS: Final = ((63 * DAY_S, 3600), (15 * DAY_S, 300))  # (data older than, kept in points of) in seconds
READS: Final = {"GetMetricStatistics", "GetMetricData", "ListMetrics"}

Delay = Callable[[Sequence[MetricDatum]], float]


class _Held(Struct, frozen=True, order=True):
    readable_at: float
    number: int
    region: str | None  # each has metrics of its own
    data: tuple[MetricDatum, ...]


class Metrics:
    """All that CloudWatch accepted. `delay` and `in_order` may be set at any time, from any thread.

    `delay`: seconds until the data of a request can be read, or a function of the data. `in_order`: what was accepted
    earlier is never readable later, as the exactly-once protocol assumes of the marks; False: each by its own delay.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self.delay: float | Delay = 0.0
        self.in_order = True
        self.accepted: list[MetricDatum] = []  # readable or not, by arrival
        self._engine = engine
        self._clock = clock
        self._held: list[_Held] = []
        self._number = 0
        self._release = asyncio.Lock()

    async def answer(self, request: Request) -> Answer:
        """Answer one request to CloudWatch."""
        if request.protocol is Protocol.CBOR:
            # ministack reads CBOR with a library that is not installed, and takes what it can't read for nothing.
            return refusal(
                request, "UnsupportedProtocol", "The local cloud reads JSON and Query, not CBOR.", status=415
            )
        try:
            if request.operation == "PutMetricData":
                return await self._put(request)
            if request.operation in READS:
                return await self._read(request)
        except Refused as refused:
            return refusal(request, refused.code, refused.message, status=refused.status)
        return await self._engine.ask(request)

    def reset(self) -> None:
        """Forget everything, and be prompt again."""
        self.accepted.clear()
        self._held.clear()
        self.delay = 0.0
        self.in_order = True

    async def _put(self, request: Request) -> Answer:
        now = self._clock()
        data = tuple(decode(params(request), body_b=len(request.body), now=now))
        delay_s = self.delay(data) if callable(self.delay) else self.delay
        readable_at = now + delay_s
        if self.in_order:
            readable_at = max([readable_at, *(held.readable_at for held in self._held)])
        self._number += 1
        self.accepted.extend(data)
        self._held.append(_Held(readable_at, self._number, request.region, data))
        if delay_s <= 0:
            await self._let_out()
        return empty_answer(request)

    async def _read(self, request: Request) -> Answer:
        if request.operation == "GetMetricStatistics":
            _check_statistics(params(request), now=self._clock())
        await self._let_out()
        return await self._engine.ask(request)

    async def _let_out(self) -> None:
        async with self._release:
            now = self._clock()
            due = sorted(held for held in self._held if held.readable_at <= now)
            self._held = [held for held in self._held if held.readable_at > now]
            for held in due:
                answer = await self._engine.ask_json(
                    "cloudwatch", "PutMetricData", _encoded(held.data), region=held.region
                )
                assert answer.status == 200, answer.body


def _encoded(data: Sequence[MetricDatum]) -> bytes:
    return json.dumps({"Namespace": data[0].namespace, "MetricData": list(map(_member, data))}).encode()


def _member(datum: MetricDatum) -> dict[str, Any]:
    what = (
        {"StatisticValues": datum.statistics} if datum.statistics else {"Values": datum.values, "Counts": datum.counts}
    )
    return {
        "MetricName": datum.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in datum.dimensions.items()],
        "Timestamp": datum.timestamp,
        "Unit": datum.unit,
        **what,
    }


def _check_statistics(wanted: dict[str, Any], *, now: float) -> None:
    start, end = _seconds(wanted["StartTime"]), _seconds(wanted["EndTime"])
    period = int(wanted["Period"])
    if start >= end:
        raise Refused("InvalidParameterCombination", "The parameter StartTime must be less than the parameter EndTime.")
    coarse = next((seconds for age, seconds in PERIODS if start < now - age), 60)
    if period < 1 or (period >= 60 and period % coarse) or (period < 60 and coarse > 60):
        raise Refused("InvalidParameterValue", f"The parameter Period must be a multiple of {coarse}.")
    if not wanted.get("Statistics") and not wanted.get("ExtendedStatistics"):
        raise Refused("MissingParameter", "The parameter Statistics or ExtendedStatistics is required.")
    points = math.ceil((end - start) / period)
    if points > POINTS_MAX:
        raise Refused(
            "InvalidParameterCombination",
            f"You have requested up to {points:,} datapoints, which exceeds the limit of {POINTS_MAX:,}. You may reduce"
            " the datapoints requested by increasing Period, or decreasing the time range.",
        )


def _seconds(wanted: Any) -> float:
    return float(wanted) if isinstance(wanted, int | float) else datetime.fromisoformat(wanted).timestamp()
