"""What every test of `logtally doctor` may ask for: somebody who runs it, over a cloud that is wired."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from msgspec import Struct

from local.cloud import Cloud
from local.wiring import Wired
from tests.e2e.commands.logtally import LOGTALLY, environment, logtally
from tests.e2e.terminal import shown_on_a_terminal


class Doctor(Struct, frozen=True):
    """Somebody who runs it."""

    cloud: Cloud
    wired: Wired
    aws: boto3.Session
    variables: Mapping[str, str]

    def told(self, *words: str, code: int, **more: str) -> Any:
        """Answer its JSON. It must end with `code`."""
        done = logtally("doctor", *words, variables={**self.variables, **more})
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def verdicts(self, *words: str, code: int, **more: str) -> dict[str, str]:
        """Answer the verdict of each part that is not `ok`."""
        findings = self.told(*words, code=code, **more)["findings"]
        return {one["part"]: one["verdict"] for one in findings if one["verdict"] != "ok"}

    def shown(self, **more: str) -> str:
        """Answer what a terminal shows."""
        variables = {**self.variables, "TERM": "xterm-256color", "COLUMNS": "80", "NO_COLOR": "1", **more}
        _, shown = shown_on_a_terminal([*LOGTALLY, "doctor"], environment=environment(variables))
        return shown


@pytest.fixture
def doctor(cloud: Cloud, wired: Wired, aws: boto3.Session) -> Doctor:
    return Doctor(cloud, wired, aws, cloud.environment(wired))
