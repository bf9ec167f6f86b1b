"""Somebody at a terminal."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.e2e.hands import Hands
from tests.e2e.terminal import shown_on_a_terminal

BIN = Path(sys.executable).parent


class User(Struct):
    """Somebody at a terminal, with the settings of the worker."""

    hands: Hands
    environment: dict[str, str]

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run `logtally ledger` with `words`, and `more` in the environment."""
        return subprocess.run(
            [str(BIN / "logtally"), "ledger", *words],
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def told(self, *words: str, code: int = 0, **more: str) -> Any:
        """Answer the JSON that it prints."""
        done = self.run(*words, **more)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    def shown(self, *words: str) -> str:
        """Answer what a terminal shows."""
        environment = self.environment | {"TERM": "xterm-256color", "COLUMNS": "160"}
        _, shown = shown_on_a_terminal([str(BIN / "logtally"), "ledger", *words], environment=environment)
        return shown
