"""S3: its events, policies of buckets, and names in listings."""

import itertools
import json
from typing import Any, Final
from urllib.parse import quote

from moto.iam.access_control import IAMPolicy
from moto.s3 import notifications
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

from tests.infra.gaps.patch import around

WITHOUT_TLS: Final = {"Bool": {"aws:SecureTransport": "false"}}

_order = itertools.count(1)


def events_as_they_are_now() -> None:
    """AWS says in an event which version it is about, and in which order a key's events happened."""
    old = notifications._get_s3_event

    def with_version(event_name: str, bucket: Any, key: Any, notification_id: str) -> dict[str, Any]:
        event: Any = old(event_name, bucket, key, notification_id)
        for record in event["Records"]:
            record["eventVersion"] = "2.6"
            record["s3"]["object"]["sequencer"] = f"{next(_order):018X}"
            if bucket.is_versioned:
                record["s3"]["object"]["versionId"] = key.version_id
        return dict(event)

    notifications._get_s3_event = with_version


def policies_with_conditions() -> None:
    """AWS applies what a policy denies on the condition that it says; moto denies it to all.

    Of conditions a bucket here has the one for who comes without TLS, as all do here; on AWS none of them does.
    """
    around(FakeBucket, "get_permission", _of_who_comes_by_tls)


def _of_who_comes_by_tls(old: Any, bucket: Any, action: str, resource: str) -> Any:
    if bucket.policy is None:
        return old(bucket, action, resource)
    policy = json.loads(bucket.policy)
    statements = [each for each in policy["Statement"] if each.get("Condition") != WITHOUT_TLS]
    return IAMPolicy(json.dumps(policy | {"Statement": statements})).is_action_permitted(action, resource)


def encoded_names_of_versions() -> None:
    """AWS encodes the names in a listing of versions if it is asked to, and says that it did."""
    around(S3Response, "serialized", _encoded)


def _encoded(old: Any, response: Any, answer: Any) -> Any:
    if response.data.get("Action") == "ListObjectVersions" and "url" in response.querystring.get("encoding-type", ()):
        listed = answer.result
        listed["EncodingType"] = "url"
        for each in [*listed["Versions"], *listed["DeleteMarkers"]]:
            each["Key"] = quote(each["Key"])
    return old(response, answer)


GAPS: Final = (events_as_they_are_now, policies_with_conditions, encoded_names_of_versions)
