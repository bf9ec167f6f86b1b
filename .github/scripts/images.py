"""Looks after the tags of images in ECR.

    images.py exists REPOSITORY TAG     hands over `exists`: true or false
    images.py move REPOSITORY FROM TO   lets the tag TO name the image that FROM names, whatever it named before
    images.py commit IMAGE              hands over `tag`: the commit's tag of REGISTRY/REPOSITORY@DIGEST, if it has one

A commit's tag is pushed once, and never moved: what was deployed can be deployed again.
"""

import re
import sys
from typing import Any, Final

from aws import client, failures_said
from step import Failed, hand_over, run, say

COMMIT: Final = re.compile(r"commit-[0-9a-f]{40}")
IMAGE: Final = re.compile(r"[^/]+/(?P<repository>[^@]+)@(?P<digest>sha256:[0-9a-f]{64})")
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
            case ["commit", image]:
                commit(image)
            case _:
                raise Failed("images.py exists REPOSITORY TAG | move REPOSITORY FROM TO | commit IMAGE")


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


def commit(image: str) -> None:
    """Say which commit's an image is. Raises Failed if it has no digest, as something that infra/app deploys has."""
    found = IMAGE.fullmatch(image)
    if found is None:
        raise Failed(f"{image} is not named by its digest")
    described = client("ecr").describe_images(
        repositoryName=found["repository"], imageIds=[{"imageDigest": found["digest"]}]
    )
    tags = [tag for tag in described["imageDetails"][0].get("imageTags", []) if COMMIT.fullmatch(tag)]
    hand_over(tag=tags[0] if tags else "")


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
