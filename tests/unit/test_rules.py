"""Which rule an object is read by."""

import pytest

from core.model import Bucket, ObjectKey, Rule
from core.rules import rule_for

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
