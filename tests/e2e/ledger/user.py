"""Somebody at a terminal."""

import json
import subprocess
import sys
from typing import Any

from msgspec import Struct

from tests.e2e.hands import Hands
from tests.e2e.terminal import shown_on_a_terminal

LOGTALLY = (sys.executable, "-m", "cli")  # the code beside the tests, whatever is installed


class User(Struct):
    """Somebody at a terminal, with the settings of the worker."""

    hands: Hands
    environment: dict[str, str]
    group: str = "ledger"  # the commands that are run

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command with `words`, and `more` in the environment."""
        return subprocess.run(
            [*LOGTALLY, self.group, *words],
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command, whose end somebody else waits for."""
        return subprocess.Popen(
            [*LOGTALLY, self.group, *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(self, *words: str, code: int = 0, **more: str) -> Any:
        """Answer the JSON that it prints."""
        done = self.run(*words, **more)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def shown(self, *words: str, columns: int = 160) -> str:
        """Answer what a terminal shows."""
        environment = self.environment | {"TERM": "xterm-256color", "COLUMNS": str(columns)}
        _, shown = shown_on_a_terminal([*LOGTALLY, self.group, *words], environment=environment)
        return shown
