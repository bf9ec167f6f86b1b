"""What one process finds out while others wait for it: a file for each thing, written whole or not at all."""

import json
import time
from pathlib import Path
from typing import Any, Final

WAIT_S_MAX: Final = 900.0
FAILURE: Final = "failure"


class Lost(Exception):
    """What is waited for does not come any more. The message says why."""


class Book:
    """One writes, all others read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, value: Any) -> None:
        """Write something down, once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{name}.draft"
        draft.write_text(json.dumps(value, default=str), encoding="utf-8")
        draft.rename(self._file(name))

    def read(self, name: str) -> Any:
        """Answer what was written down, as soon as it is. Raises Lost if the writer fails before."""
        deadline = time.monotonic() + WAIT_S_MAX
        while not self._file(name).exists():
            if self._file(FAILURE).exists() and not self._file(name).exists():
                raise Lost(json.loads(self._file(FAILURE).read_text(encoding="utf-8")))
            if time.monotonic() > deadline:
                raise Lost(f"{name} was not found out in {WAIT_S_MAX:.0f} s")
            time.sleep(0.2)
        return json.loads(self._file(name).read_text(encoding="utf-8"))

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"
