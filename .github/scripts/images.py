"""Looks after the tags of images in ECR.

    images.py exists REPOSITORY TAG     hands over `exists`: true or false
    images.py move REPOSITORY FROM TO   lets the tag TO name the image that FROM names, whatever it named before
    images.py commit REPOSITORY TAG     hands over `commit`: whose image TAG names; empty if there is none

A commit's tag is pushed once, and never moved: what was deployed can be deployed again.
"""

import re
import sys
from typing import Any, Final

from aws import client, failures_said
from step import Failed, hand_over, run, say

COMMIT: Final = re.compile(r"commit-([0-9a-f]{40})")
# What a tag may name: an index of several platforms and attestations, or one image alone.
KINDS: Final = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]


def main() -> None:
    """Do what is asked. Raises Failed of what is no such question."""
    with failures_said():
        match sys.argv[1:]:
            case ["exists", repository, tag]:
                exists(repository, tag)
            case ["move", repository, source, target]:
                move(repository, source, target)
            case ["commit", repository, tag]:
                commit(repository, tag)
            case _:
                raise Failed("images.py exists REPOSITORY TAG | move REPOSITORY FROM TO | commit REPOSITORY TAG")


def exists(repository: str, tag: str) -> None:
    """Say whether there is an image of that tag."""
    hand_over(exists=str(_image(repository, {"imageTag": tag}) is not None).lower())


def move(repository: str, source: str, target: str) -> None:
    """Let `target` name what `source` names. Raises Failed if that is nothing, or if `target` is a commit's."""
    if COMMIT.fullmatch(target):
        raise Failed(f"{target} is the tag of a commit: it is not moved")
    image = _image(repository, {"imageTag": source})
    if image is None:
        raise Failed(f"there is no image {source} in {repository}")
    ecr = client("ecr")
    try:
        ecr.put_image(
            repositoryName=repository,
            imageManifest=image["imageManifest"],
            imageManifestMediaType=image["imageManifestMediaType"],
            imageTag=target,
        )
    except ecr.exceptions.ImageAlreadyExistsException:
        say(f"{target} is {source} already")
    else:
        say(f"{target} is {source} now")


def commit(repository: str, tag: str) -> None:
    """Say which commit's image a tag names."""
    image = _image(repository, {"imageTag": tag})
    tags: list[str] = []
    if image is not None:
        digest = {"imageDigest": image["imageId"]["imageDigest"]}
        (described,) = client("ecr").describe_images(repositoryName=repository, imageIds=[digest])["imageDetails"]
        tags = described.get("imageTags", [])
    commits = [found[1] for each in tags if (found := COMMIT.fullmatch(each))]
    hand_over(commit=commits[0] if commits else "")


def _image(repository: str, name: dict[str, str]) -> dict[str, Any] | None:
    answer = client("ecr").batch_get_image(repositoryName=repository, imageIds=[name], acceptedMediaTypes=KINDS)
    for image in answer["images"]:
        return dict(image)
    for failure in answer["failures"]:
        if failure["failureCode"] != "ImageNotFound":
            raise Failed(f"{repository}: {failure['failureReason']}")
    return None


if __name__ == "__main__":
    run(main)
