"""What one process finds out while others wait for it: a file for each thing, written whole or not at all."""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

BEGIN_S_MAX: Final = 120.0
WAIT_S_MAX: Final = 900.0
WRITER: Final = "writer"
FAILURE: Final = "failure"


class Lost(Exception):
    """What is waited for does not come any more. The message says why."""


class Book:
    """One writes, all others read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def written(self) -> Iterator[None]:
        """Be the writer while the block runs. However it ends, readers notice, as its lock is gone."""
        self.folder.mkdir(parents=True)
        draft = self.folder / f"{WRITER}.draft"
        with draft.open("wb") as writer:
            fcntl.flock(writer, fcntl.LOCK_EX)
            draft.rename(self.folder / WRITER)  # nobody sees it without its lock
            yield

    def write(self, name: str, value: Any) -> None:
        """Write something down, once."""
        draft = self.folder / f"{name}.draft"
        draft.write_text(json.dumps(value, default=str), encoding="utf-8")
        draft.rename(self._file(name))

    def read(self, name: str) -> Any:
        """Answer what was written down, as soon as it is. Raises Lost if the writer fails before."""
        began = time.monotonic()
        while True:
            lost = self._lost(waited_s=time.monotonic() - began)
            # Looked at last: what was written before the writer failed, or ended, stays true.
            if self._file(name).exists():
                return self._value(name)
            if lost is not None:
                raise Lost(f"{name}: {lost}")
            time.sleep(0.2)

    def _lost(self, *, waited_s: float) -> str | None:
        if self._file(FAILURE).exists():
            return str(self._value(FAILURE))
        if not (self.folder / WRITER).exists():
            return "nobody has begun to write" if waited_s > BEGIN_S_MAX else None
        if not self._is_being_written():
            return "whoever wrote is gone"
        return f"it did not come in {WAIT_S_MAX:.0f} s" if waited_s > WAIT_S_MAX else None

    def _is_being_written(self) -> bool:
        with (self.folder / WRITER).open("rb") as writer:
            try:
                fcntl.flock(writer, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _value(self, name: str) -> Any:
        return json.loads(self._file(name).read_text(encoding="utf-8"))

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"
