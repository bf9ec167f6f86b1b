"""Settings for whoever may have no others."""

from pathlib import Path

import pytest

from core.errors import WrongSettings
from core.few_settings import api_address, health_file


def test_the_health_check_needs_no_other_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It may run without them, and a wrong one is the worker's own to tell."""
    (tmp_path / "logtally.toml").write_text("health_file = '/run/a.json'\ntreshold = 1\n")
    monkeypatch.setenv("LOGTALLY_THRESHOLD", "0")

    nothing_set = health_file()
    monkeypatch.setenv("LOGTALLY_CONFIG", str(tmp_path / "logtally.toml"))
    in_the_file = health_file()
    monkeypatch.setenv("LOGTALLY_HEALTH_FILE", "/run/b.json")

    assert (nothing_set, in_the_file, health_file()) == (None, Path("/run/a.json"), Path("/run/b.json"))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LOGTALLY_HEALTH_FILE", "", "LOGTALLY_HEALTH_FILE must be the path of a file"),
        ("LOGTALLY_API_PORT", "http", "LOGTALLY_API_PORT must be"),
        ("LOGTALLY_API_HOST", "", "LOGTALLY_API_HOST must be an address"),
    ],
)
def test_what_is_wrong_is_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    """A health check that shows a stack trace helps nobody."""
    monkeypatch.setenv(name, value)

    with pytest.raises(WrongSettings) as caught:
        health_file() if name.endswith("FILE") else api_address()

    assert str(caught.value).startswith(words)


def test_a_number_is_no_yes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not even in a file."""
    (tmp_path / "logtally.toml").write_text("api_port = true\n")
    monkeypatch.setenv("LOGTALLY_CONFIG", str(tmp_path / "logtally.toml"))

    with pytest.raises(WrongSettings, match="api_port must be"):
        api_address()
