"""What is in the image, and what is not."""

import hashlib
import json
import re
from pathlib import PurePosixPath

import pytest

from core.limits import MIB
from tests.image.conftest import ARGUMENTS, REVISION, SOURCE, Image
from tests.image.engine import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("image")]

SIZE_B_MAX = 250 * MIB  # beyond the base's own
OURS = ("api", "cli", "core", "local", "worker")
LIST = """
import hashlib, json, pathlib
files = [path for path in pathlib.Path("/opt/logtally").rglob("*") if path.is_file() and not path.is_symlink()]
print(json.dumps({str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}))
"""
INSTALLED = """
import importlib.metadata, json
print(json.dumps(sorted(f"{found.name}=={found.version}" for found in importlib.metadata.distributions())))
"""
SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|AKIA", re.IGNORECASE)


def _python(image: Image, tag: str, program: str) -> object:
    done = image.engine.once(tag, "python3", "-c", program, environment={})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def files(image: Image) -> dict[str, str]:
    """All that the build put there, with its digest."""
    listed = _python(image, image.tag, LIST)
    assert isinstance(listed, dict)
    return listed


def _base(image: Image) -> str:
    """Answer the image that it is built on. Docker does not keep it among its images by itself."""
    if image.engine.base is not None:
        return image.engine.base
    (base,) = re.findall(r"^ARG BASE_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    image.engine.ask("pull", "--quiet", base)
    return str(base)


def test_it_says_what_it_is(image: Image) -> None:
    """Where it is from, who runs it, and what it runs unless it is told."""
    config = image.engine.inspect(image.tag)["Config"]
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in config["Labels"].items()}

    assert (labels["source"], labels["revision"], labels["version"]) == (SOURCE, REVISION, ARGUMENTS["VERSION"])
    assert (config["User"], config["Cmd"], config.get("Entrypoint")) == ("10001:10001", ["logtally", "api"], None)
    assert (config["ExposedPorts"], config["Volumes"]) == ({"8000/tcp": {}}, {"/tmp": {}})  # noqa: S108 - the image's
    assert image.engine.once(image.tag, "logtally", "version", environment={}).stdout.startswith(
        f'{{"logtally":"{ARGUMENTS["VERSION"]}"'
    )


def test_it_is_small(image: Image) -> None:
    """It is pulled by each task that starts."""
    base = _base(image)
    size, size_of_base = (image.engine.inspect(each)["Size"] for each in (image.tag, base))

    assert 0 < size - size_of_base < SIZE_B_MAX


def test_what_is_ours_is_what_is_here(image: Image, files: dict[str, str]) -> None:
    """Each file of the packages, as it is here, and nothing else: no test, no note, nothing of somebody's folder."""
    paths = [path for package in OURS for path in (ROOT / package).rglob("*") if path.is_file()]
    here = {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.parent.name != "__pycache__"
    }
    inside = {
        name.partition("/site-packages/")[2]: digest for name, digest in files.items() if "__pycache__" not in name
    }

    assert here
    assert {name: digest for name, digest in inside.items() if name.split("/")[0] in OURS} == here


def test_nothing_is_inside_that_builds_or_tests(files: dict[str, str]) -> None:
    """Nor what pip keeps for the next time."""
    packages = {name.partition("/site-packages/")[2].split("/")[0].partition("-")[0].lower() for name in files}

    assert "botocore" in packages
    assert not packages & {"pip", "setuptools", "wheel", "hatchling", "pytest", "tests", "ministack", "moto"}


def test_nothing_is_added_to_the_base_but_what_runs(image: Image) -> None:
    """No source, no cache, nothing of whoever built it: a program, a user and their home."""
    added = set(_everything(image, image.tag)) - set(_everything(image, _base(image)))
    users = [f"/etc/{name}" for name in ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")]
    # Where files of this machine were mounted during the build, an empty one is left.
    mounted = [word.split(":")[0] for word in image.engine.build_options if word.endswith(":ro")]
    places = ("/opt/logtally/", "/home/logtally/", "/var/log/faillog", "/var/log/lastlog", *users, *mounted)

    assert added
    assert [name for name in sorted(added) if not name.startswith(places)] == []


def _everything(image: Image, tag: str) -> list[str]:
    find = ("find", "/", "-xdev", "-type", "f", "-not", "-path", "/proc/*", "-not", "-path", "/sys/*")
    done = image.engine.once(tag, *find, environment={})
    runtimes = ("/dev/", "/run/", "/etc/host", "/etc/resolv")
    return [name for name in done.stdout.splitlines() if not name.startswith(runtimes)]


def test_nothing_is_inside_that_is_secret(image: Image, files: dict[str, str]) -> None:
    """Neither in its variables, nor in its history, nor in a file."""
    told = image.engine.inspect(image.tag)
    history = image.engine.ask("history", "--no-trunc", "--format", "{{.CreatedBy}}", image.tag)

    assert not [variable for variable in told["Config"]["Env"] if SECRET.search(variable)]
    assert "LABEL" in history
    assert not SECRET.search(history)
    assert not [name for name in files if PurePosixPath(name).name in {".env", "pip.conf", "credentials", ".netrc"}]


def test_two_builds_have_the_same_inside(image: Image, files: dict[str, str]) -> None:
    """The lock file says what is in it, with hashes; nothing is looked up."""
    again = f"{image.tag}-again"
    image.engine.build(again, ARGUMENTS, fresh=True)
    other = _python(image, again, LIST)

    assert _python(image, again, INSTALLED) == _python(image, image.tag, INSTALLED)
    assert isinstance(other, dict)
    # What is compiled has the time at which it was.
    assert {name: digest for name, digest in other.items() if not name.endswith(".pyc")} == {
        name: digest for name, digest in files.items() if not name.endswith(".pyc")
    }
