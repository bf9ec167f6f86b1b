"""Which rule an object is read by."""

from typing import Any

import pytest

from core.model import Bucket, ETag, ObjectKey, ObjectRef, Rule
from core.rules import covers, growing, ignored, matches, rule_for, takes_all

RULES = (
    Rule(name="audit", bucket="audit-*", threshold=1),
    Rule(name="noisy", prefix="noisy/", suffix=".gz", threshold=1000),
    Rule(name="noisy too", prefix="noisy/", threshold=500),
    Rule(name="last", bucket="nobody", threshold=10),
)


@pytest.mark.parametrize(
    ("bucket", "key", "name"),
    [
        ("audit-eu", "noisy/a.gz", "audit"),
        ("logs", "noisy/a.gz", "noisy"),
        ("logs", "noisy/a.jsonl", "noisy too"),
        ("logs", "a.jsonl", "last"),
        ("AUDIT-eu", "a.jsonl", "last"),
    ],
)
def test_the_first_rule_that_matches_wins_and_the_last_takes_the_rest(bucket: str, key: str, name: str) -> None:
    """Whatever the last one says of itself."""
    assert rule_for(RULES, Bucket(bucket), ObjectKey(key)).name == name


@pytest.mark.parametrize(
    ("rule", "key", "matches_it"),
    [
        ({"prefix": "prod/*/api-"}, "prod/eu/api-1.jsonl", True),
        ({"prefix": "prod/*/api-"}, "prod/api-1.jsonl", False),
        ({"prefix": "prod/"}, "prod/", True),
        ({"suffix": ".json*"}, "a.jsonl", True),
        ({"suffix": ".json*"}, "a.json.gz", True),
        ({"suffix": ".gz"}, "a.GZ", False),
        ({"prefix": "[ab]/"}, "b/x", True),
        ({"prefix": "[[]x]/"}, "[x]/y", True),
        ({"bucket": "logs-?"}, "any", True),
        ({"bucket": "logs"}, "any", False),
    ],
)
def test_bucket_prefix_and_suffix_are_globs(rule: dict[str, Any], key: str, *, matches_it: bool) -> None:
    """They must all hold; a `*` takes slashes, too."""
    assert matches(Rule(name="r", threshold=1, **rule), Bucket("logs-1"), ObjectKey(key)) is matches_it


@pytest.mark.parametrize(
    ("key", "is_ignored"),
    [
        ("prod/a.jsonl", False),
        ("debug/a.jsonl", True),
        ("AWSLogs/123456789012/CloudTrail/a.json.gz", True),
        ("trail/AWSLogs/123456789012/CloudTrail/a.json.gz", True),
        ("infra/app.tfstate", True),
        ("audit/AWSLogs/a.json.gz", False),
    ],
)
def test_what_is_about_our_own_work_is_read_only_where_a_rule_is_made_for_it(key: str, *, is_ignored: bool) -> None:
    """Else each reading of a log about our reading would make another one."""
    rules = (
        Rule(name="debug", prefix="debug/", threshold=1, ignore=True),
        Rule(name="audit", prefix="audit/", threshold=1),
        Rule(name="rest", threshold=1),
    )
    ref = ObjectRef(bucket=Bucket("logs"), key=ObjectKey(key), etag=ETag("e"))

    assert ignored(rules, ref) is is_ignored
    assert growing(rules, [ref]) == {("logs", key)}


@pytest.mark.parametrize(
    ("rule", "other", "proved"),
    [
        ({}, {"bucket": "a", "prefix": "b", "suffix": "c"}, True),
        ({"bucket": "**", "prefix": "*", "suffix": "*"}, {"prefix": "b"}, True),
        ({"bucket": "a-*"}, {"bucket": "a-*", "prefix": "b"}, True),
        ({"bucket": "a-*"}, {"bucket": "a-b"}, False),
        ({"prefix": "a/[bc]"}, {"prefix": "a/[bc]", "suffix": ".gz"}, True),
        ({"prefix": "a/"}, {"prefix": "a/b*"}, True),
        ({"prefix": "a/"}, {"prefix": "a"}, False),
        ({"prefix": "a/*"}, {"prefix": "a/b"}, False),
        ({"prefix": "a/b"}, {"prefix": "[a]/b"}, False),
        ({"suffix": ".gz"}, {"suffix": ".json.gz"}, True),
        ({"suffix": "n]"}, {"suffix": "[json]"}, False),
        ({"suffix": ".json.gz"}, {"suffix": ".gz"}, False),
        ({"prefix": "a/", "suffix": ".gz"}, {"prefix": "a/"}, False),
    ],
)
def test_a_rule_covers_another_only_if_that_can_be_proved(
    rule: dict[str, str], other: dict[str, str], proved: bool
) -> None:
    """Whoever is told that a rule is never used may remove it."""
    made = [Rule(name="a", threshold=1, **patterns) for patterns in (rule, other)]  # type: ignore[arg-type]  # texts

    assert covers(*made) is proved


def test_a_rule_that_takes_all_says_nothing_or_stars() -> None:
    """Of the bucket, and of both ends of the key."""
    says = [{}, {"bucket": "**", "prefix": "*", "suffix": "*"}, {"bucket": "a"}, {"prefix": "?"}, {"suffix": "[*]"}]

    takes = [takes_all(Rule(name="a", threshold=1, **patterns)) for patterns in says]  # type: ignore[arg-type]  # texts

    assert takes == [True, True, False, False, False]
