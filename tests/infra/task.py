"""A task as ECS would start it, but as a process here: with command, variables and secrets of its task definition."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from tests.infra.account import Account

ROOT: Final = Path(__file__).parents[2]
STARTED: Final = re.compile(r'"port": (\d+).*"event": "api.started"')
START_S_MAX: Final = 30.0
STOP_S_MAX: Final = 60.0


class Container(Struct, frozen=True, kw_only=True):
    """What a task definition says of its one container."""

    command: list[str]
    environment: dict[str, str]  # with the secrets
    secrets: list[str]  # which of them are

    @property
    def program(self) -> str:
        """The word after `logtally`."""
        assert self.command[0] == "logtally"
        return self.command[1]


class Task:
    """A running process, and its log."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log

    def log(self) -> str:
        """Answer what it has said so far."""
        return self._log.read_text(errors="replace")

    def port(self) -> int:
        """Answer where the API listens, as soon as it does."""
        deadline = time.monotonic() + START_S_MAX
        while True:
            found = STARTED.search(self.log())
            if found:
                return int(found[1])
            assert self._process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.1)

    def stop(self) -> int:
        """Ask it to end, as ECS does, and answer its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_S_MAX)


def container(account: Account, task_definition: str) -> Container:
    """Answer the container of a task definition, secrets resolved as ECS resolves them."""
    told = account.client("ecs").describe_task_definition(taskDefinition=task_definition)["taskDefinition"]
    (found,) = told["containerDefinitions"]
    secrets = {each["name"]: _secret(account, each["valueFrom"]) for each in found.get("secrets", [])}
    plain = {each["name"]: each["value"] for each in found["environment"]}
    return Container(command=found["command"], environment=plain | secrets, secrets=sorted(secrets))


@contextmanager
def started(account: Account, container: Container, *, who: str, here: Mapping[str, str], log: Path) -> Iterator[Task]:
    """Run a container's program while the block runs.

    `who`: the access key that stands for the task's role. `here`: the variables that are otherwise in a process.
    """
    environment = {"PATH": os.environ["PATH"], **account.environment(who), **container.environment, **here}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "cli", *container.command[1:]],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            yield Task(process, log)
        finally:
            process.kill()


def _secret(account: Account, arn: str) -> str:
    service, resource = arn.split(":", 5)[2], arn.split(":", 5)[5]
    answer: dict[str, Any]
    if service == "ssm":
        name = resource.removeprefix("parameter")
        answer = account.client("ssm").get_parameter(Name=name, WithDecryption=True)
        return str(answer["Parameter"]["Value"])
    answer = account.client("secretsmanager").get_secret_value(SecretId=":".join(arn.split(":")[:7]))
    key = arn.split(":")[7:8]
    return str(json.loads(answer["SecretString"])[key[0]] if key and key[0] else answer["SecretString"])
