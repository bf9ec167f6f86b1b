"""The steps that need no cloud: which branch goes where, what is told, the notes of a release."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.pipeline.steps import GITHUB, ROOT, Done, carried_out, step_named

DEPLOY = GITHUB / "workflows" / "deploy.yml"
RELEASE = GITHUB / "workflows" / "release.yml"


def _mapped(folder: Path, branch: str) -> Done:
    step = step_named(DEPLOY, "Look up the branch")
    return carried_out(step["run"], folder=folder, variables={"GITHUB_REF_NAME": branch})


def _mapped_by(folder: Path, target: object, *, branch: str = "develop") -> Done:
    path = folder / "map.json"
    path.write_text(target if isinstance(target, str) else json.dumps(target))
    run = f"python3 .github/scripts/environments.py {path}"
    return carried_out(run, folder=folder, variables={"GITHUB_REF_NAME": branch})


@pytest.mark.parametrize(("branch", "name"), [("develop", "dev"), ("staging", "staging"), ("main", "prod")])
def test_a_branch_has_its_environment(tmp_path: Path, branch: str, name: str) -> None:
    """As the workflow asks for it."""
    done = _mapped(tmp_path, branch)

    assert (done.code, done.outputs) == (
        0,
        {"ecr-tag": name, "terraform-env-list": f'["{name}"]', "terraform-vpc-env-list": f'["{name}"]'},
    )


def test_one_more_environment_is_one_more_name_in_both_lists(tmp_path: Path) -> None:
    """Both run one image."""
    both = ["dev", "qa"]
    done = _mapped_by(
        tmp_path, {"develop": {"ecr-tag": "dev", "terraform-env-list": both, "terraform-vpc-env-list": both}}
    )

    assert done.outputs == {
        "ecr-tag": "dev",
        "terraform-env-list": '["dev","qa"]',
        "terraform-vpc-env-list": '["dev","qa"]',
    }


def test_any_other_branch_is_deployed_nowhere(tmp_path: Path) -> None:
    """And says so."""
    done = _mapped(tmp_path, "fix/typo")

    assert (done.code, done.outputs) == (1, {})
    assert done.log == "::error::branch fix/typo is deployed nowhere: environments.json does not have it\n"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("{", "Expecting property name"),
        ([], "is an object"),
        ({"develop": {"ecr-tag": "dev"}}, "develop has ecr-tag, terraform-env-list and terraform-vpc-env-list"),
        (
            {"develop": {"ecr-tag": "x;y", "terraform-env-list": [], "terraform-vpc-env-list": []}},
            "ecr-tag is a name such as dev",
        ),
        (
            {"develop": {"ecr-tag": "dev", "terraform-env-list": "dev", "terraform-vpc-env-list": ["dev"]}},
            "terraform-env-list is a list of names",
        ),
        (
            {"develop": {"ecr-tag": "dev", "terraform-env-list": ["dev"], "terraform-vpc-env-list": ["../dev"]}},
            "terraform-vpc-env-list is a list of names",
        ),
        (
            {"develop": {"ecr-tag": "dev", "terraform-env-list": ["dev", "dev"], "terraform-vpc-env-list": []}},
            "terraform-env-list has a name twice",
        ),
        (
            {"develop": {"ecr-tag": "dev", "terraform-env-list": [], "terraform-vpc-env-list": ["dev"]}},
            "no environment in terraform-env-list",
        ),
    ],
)
def test_a_wrong_map_says_what_is_wrong(tmp_path: Path, target: object, words: str) -> None:
    """In one line, and deploys nothing."""
    done = _mapped_by(tmp_path, target)

    assert (done.code, done.outputs, done.log.count("\n")) == (1, {}, 1)
    assert words in done.log


class _Webhook(BaseHTTPRequestHandler):
    received: list[Any]
    status = 200

    def do_POST(self) -> None:
        self.received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def webhook() -> Iterator[tuple[str, type[_Webhook]]]:
    handler = type("Handler", (_Webhook,), {"received": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/secret", handler
        server.shutdown()


def _told(folder: Path, needs: dict[str, str], **variables: str) -> Done:
    told = {
        "NEEDS": json.dumps({job: {"result": result, "outputs": {}} for job, result in needs.items()}),
        "COMMIT": "0123456789abcdef0123456789abcdef01234567",
        "BRANCH": "develop",
        "RUN_URL": "https://example.com/runs/1",
        "WEBHOOK_URL": "",
    }
    return carried_out(step_named(DEPLOY, "Tell")["run"], folder=folder, variables=told | variables)


def test_how_it_ended_stands_on_the_page_of_the_run(tmp_path: Path) -> None:
    """Without a webhook, too."""
    done = _told(tmp_path, {"test": "success", "image": "success"})

    assert (done.code, done.summary) == (0, "**Deployment of 0123456789ab from develop succeeded**\n")


def test_what_failed_is_named_and_sent(tmp_path: Path, webhook: tuple[str, type[_Webhook]]) -> None:
    """What was not begun for that is not."""
    url, handler = webhook
    done = _told(tmp_path, {"test": "failure", "image": "skipped", "terraform-deploy": "cancelled"}, WEBHOOK_URL=url)

    line = "Deployment of 0123456789ab from develop failed: test failure, terraform-deploy cancelled"
    assert (done.code, done.summary) == (0, f"**{line}**\n")
    assert handler.received == [{"text": f"{line} https://example.com/runs/1"}]


def test_a_run_that_a_newer_one_replaced_has_not_failed(tmp_path: Path) -> None:
    """Nobody has to look after it."""
    done = _told(tmp_path, {"test": "success", "terraform-deploy": "cancelled"})

    line = "was cancelled, or a newer one took its place: terraform-deploy cancelled"
    assert done.summary == f"**Deployment of 0123456789ab from develop {line}**\n"


def test_a_webhook_that_refuses_fails_the_step_and_stays_secret(
    tmp_path: Path, webhook: tuple[str, type[_Webhook]]
) -> None:
    """Its address is a password."""
    url, handler = webhook
    handler.status = 404
    refused = _told(tmp_path, {"test": "success"}, WEBHOOK_URL=url)
    no_address = _told(tmp_path, {"test": "success"}, WEBHOOK_URL="file:///etc/passwd")

    assert (refused.code, refused.log) == (1, "::error::WEBHOOK_URL does not take the message: 404\n")
    assert (no_address.code, no_address.log) == (1, "::error::WEBHOOK_URL is no https:// address\n")


def test_a_release_has_the_notes_of_its_version(tmp_path: Path) -> None:
    """And is not made without, nor by a tag that is another version than what is tagged."""
    checkout = tmp_path / "checkout"
    shutil.copytree(GITHUB / "scripts", checkout / ".github" / "scripts")
    (checkout / "CHANGELOG.md").write_text("# Changelog\n\n## [1.2.3] - 2025-09-15\n\n- Counts.\n\n## [1.2.2]\n")
    (checkout / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    fakes = _fakes(tmp_path, "gh")
    run = step_named(RELEASE, "Release")["run"]

    def released(tag: str) -> Done:
        return carried_out(run, folder=tmp_path, variables={"GITHUB_REF_NAME": tag}, where=checkout, path=str(fakes))

    done, other = released("v1.2.3"), released("v1.2.4")
    (checkout / "pyproject.toml").write_text('[project]\nversion = "1.2.2"\n')
    silent = released("v1.2.2")

    assert done.code == 0, done.log
    assert (tmp_path / "notes.md").read_text() == "- Counts.\n"
    assert (tmp_path / "asked").read_text().startswith("gh release create v1.2.3 --verify-tag")
    assert (tmp_path / "asked").read_text().count("\n") == 1
    assert (other.code, other.log) == (1, "::error::v1.2.4 is not the version of pyproject.toml, 1.2.3\n")
    assert (silent.code, silent.log) == (1, "::error::CHANGELOG.md says nothing of 1.2.2\n")


def _fakes(folder: Path, *names: str) -> Path:
    """Answer a folder of programs that keep what they are asked."""
    fakes = folder / "fakes"
    fakes.mkdir()
    for name in names:
        program = fakes / name
        program.write_text(f'#!/bin/sh\necho "{name} $@ ${{LOGTALLY_TF_MIRROR:-}}" >> "$RUNNER_TEMP/asked"\n')
        program.chmod(0o755)
    return fakes


def test_the_tests_are_started_with_a_mirror(tmp_path: Path) -> None:
    """Of the provider, as the tests of Terraform want it."""
    fakes = _fakes(tmp_path, "terraform", "make")
    action = GITHUB / "actions" / "run-tests" / "action.yml"
    for name, variables in (("Mirror the provider", {}), ("Test", {"LOGTALLY_TF_MIRROR": f"{tmp_path}/mirror"})):
        done = carried_out(step_named(action, name)["run"], folder=tmp_path, variables=variables, path=str(fakes))
        assert done.code == 0, done.log

    assert [line.split()[:3] for line in (tmp_path / "asked").read_text().splitlines()] == [
        ["terraform", "-chdir=infra/app", "get"],
        ["terraform", "-chdir=infra/app", "providers"],
        ["make", "test", f"{tmp_path}/mirror"],
    ]


def test_by_hand_a_script_prints_what_it_hands_over(tmp_path: Path) -> None:
    """No files of GitHub's are needed."""
    done = subprocess.run(
        [sys.executable, ".github/scripts/environments.py"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "GITHUB_REF_NAME": "main"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines()[0] == "ecr-tag=prod"
