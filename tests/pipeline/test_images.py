"""The steps about images, against the repository of the local cloud."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from local.cloud import Cloud
from tests.pipeline.steps import GITHUB, Done, carried_out, step_named

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

DEPLOY = GITHUB / "workflows" / "deploy.yml"
REPOSITORY = "logtally"
SHA = "0123456789abcdef0123456789abcdef01234567"
OLDER = "89abcdef0123456789abcdef0123456789abcdef"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def ecr(cloud: Cloud, aws: boto3.Session) -> "ECRClient":
    client: ECRClient = aws.client("ecr", endpoint_url=cloud.endpoint)
    client.create_repository(repositoryName=REPOSITORY)
    return client


def _push(ecr: "ECRClient", tag: str, content: str) -> str:
    """Put an image there, and answer its digest."""
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "annotations": {"content": content}}
    answer = ecr.put_image(
        repositoryName=REPOSITORY,
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=MANIFEST,
        imageTag=tag,
    )
    return answer["image"]["imageId"]["imageDigest"]


def _digest(ecr: "ECRClient", tag: str) -> str:
    (found,) = ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": tag}])["imageDetails"]
    return found["imageDigest"]


def _run(step: str, cloud: Cloud, folder: Path) -> Done:
    """Carry out a step of the deployment."""
    return _asked(step_named(DEPLOY, step)["run"], cloud, folder)


def _asked(run: str, cloud: Cloud, folder: Path) -> Done:
    told = {"GITHUB_SHA": SHA, "REPOSITORY": REPOSITORY, "ECR_TAG": "dev", "ENVIRONMENT": "dev"}
    return carried_out(run, folder=folder, variables=cloud.environment() | told)


def test_a_commit_is_pushed_once(cloud: Cloud, ecr: "ECRClient", tmp_path: Path) -> None:
    """Whether it is there is looked up before."""
    before = _run("Look for the image", cloud, tmp_path)
    _push(ecr, f"commit-{SHA}", "a")
    after = _run("Look for the image", cloud, tmp_path)

    assert (before.outputs["exists"], after.outputs["exists"]) == ("false", "true")
    assert after.outputs["version"].count(".") == 2


def test_the_tag_of_an_environment_moves(cloud: Cloud, ecr: "ECRClient", tmp_path: Path) -> None:
    """To the commit's image, from whatever it named; and once more is no fault."""
    _push(ecr, "latest-dev", "older")
    digest = _push(ecr, f"commit-{SHA}", "a")

    done = [_run("Tag", cloud, tmp_path) for _ in range(2)]

    assert [each.code for each in done] == [0, 0]
    assert _digest(ecr, "latest-dev") == _digest(ecr, f"commit-{SHA}") == digest


def test_the_tag_of_a_commit_does_not_move(cloud: Cloud, ecr: "ECRClient", tmp_path: Path) -> None:
    """What was deployed can be deployed again."""
    older = _push(ecr, f"commit-{OLDER}", "older")
    _push(ecr, f"commit-{SHA}", "a")

    run = f"python .github/scripts/images.py move {REPOSITORY} commit-{SHA} commit-{OLDER}"
    done = _asked(run, cloud, tmp_path)

    assert (done.code, done.log) == (1, f"::error::commit-{OLDER} is the tag of a commit: it is not moved\n")
    assert _digest(ecr, f"commit-{OLDER}") == older


def test_what_was_verified_is_remembered_and_gone_back_to(cloud: Cloud, ecr: "ECRClient", tmp_path: Path) -> None:
    """By its commit, whatever has been built since."""
    none = _run("What was verified before", cloud, tmp_path)
    _push(ecr, f"commit-{SHA}", "a")
    remembered = _run("Remember", cloud, tmp_path)
    _push(ecr, f"commit-{OLDER}", "later")
    found = _run("What was verified before", cloud, tmp_path)

    assert (none.code, none.outputs) == (0, {"commit": ""})
    assert remembered.code == 0, remembered.log
    assert (found.code, found.outputs) == (0, {"commit": SHA})


def test_an_image_of_no_commit_can_not_be_gone_back_to(cloud: Cloud, ecr: "ECRClient", tmp_path: Path) -> None:
    """So there is none to deploy."""
    _push(ecr, "verified-dev", "by hand")

    done = _run("What was verified before", cloud, tmp_path)

    assert (done.code, done.outputs) == (0, {"commit": ""})


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (f"move {REPOSITORY} commit-{SHA} latest-dev", f"there is no image commit-{SHA} in {REPOSITORY}"),
        ("remove all", "images.py exists REPOSITORY TAG | move REPOSITORY FROM TO | commit REPOSITORY TAG"),
    ],
)
def test_what_can_not_be_done_is_one_line(
    cloud: Cloud, ecr: "ECRClient", tmp_path: Path, words: str, line: str
) -> None:
    """Of GitHub's own kind."""
    done = _asked(f"python .github/scripts/images.py {words}", cloud, tmp_path)

    assert (done.code, done.log) == (1, f"::error::{line}\n")


def test_no_repository_is_one_line_too(cloud: Cloud, tmp_path: Path) -> None:
    """As AWS says it."""
    done = _run("Look for the image", cloud, tmp_path)

    assert done.code == 1
    assert done.log.startswith("::error::")
    assert "RepositoryNotFoundException" in done.log
