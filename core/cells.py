"""A tally's cells → the data that CloudWatch will take, and what it will not."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from core.limits import DIMENSION_LENGTH_MAX, SERVICES_MAX, WINDOW_AHEAD_S, WINDOW_BACK_S
from core.model import Cell, Datum, Minute, Outside

OTHER: Final = "other"  # the service of what is over a limit

_DIGEST_LENGTH: Final = 8
_MADE_VALID: Final = re.compile(r".*~[0-9a-f]{8}", re.DOTALL)
_INVALID: Final = re.compile(r"[^\x20-\x7e]")
assert DIMENSION_LENGTH_MAX > _DIGEST_LENGTH + 1


def data_of(
    cells: Sequence[Cell], *, now: float, alert: bool, services_max: int = SERVICES_MAX
) -> tuple[tuple[Datum, ...], Outside | None]:
    """Answer what to send of an object's cells in order, `alertTriggered` last, and what lies outside the window.

    `now` is in seconds since the epoch. The `services_max` services with the most errors keep their names; the rest,
    and a service that calls itself so, is `other`. Nothing is lost: the counts of both answers add up to the cells'.
    """
    inside = [cell for cell in cells if now - WINDOW_BACK_S <= cell.minute <= now + WINDOW_AHEAD_S]
    names = _names(inside, services_max)
    counts: Counter[tuple[Minute, str]] = Counter()
    for cell in inside:
        counts[cell.minute, names.get(cell.service, OTHER)] += cell.errors
    data = [Datum(at=minute, service=name, count=counts[minute, name]) for minute, name in sorted(counts)]
    if alert:
        data.append(Datum(at=int(now), service=None, count=1))
    return tuple(data), _outside(cells, inside)


def beyond(cells: Sequence[Cell], covered: Mapping[tuple[Minute, str], int]) -> tuple[Cell, ...]:
    """Answer what `cells` hold that is not `covered`, which is a part of them, in their order."""
    left = ((cell, cell.errors - covered.get((cell.minute, cell.service), 0)) for cell in cells)
    return tuple(Cell(cell.minute, cell.service, errors) for cell, errors in left if errors)


def dimension_value(service: str) -> str:
    """Answer a valid dimension value for a service: its own name, if that is one.

    Any other becomes what can be read of it and a digest of it all. So does a name that looks as if it had been made
    that way: no two services get the same value.
    """
    valid = (
        0 < len(service) <= DIMENSION_LENGTH_MAX
        and not _INVALID.search(service)
        and service == service.strip(" ")
        and not service.startswith(":")
    )
    if valid and not _MADE_VALID.fullmatch(service):
        return service
    digest = hashlib.sha256(service.encode()).hexdigest()[:_DIGEST_LENGTH]
    legible = _INVALID.sub("_", service).lstrip(" :")[: DIMENSION_LENGTH_MAX - _DIGEST_LENGTH - 1]
    return f"{legible}~{digest}"


def _names(inside: Sequence[Cell], services_max: int) -> dict[str, str]:
    errors: Counter[str] = Counter()
    for cell in inside:
        errors[cell.service] += cell.errors
    del errors[OTHER]
    most = sorted(errors, key=lambda service: (-errors[service], service))[:services_max]
    return {service: dimension_value(service) for service in most}


def _outside(cells: Sequence[Cell], inside: Sequence[Cell]) -> Outside | None:
    if len(inside) == len(cells):
        return None
    kept = {cell.minute for cell in inside}
    left = [cell for cell in cells if cell.minute not in kept]
    minutes = [cell.minute for cell in left]
    return Outside(errors=sum(cell.errors for cell in left), first=min(minutes), last=max(minutes))
