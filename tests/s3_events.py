"""What S3 says of a new object, for tests that announce one by themselves; S3's own come from the local cloud."""

import json


def created(bucket: str, key: str, *, etag: str, version_id: str | None = None, size_b: int = 1) -> str:
    """Answer a message with one record. The key is to be URL-encoded where it needs it."""
    named = {"key": key, "eTag": etag, "size": size_b} | ({} if version_id is None else {"versionId": version_id})
    thing = {"bucket": {"name": bucket}, "object": named}
    record = {"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": thing}
    return json.dumps({"Records": [record]})
