"""Application Auto Scaling."""

import json
from typing import Any, Final

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from tests.infra.gaps.patch import around, lacking

_tags: dict[str, dict[str, str]] = {}


def tags() -> None:
    """AWS keeps the tags of a scalable target."""
    around(ApplicationAutoScalingResponse, "register_scalable_target", _register)
    lacking(ApplicationAutoScalingResponse, "list_tags_for_resource", _listed)
    lacking(ApplicationAutoScalingResponse, "tag_resource", _tag)
    lacking(ApplicationAutoScalingResponse, "untag_resource", _untag)


def _register(old: Any, response: Any) -> Any:
    answer = old(response)
    arn = json.loads(answer)["ScalableTargetARN"]
    _tags.setdefault(arn, {}).update(response._get_param("Tags") or {})
    return answer


def _listed(response: Any) -> str:
    return json.dumps({"Tags": _tags.get(response._get_param("ResourceARN"), {})})


def _tag(response: Any) -> str:
    _tags.setdefault(response._get_param("ResourceARN"), {}).update(response._get_param("Tags"))
    return "{}"


def _untag(response: Any) -> str:
    for name in response._get_param("TagKeys"):
        _tags.get(response._get_param("ResourceARN"), {}).pop(name, None)
    return "{}"


GAPS: Final = (tags,)
