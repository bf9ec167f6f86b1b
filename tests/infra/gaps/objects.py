"""S3's events."""

import itertools
from typing import Any, Final

from moto.s3 import notifications

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


GAPS: Final = (events_as_they_are_now,)
