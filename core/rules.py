"""Which rule an object is read by: the first that matches, else the last."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from core.model import Bucket, ObjectKey, Rule


def rule_for(rules: Sequence[Rule], bucket: Bucket, key: ObjectKey) -> Rule:
    """Answer the first of `rules` that matches; the last one matches whatever is left."""
    return next((rule for rule in rules if matches(rule, bucket, key)), rules[-1])


def matches(rule: Rule, bucket: Bucket, key: ObjectKey) -> bool:
    """Answer whether a rule names this object by bucket (a glob), prefix and suffix."""
    return fnmatchcase(bucket, rule.bucket) and key.startswith(rule.prefix) and key.endswith(rule.suffix)
