"""Which operation a request asks for whose service tells its operations apart by method and path alone."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final
from urllib.parse import parse_qsl

import botocore.session
from msgspec import Struct

SERVICES: Final = ("cloudfront", "s3")  # of those that Terraform is rehearsed with


class Route(Struct, frozen=True, kw_only=True):
    """How an operation is asked for."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: frozenset[tuple[str, str]]  # what must be there; an empty value is any


def operation(service: str, *, method: str, path: str, query: str) -> str:
    """Answer its name, or `?` where it can't be told. A subresource decides before the bare path does."""
    asked = parse_qsl(query, keep_blank_values=True)
    there = {(name, "") for name, _ in asked} | set(asked)
    fitting = [
        route
        for route in (_routes(service) if service in SERVICES else ())
        if route.method == method and route.path.fullmatch(path.rstrip("/") or "/") and route.query <= there
    ]
    return max(fitting, key=lambda route: len(route.query)).operation if fitting else "?"


@cache
def _routes(service: str) -> tuple[Route, ...]:
    return tuple(_of_model(service))


def _of_model(service: str) -> Iterator[Route]:
    model = botocore.session.Session().get_service_model(service)
    for name in model.operation_names:
        http = model.operation_model(name).http
        path, _, query = str(http["requestUri"]).partition("?")
        pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", lambda found: ".+" if found[2] else "[^/]+", re.escape(path))
        yield Route(
            operation=name,
            method=str(http["method"]),
            path=re.compile(pattern),
            query=frozenset(parse_qsl(query, keep_blank_values=True)),
        )
