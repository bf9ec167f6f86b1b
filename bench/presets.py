"""What the lines of common loggers cost, against the default shape. See README.md beside this file.

python -m bench.presets --lines 400000 --rounds 7
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from msgspec import Struct

from core.analysis import analyse
from core.limits import CHUNK_B
from core.model import Rule, Tally
from core.presets import Preset
from core.rule_settings import RuleSettings

START: Final = datetime(2025, 9, 15, 12, tzinfo=UTC)
PLAIN: Final = Rule(name="default", threshold=1)
SERVICES: Final = ("orders", "billing", "auth", "api")


class Said(Struct, frozen=True):
    """What a line says, however it is written."""

    at: datetime
    service: str
    error: bool


Line = Callable[[Said], dict[str, Any]]


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level(said: Said) -> str:
    return "error" if said.error else "info"


def _plain(said: Said) -> dict[str, Any]:
    return {"ts": _stamp(said.at), "service": said.service, "level": _level(said).upper()}


def _pino(said: Said) -> dict[str, Any]:
    time_ms = int(said.at.timestamp() * 1000)
    return {"level": 50 if said.error else 30, "time": time_ms, "pid": 7, "name": said.service}


def _zap(said: Said) -> dict[str, Any]:
    return {"level": _level(said), "ts": said.at.timestamp(), "service": said.service}


def _python(said: Said) -> dict[str, Any]:
    stamp = f"{said.at:%Y-%m-%d %H:%M:%S},{said.at.microsecond // 1000:03d}"
    return {"asctime": stamp, "levelname": _level(said).upper(), "service": said.service}


def _ecs(said: Said) -> dict[str, Any]:
    return {"@timestamp": _stamp(said.at), "log.level": _level(said), "service.name": said.service}


def _ecs_in_objects(said: Said) -> dict[str, Any]:
    return {"@timestamp": _stamp(said.at), "log": {"level": _level(said)}, "service": {"name": said.service}}


SHAPES: Final[Mapping[str, tuple[Preset | None, Line]]] = {
    "default": (None, _plain),
    "pino": (Preset.PINO, _pino),
    "zap": (Preset.ZAP, _zap),
    "python-json-logger": (Preset.PYTHON_JSON_LOGGER, _python),
    "ecs, flat": (Preset.ECS, _ecs),
    "ecs, in objects": (Preset.ECS, _ecs_in_objects),
}


def content(line: Line, *, lines: int, error_share: float) -> Iterator[bytes]:
    """Make the same hour of the same errors in one shape."""
    random = Random(7)
    for n in range(lines):
        said = Said(START + timedelta(hours=n / lines), random.choice(SERVICES), random.random() < error_share)
        msg = "payment declined by gateway" if said.error else "new order received, all well"
        yield json.dumps({**line(said), "msg": msg, "id": f"o-{n}"}, separators=(",", ":")).encode() + b"\n"


def _rule(preset: Preset | None) -> Rule:
    if preset is None:
        return PLAIN
    return RuleSettings(name=preset, preset=preset).rule(threshold=1, levels=PLAIN.shape.levels)


def _timed(data: bytes, rule: Rule) -> tuple[float, Tally]:
    chunks = [data[at : at + CHUNK_B] for at in range(0, len(data), CHUNK_B)]
    begun = time.process_time()
    tally = analyse(chunks, rule=rule, written_at=START)
    return time.process_time() - begun, tally


def measure(error_share: float, *, lines: int, rounds: int) -> None:
    """Print a line for each shape: its time by line and by byte, and both as a ratio to the default shape's."""
    data = {name: b"".join(content(line, lines=lines, error_share=error_share)) for name, (_, line) in SHAPES.items()}
    took: dict[str, list[float]] = {name: [] for name in SHAPES}
    totals = set()
    for _ in range(rounds):
        for name, (preset, _) in SHAPES.items():
            seconds, tally = _timed(data[name], _rule(preset))
            took[name].append(seconds)
            totals.add((tally.total, tally.malformed, tally.undated))
    if len(totals) > 1:
        raise SystemExit(f"the shapes do not come to the same: {totals}")
    base_s, base_b = statistics.median(took["default"]), len(data["default"])
    for name in SHAPES:
        seconds, size_b = statistics.median(took[name]), len(data[name])
        by_line, by_byte = seconds / base_s, seconds / size_b / (base_s / base_b)
        ns = seconds / lines * 1e9
        print(f"{error_share:4.0%} {name:20} {size_b // lines:5} {ns:8.0f} {by_line:8.2f}x {by_byte:8.2f}x", flush=True)


def main() -> None:
    """Measure each shape, in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=7, help="of which the median counts")
    options = parser.parse_args()
    print(f"{'errors, shape':25} {'bytes':>5} {'ns/line':>8} {'by line':>9} {'by byte':>9}")
    for error_share in (0.05, 0.36):
        measure(error_share, lines=options.lines, rounds=options.rounds)


if __name__ == "__main__":
    main()
