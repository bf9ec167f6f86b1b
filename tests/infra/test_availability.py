"""What is said where Terraform can't be run, and when a rehearsal has failed."""

from pathlib import Path

import pytest

from tests.infra.book import FAILURE, Book, Lost
from tests.infra.terraform import MIRROR, PROVIDER, Missing, copied, found


@pytest.fixture
def binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only program on the PATH: one that is called terraform."""
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return program


def test_without_terraform_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests are skipped with these words."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Missing, match="no terraform on the PATH"):
        found(home=tmp_path / "home")


def test_a_named_folder_without_the_provider_is_named_in_the_reason(
    binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one is not looked for: somebody has said which it is."""
    monkeypatch.setenv(MIRROR, str(tmp_path))

    with pytest.raises(Missing, match=f"{MIRROR}={tmp_path} has no "):
        found(home=tmp_path / "home")


def test_terraform_gets_nothing_of_whoever_runs_it(
    binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither credentials, nor settings of Terraform's, nor a home."""
    (tmp_path / PROVIDER).mkdir(parents=True)
    monkeypatch.setenv(MIRROR, str(tmp_path))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("TF_VAR_environment", "prod")
    home = tmp_path / "home"

    terraform = found(home=home, aws={"AWS_REGION": "eu-west-1"})

    assert terraform.binary == str(binary)
    assert terraform.environment["HOME"] == str(home)
    assert str(tmp_path) in Path(terraform.environment["TF_CLI_CONFIG_FILE"]).read_text(encoding="utf-8")
    assert terraform.environment["AWS_REGION"] == "eu-west-1"
    assert not {"AWS_PROFILE", "TF_VAR_environment"} & terraform.environment.keys()


def test_a_copy_leaves_behind_what_terraform_made(tmp_path: Path) -> None:
    """Nobody's state, and no provider."""
    copy = copied(tmp_path / "infra")

    assert (copy / "app" / "versions.tf").is_file()
    assert not list(copy.rglob(".terraform")) + list(copy.rglob("*.tfstate*"))


def test_who_waits_for_a_rehearsal_that_has_failed_hears_why(tmp_path: Path) -> None:
    """What was found out before stays true."""
    book = Book(tmp_path / "book")
    with book.written():
        book.write("plan", {"changes": 3})
        book.write(FAILURE, "the apply failed")

        assert book.read("plan") == {"changes": 3}
        with pytest.raises(Lost, match="the apply failed"):
            book.read("outputs")


def test_who_waits_for_a_process_that_is_gone_hears_so(tmp_path: Path) -> None:
    """It was killed, say, and could not write down why."""
    book = Book(tmp_path / "book")
    with book.written():
        book.write("plan", {"changes": 3})

    assert book.read("plan") == {"changes": 3}
    with pytest.raises(Lost, match="whoever wrote is gone"):
        book.read("outputs")
