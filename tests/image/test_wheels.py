"""What the image installs is there for every processor that it is built for, without a compiler."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.image.engine import ROOT

PYTHON = "3.13"  # of the base image


def _resolved(platform: str, target: Path) -> subprocess.CompletedProcess[str]:
    lock = ["--only-binary", ":all:", "--require-hashes", "--requirements", str(ROOT / "requirements" / "run.txt")]
    command = [str(Path(sys.executable).parent / "uv"), "pip", "install", "--dry-run", "--python-version", PYTHON]
    command += ["--python-platform", platform, "--target", str(target), *lock]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("platform", ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28"])
def test_each_package_has_a_wheel(platform: str, tmp_path: Path) -> None:
    """With a digest of the lock file."""
    done = _resolved(platform, tmp_path)

    assert done.returncode == 0, done.stderr
    assert " + msgspec==" in done.stderr


def test_a_processor_without_wheels_would_be_noticed(tmp_path: Path) -> None:
    """So the tests above can fail."""
    done = _resolved("wasm32-pyodide2024", tmp_path)

    assert done.returncode != 0
    assert "wheel" in done.stderr
