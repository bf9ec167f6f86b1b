"""What builds the image here and runs it: Docker, or where there is no engine, podman over a base that is made here."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import Any, Final

from msgspec import Struct

ROOT: Final = Path(__file__).parents[2]
BASE: Final = "localhost/logtally-base:trixie"
PACKAGES: Final = "python3,python3-venv,ca-certificates"  # of which the base is made
# As Fargate would be told: nothing can be written but /tmp, and nothing can be gained.
HARDENED: Final = ("--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges", "--network", "host")
STOP_S_MAX: Final = 60


class Missing(Exception):
    """No program here can build and run images."""


class Engine(Struct, frozen=True):
    """A program that builds images and runs them, with what it needs to be told on this machine."""

    command: tuple[str, ...]
    base: str | None = None  # None: that of the Dockerfile
    build_options: tuple[str, ...] = ()
    run_options: tuple[str, ...] = ()

    def build(self, tag: str, arguments: Mapping[str, str], *, fresh: bool = False) -> None:
        """Build the image of this checkout. `fresh`: take no layer from an earlier build."""
        base = {"BASE_IMAGE": self.base} if self.base else {}
        said = [word for name, value in {**base, **arguments}.items() for word in ("--build-arg", f"{name}={value}")]
        cache = ["--no-cache"] if fresh else []
        self.ask("build", *self.build_options, *cache, *said, "--tag", tag, str(ROOT))

    def inspect(self, image: str) -> dict[str, Any]:
        """Answer what is known of an image."""
        (found,) = json.loads(self.ask("image", "inspect", image))
        return dict(found)

    def once(self, image: str, *command: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a command in a container of its own, to its end."""
        return self.run("run", "--rm", *self._options(environment), image, *command)

    @contextmanager
    def running(self, image: str, *command: str, environment: Mapping[str, str]) -> "Iterator[Container]":
        """Run a container while the block runs. Without a command: what the image says."""
        name = f"logtally-test-{uuid.uuid4().hex}"
        self.ask("run", "--detach", "--name", name, *self._options(environment), image, *command)
        try:
            yield Container(self, name)
        finally:
            self.ask("rm", "--force", "--volumes", name)

    def ask(self, *words: str) -> str:
        """Answer what the program prints. It must not fail."""
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Answer what becomes of the program."""
        return subprocess.run([*self.command, *words], capture_output=True, text=True, check=False)

    def _options(self, environment: Mapping[str, str]) -> list[str]:
        said = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
        return [*HARDENED, *self.run_options, *said]


class Container(Struct, frozen=True):
    """A container that was started."""

    engine: Engine
    name: str

    def log(self) -> str:
        """Answer what it has said until now."""
        done = self.engine.run("logs", self.name)
        return done.stdout + done.stderr

    def execute(self, *command: str) -> int:
        """Run a command in it, and answer its exit code."""
        return self.engine.run("exec", self.name, *command).returncode

    def stop(self) -> int:
        """Ask it to end, as `docker stop` does, and answer its exit code: 137 if it had to be killed."""
        self.engine.ask("stop", "--time", str(STOP_S_MAX), self.name)
        return self.exit_code()

    def exit_code(self) -> int:
        """Wait until it has ended, and answer its exit code."""
        return int(self.engine.ask("wait", self.name))


def found() -> Engine:
    """Answer what there is. Raises Missing."""
    if which("docker") and _succeeds("docker", "info"):
        return Engine(("docker",))
    if not (which("podman") and which("mmdebstrap")):
        raise Missing("neither a Docker engine nor podman and mmdebstrap: the image is not tested")
    engine = Engine(
        ("podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs"),
        base=BASE,
        # Docker's own format: the other one knows no health check.
        build_options=("--format", "docker", "--isolation", "chroot", "--network", "host", *_pip_as_here()),
        run_options=("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"),
    )
    if not _succeeds("podman", "image", "exists", BASE):
        _make_base(engine)
    return engine


def _make_base(engine: Engine) -> None:
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", "trixie", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as made:
        subprocess.run([*engine.command, "import", "--quiet", "-", BASE], stdin=made.stdout, check=True)
    if made.returncode:
        raise Missing(f"mmdebstrap made no base image: it ended with {made.returncode}")


def _pip_as_here() -> Iterator[str]:
    """Let pip ask in a build whom it asks on this machine: with its files, and the folders that these name."""
    pip = [sys.executable, "-m", "pip", "config"]
    files = subprocess.run([*pip, "debug"], capture_output=True, text=True, check=True).stdout
    values = subprocess.run([*pip, "list"], capture_output=True, text=True, check=True).stdout
    named = [line.strip().removesuffix(", exists: True") for line in files.splitlines() if "exists: True" in line]
    named += values.replace("'", " ").replace("file://", "").split()
    paths = [Path(path) for path in named if path.startswith("/")]
    # The files of an index lie beside its pages.
    for path in dict.fromkeys(path.parent if path.name == "simple" else path for path in paths):
        if path.exists():
            yield from ("--volume", f"{path}:{path}:ro")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
