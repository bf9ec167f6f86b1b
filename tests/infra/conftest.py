"""What the tests of infra/ may ask for: Terraform, a copy of infra/ to run it in, and what the rehearsal has found out.

The rehearsal takes minutes and mostly waits. So it is begun as soon as it is known that somebody asks for it, runs
beside all other tests, and those who ask come last.
"""

import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any, Final

import pytest

from tests.infra import reference
from tests.infra.account import ROOT
from tests.infra.book import Book, Lost
from tests.infra.terraform import Missing, Terraform, copied, found
from tests.tools import unavailable

FIXTURE: Final = "rehearsal"
FIRST: Final = "gw0"  # the worker of xdist that begins it


class Rehearsal:
    """What it has found out. Whoever asks waits until it has."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def told(self, what: str) -> Any:
        """Answer something of it. The test fails if the rehearsal has failed before."""
        try:
            return self._book.read(what)
        except Lost as exc:
            return pytest.fail(f"the rehearsal has failed:\n{exc}", pytrace=False)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put those last who wait for the rehearsal."""
    items.sort(key=_asks)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin the rehearsal, in one process of all, if anybody asks for it."""
    wanted = any(_asks(item) for item in session.items) and not session.config.option.collectonly
    if wanted and _worker(session.config).get("workerid", FIRST) == FIRST:
        _begin(session.config)


@pytest.fixture(scope="session")
def rehearsal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """What was found out by applying all of infra/, once for all tests."""
    _terraform(tmp_path_factory.mktemp("home"))
    return Rehearsal(Book(_folder(request.config) / "book"))


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Terraform without an account."""
    return _terraform(tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="session")
def infra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of infra/ in which Terraform may leave what it likes."""
    return copied(tmp_path_factory.mktemp("copy") / "infra")


@pytest.fixture
def aws() -> None:
    """What AWS says of its actions can be read here."""
    if not reference.is_there():
        unavailable("no .venv-checkov, with which AWS's reference comes: `make test` makes it")


def _asks(item: pytest.Item) -> bool:
    return FIXTURE in getattr(item, "fixturenames", ())


def _terraform(home: Path) -> Terraform:
    try:
        return found(home=home)
    except Missing as exc:
        unavailable(str(exc))


def _begin(config: pytest.Config) -> None:
    with tempfile.TemporaryDirectory() as home:
        try:
            found(home=Path(home))
        except Missing:
            return
    # It ends when the process ends that all tests belong to.
    whose = os.getppid() if _worker(config) else os.getpid()
    command = [sys.executable, "-m", "tests.infra.rehearsal", str(_folder(config)), str(whose)]
    nothing = subprocess.DEVNULL
    subprocess.run(command, cwd=ROOT, stdin=nothing, stdout=nothing, stderr=nothing, check=True)


def _folder(config: pytest.Config) -> Path:
    """Answer where the rehearsal of this run is, the same for all workers of xdist."""
    return Path(tempfile.gettempdir()) / f"logtally-rehearsal-{_worker(config).get('testrunuid', _ALONE)}"


_ALONE: Final = uuid.uuid4().hex


def _worker(config: pytest.Config) -> dict[str, Any]:
    """Answer what xdist has told this worker; empty without xdist."""
    return dict(getattr(config, "workerinput", {}))
