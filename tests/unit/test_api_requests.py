"""What is around every request, over an app that does as the test says."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import pytest
from structlog.testing import capture_logs

from api.requests import BODY_B_MAX, HEADERS, Requests

App = Callable[[Any, Any, Any], Awaitable[None]]


async def _fine(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"max-age=9")]})
    await send({"type": "http.response.body", "body": b"fine"})


async def _reads(scope: Any, receive: Any, send: Any) -> None:
    while (message := await receive()).get("more_body"):
        pass
    assert message["type"] == "http.disconnect", "more than may be sent was read"
    await _fine(scope, receive, send)


async def _broken(_scope: Any, _receive: Any, _send: Any) -> None:
    raise RuntimeError("the secret of arn:aws:iam::123456789012:role/x")


def _ask(
    app: App, *, headers: dict[str, str] | None = None, scheme: str = "http", body: tuple[bytes, ...] = ()
) -> tuple[int, dict[str, str], bytes]:
    clock = count(step=0.25)
    sent: list[dict[str, Any]] = []
    pieces = iter(body)

    async def receive() -> dict[str, Any]:
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": scheme,
        "path": "/analyze",
        "query_string": b"token=x",
        "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    layer = Requests(app, https=False, new_id=lambda: "made-here", monotonic=lambda: next(clock))
    asyncio.run(layer(scope, receive, send))  # type: ignore[arg-type]  # what ASGI's types say of a scope
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], named, b"".join(message.get("body", b"") for message in sent[1:])


def test_every_answer_has_the_headers_that_keep_it_from_misuse() -> None:
    """What a route says of its own stands."""
    status, headers, body = _ask(_fine)

    assert (status, body) == (200, b"fine")
    assert headers == {name.lower(): value for name, value in HEADERS.items()} | {
        "cache-control": "max-age=9",
        "x-request-id": "made-here",
    }
    assert "strict-transport-security" in _ask(_fine, scheme="https")[1]


@pytest.mark.parametrize(
    ("sent", "answered"),
    [("abc-1.2_3", "abc-1.2_3"), ("two words", "made-here"), ("x" * 65, "made-here"), ("", "made-here")],
)
def test_an_id_that_was_sent_is_kept_if_it_is_one(sent: str, answered: str) -> None:
    """Into the log goes nothing that looks like more than an id."""
    with capture_logs() as log:
        _, headers, _ = _ask(_fine, headers={"x-request-id": sent})

    assert headers["x-request-id"] == answered
    assert log == [
        {
            "event": "request.handled",
            "log_level": "info",
            "method": "GET",
            "path": "/analyze",
            "status": 200,
            "ms": 250.0,
        }
    ]


def test_a_fault_of_ours_is_a_problem_without_a_word_of_it() -> None:
    """The log has the traceback."""
    with capture_logs() as log:
        status, headers, body = _ask(_broken)

    assert status == 500
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["request_id"] == "made-here"
    assert b"secret" not in body
    assert [line["event"] for line in log] == ["request.surprised", "request.handled"]


@pytest.mark.parametrize("length", [str(BODY_B_MAX + 1), "-1", "many"])
def test_a_body_that_is_too_long_is_not_read(length: str) -> None:
    """Nothing but a token in a form is ever sent here."""
    assert _ask(_broken, headers={"content-length": length})[0] == 413


def test_a_body_without_a_length_ends_where_it_becomes_too_long() -> None:
    """Whoever reads it sees the client leave."""
    assert _ask(_reads, body=(b"x" * 1000,) * 100)[0] == 200
