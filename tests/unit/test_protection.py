"""A task that reads a large object asks its agent not to be taken away."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from local.clock import VirtualClock
from worker.protection import AGAIN_S, LONG_S, PROTECTED_MIN, RENEW_S, Protection, agent

GIVEN = {"protection": {"ProtectionEnabled": True, "ExpirationDate": "2026-01-01T00:00:00Z", "TaskArn": "arn"}}
REFUSED = {"failure": {"Arn": "arn", "Reason": "DEPLOYMENT_BLOCKED", "Detail": ""}}
TAKE = {"ProtectionEnabled": True, "ExpiresInMinutes": PROTECTED_MIN}
GIVE_BACK = {"ProtectionEnabled": False}


class Agent:
    """An ECS agent: what it was asked, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.answer: tuple[int, object] = (200, GIVEN)
        self.url = ""


@pytest.fixture
def ecs() -> Iterator[Agent]:
    made = Agent()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            made.asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            status, body = made.answer
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}/api/task"
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        server.shutdown()


def test_protection_is_taken_for_a_long_reading_renewed_and_given_back(ecs: Agent) -> None:
    """What is short is left to the drain, and nothing is asked twice."""
    clock = VirtualClock()
    protection = Protection(agent(ecs.url), clock=clock)

    for longest_s in (0, LONG_S - 1, LONG_S, LONG_S + 5):
        protection.follow(longest_s=longest_s)
    clock.advance(RENEW_S)
    protection.follow(longest_s=LONG_S + RENEW_S)
    for _ in range(2):
        protection.follow(longest_s=0)

    assert ecs.asked == [("/api/task/task-protection/v1/state", body) for body in (TAKE, TAKE, GIVE_BACK)]


@pytest.mark.parametrize("answer", [(200, REFUSED), (500, {}), (200, "nonsense")])
def test_an_agent_that_refuses_is_asked_again_in_a_minute(ecs: Agent, answer: tuple[int, object]) -> None:
    """And the work goes on."""
    clock = VirtualClock()
    protection = Protection(agent(ecs.url), clock=clock)
    ecs.answer = answer

    protection.follow(longest_s=LONG_S)
    protection.follow(longest_s=LONG_S + 5)
    ecs.answer = (200, GIVEN)
    clock.advance(AGAIN_S)
    protection.follow(longest_s=LONG_S + AGAIN_S)

    assert [body for _, body in ecs.asked] == [TAKE, TAKE]


def test_an_agent_that_is_not_there_stops_nothing() -> None:
    """The work is worth more than its protection."""
    Protection(agent("http://127.0.0.1:9"), clock=VirtualClock()).follow(longest_s=LONG_S)
