"""Who may ask."""

import asyncio
import threading
from itertools import count
from typing import Any

import pytest
from fastapi import Depends, FastAPI, Request

from api import guard
from api.entrance import Entrance, entrance
from api.problems import Forbidden, handle_in
from api.ready import Ready
from core.errors import Denied, Usage
from core.settings import Settings
from tests.http_server import over_http

EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound here
TOKENS = ("first-token-of-two", "second-token-of-two")
NAMED: dict[str, Any] = {
    "queue_url": "http://127.0.0.1/q",
    "dead_queue_url": "http://127.0.0.1/d",
    "table": "ledger",
    "topic_arn": "arn:aws:sns:eu-west-1:123456789012:alerts",
    "environment": "test",
}


def _settings(**more: Any) -> Settings:
    return Settings(**NAMED, **more)


def _enter(let_in: Entrance, request: Request) -> None:
    for one in (*let_in.everywhere, let_in.reports):
        one(request)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (None, 401),
        ("Bearer first-token-of-two", 200),
        ("bearer second-token-of-two", 200),
        ("Bearer first-token-of-tw", 401),
        ("Bearer ", 401),
        ("Bearer \xfcber", 401),
        ("Basic first-token-of-two", 401),
        ("first-token-of-two", 401),
    ],
)
def test_only_a_token_lets_in_and_any_of_them_does(sent: str | None, status: int) -> None:
    """So that one can be replaced while the other is in use."""
    app = FastAPI(dependencies=[Depends(guard.by_token(TOKENS))])
    handle_in(app)

    @app.get("/")
    def root() -> str:
        return "in"

    with over_http(app) as client:
        answer = client.ask("/", headers={} if sent is None else {"Authorization": sent})

    assert answer.status == status
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "LOGTALLY_API_TOKEN" in answer.json["detail"]


@pytest.mark.parametrize(
    ("host", "site", "is_let_in"),
    [
        ("127.0.0.1:8000", None, True),
        ("localhost", "none", True),
        ("[::1]:8000", "same-origin", True),
        ("evil.example", None, False),
        ("127.0.0.1.evil.example", None, False),
        ("a{b.evil.example:8000", None, False),
        ("a`b.evil.example", None, False),
        ("evil.example:99999", None, False),
        ("", None, False),
        ("localhost", "cross-site", False),
    ],
)
def test_without_a_token_only_this_machine_by_its_own_name_is_let_in(
    host: str, site: str | None, is_let_in: bool
) -> None:
    """A page of somebody else can lead a name of its own to the loopback, or make a browser ask."""
    headers = [(b"host", host.encode()), *([(b"sec-fetch-site", site.encode())] if site else [])]
    request = Request({"type": "http", "scheme": "http", "path": "/", "query_string": b"", "headers": headers})

    if is_let_in:
        _enter(entrance(_settings()), request)
    else:
        with pytest.raises(Forbidden):
            _enter(entrance(_settings()), request)


def test_who_is_let_in_is_decided_before_anything_starts() -> None:
    """Open to others only if somebody has said so, in so many words."""
    token = ("a-token-of-some-length",)
    this_machine = Entrance(everywhere=(guard.by_its_own_name,), reports=guard.anybody, tokens=())
    assert entrance(_settings()) == this_machine
    assert entrance(_settings(api_host="localhost")) == this_machine
    anybody = Entrance(everywhere=(), reports=guard.anybody, tokens=())
    assert entrance(_settings(api_access="open", api_host=EVERYWHERE)) == anybody
    by_token = entrance(_settings(api_token=token, api_host=EVERYWHERE))
    assert (by_token.everywhere, by_token.tokens) == ((), token)
    assert by_token.reports is not guard.anybody
    with pytest.raises(Usage, match=r"LOGTALLY_API_HOST=0\.0\.0\.0 is open to others: set LOGTALLY_API_TOKEN"):
        entrance(_settings(api_host=EVERYWHERE))
    with pytest.raises(Usage, match="unset one of them"):
        entrance(_settings(api_access="open", api_token=token))


def test_each_part_is_asked_once_in_five_seconds_and_one_that_hangs_holds_up_no_other() -> None:
    """Nor is that asked again before it has answered."""
    asked = {"fine": 0, "denied": 0, "hangs": 0}
    go = threading.Event()

    def hang() -> None:
        asked["hangs"] += 1
        go.wait(10)

    def denied() -> None:
        asked["denied"] += 1
        raise Denied("table ledger: not permitted")

    def fine() -> None:
        asked["fine"] += 1

    async def main() -> None:
        clock = count(step=3)
        ready = Ready({"fine": fine, "denied": denied, "hangs": hang}, monotonic=lambda: next(clock), check_s=0.05)
        first, second, third = [await ready.look() for _ in range(3)]
        assert first == {"fine": "ok", "denied": "table ledger: not permitted", "hangs": "no answer within 0 s"}
        assert second is first
        assert third is not first
        go.set()
        ready.close()

    asyncio.run(main())

    assert asked == {"fine": 2, "denied": 2, "hangs": 1}
