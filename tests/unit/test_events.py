"""What a message announces, in every envelope it may come in."""

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Permanent
from core.events import body_of, objects_in
from core.model import Bucket, Effect, ETag, ObjectCreated, ObjectKey, ObjectRef

TEST_EVENT = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "logs"}


def _record(key: str, **more: object) -> dict[str, object]:
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-01-01T00:00:00.000Z",
        "s3": {
            "bucket": {"name": "logs"},
            "object": {"key": key, "size": 3, "eTag": "abc", "versionId": "v1", "sequencer": "00AF"},
        },
        **more,
    }


def _body(*records: dict[str, object]) -> str:
    return json.dumps({"Records": list(records)})


def _in_sns(body: str) -> str:
    return json.dumps({"Type": "Notification", "Message": body})


def test_a_notification_announces_all_its_records() -> None:
    """One message may hold several."""
    first, second = objects_in(_body(_record("a.jsonl"), _record("b.jsonl", eventVersion="2.6")))

    assert (first.ref.key, second.ref.key) == ("a.jsonl", "b.jsonl")
    assert (first.ref.bucket, first.ref.etag, first.ref.version_id) == ("logs", "abc", "v1")
    assert first.sequencer == "00AF"


def test_a_notification_inside_sns_is_the_same() -> None:
    """A topic may stand between bucket and queue."""
    assert objects_in(_in_sns(_body(_record("a.jsonl")))) == objects_in(_body(_record("a.jsonl")))


def test_eventbridge_does_not_encode_keys() -> None:
    """A plus is a plus there."""
    detail = {"bucket": {"name": "logs"}, "object": {"key": "a+b%20c", "etag": "abc", "version-id": "v1"}}
    (created,) = objects_in(json.dumps({"detail-type": "Object Created", "detail": detail}))

    assert (created.ref.key, created.ref.etag, created.ref.version_id) == ("a+b%20c", "abc", "v1")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(TEST_EVENT),
        _in_sns(json.dumps(TEST_EVENT)),
        _body(_record("a.jsonl", eventName="ObjectRemoved:Delete")),
        _body(),
        json.dumps({"detail-type": "Object Deleted", "detail": {}}).replace('"detail": {}', '"source": "aws.s3"'),
    ],
)
def test_what_announces_nothing_is_no_failure(body: str) -> None:
    """S3 sends a test event when a notification is made."""
    assert objects_in(body) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        "[]",
        "{}",
        '{"Records": 3}',
        _body({"eventName": "ObjectCreated:Put"}),
        _body(_record("a", eventVersion="3.0")),
        _in_sns(_in_sns(_in_sns(_body()))),
        json.dumps({"Message": "hello"}),
        "[" * 100_000,
        _body(_record("")),
        _body(_record("k" * 1025)),
        _body(_record("a")).replace('"abc"', '"' + "e" * 257 + '"'),
        _body(_record("a")).replace('"abc"', '"a\\nc"'),
        _body(_record("a")).replace('"logs"', '"' + "b" * 256 + '"'),
        json.dumps({"detail-type": "Object Created", "detail": _record("\ud800")["s3"]}),
    ],
)
def test_what_is_no_event_is_refused_with_a_reason(body: str) -> None:
    """It goes to the dead-letter queue."""
    with pytest.raises(Permanent, match=r"not an S3 event|of version"):
        objects_in(body)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=256))
@pytest.mark.parametrize("wrap", [str, _in_sns], ids=["raw", "sns"])
def test_any_key_survives(wrap: type[str], key: str) -> None:
    """Spaces, plusses, percent signs, emoji, a slash at its end."""
    (created,) = objects_in(wrap(_body(_record(quote_plus(key)))))

    assert created.ref.key == key


def test_an_object_written_while_versioning_is_suspended_has_no_version() -> None:
    """S3 calls it `null`."""
    record = _record("a")
    record["s3"] = {"bucket": {"name": "logs"}, "object": {"key": "a", "eTag": "abc", "versionId": "null"}}

    assert objects_in(_body(record))[0].ref.version_id is None


@given(
    key=st.text(min_size=1, max_size=40).filter(lambda key: key.isprintable()),
    effect=st.sampled_from(Effect),
    size_b=st.none() | st.integers(min_value=0),
)
def test_what_we_announce_in_the_stead_of_s3_is_read_as_we_meant_it(
    key: str, effect: Effect, size_b: int | None
) -> None:
    """The same object, and what counting it is to lead to."""
    ref = ObjectRef(bucket=Bucket("logs"), key=ObjectKey(key), etag=ETag("abc"))
    meant = ObjectCreated(ref=ref, size_b=size_b, effect=effect)

    assert objects_in(body_of(meant)) == [meant]


def test_s3_itself_never_asks_for_less_than_all() -> None:
    """Whoever says nothing of it gets metrics and alerts."""
    (created,) = objects_in(_body(_record("a.jsonl")))

    assert created.effect is Effect.ALL


def test_an_effect_that_nobody_knows_is_no_event() -> None:
    """It must not ring where somebody asked for silence."""
    with pytest.raises(Permanent, match="effect"):
        objects_in(_body(_record("a.jsonl", logtally={"effect": "quiet"})))
