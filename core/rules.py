"""Which rule an object is read by: the first that matches, else the last."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final

from core.model import Bucket, Grown, KeyName, ObjectKey, ObjectRef, Rule, key_name

OF_OUR_WORK: Final = ("AWSLogs/*", "*/AWSLogs/*", "*.tfstate", "*.tfstate.backup", "*.tflock")
_WILD: Final = frozenset("*?[")


def rule_for(rules: Sequence[Rule], bucket: Bucket, key: ObjectKey) -> Rule:
    """Answer the first of `rules` that matches; the last one matches whatever is left."""
    return next((rule for rule in rules if matches(rule, bucket, key)), rules[-1])


def matches(rule: Rule, bucket: Bucket, key: ObjectKey) -> bool:
    """Answer whether a rule names this object by bucket, prefix and suffix, all of them globs."""
    return _is_like(bucket, rule.bucket) and _is_like(key, f"{rule.prefix}*") and _is_like(key, f"*{rule.suffix}")


def ignored(rules: Sequence[Rule], ref: ObjectRef) -> bool:
    """Answer whether an object is not even to be read.

    Of what AWS and Terraform write about our own work only what a rule is made for is read, and not what the last one
    takes because it is left: CloudTrail logs each GET, and to read its logs would make it write more of them.
    """
    rule = rule_for(rules, ref.bucket, ref.key)
    return rule.ignore or (rule is rules[-1] and any(_is_like(ref.key, glob) for glob in OF_OUR_WORK))


def takes_all(rule: Rule) -> bool:
    """Answer whether a rule names every object."""
    return not any(glob.strip("*") for glob in (rule.bucket, rule.prefix, rule.suffix))


def covers(rule: Rule, other: Rule) -> bool:
    """Answer whether it can be proved that a rule names all that another one does. False: nobody knows."""
    return (
        _covers(rule.bucket, other.bucket)
        and (_covers(rule.prefix, other.prefix) or (_is_plain(rule.prefix) and other.prefix.startswith(rule.prefix)))
        # What stands before the end of a glob may be within its brackets.
        and (
            _covers(rule.suffix, other.suffix)
            or (_is_plain(rule.suffix) and _is_plain(other.suffix) and other.suffix.endswith(rule.suffix))
        )
    )


def grows(rule: Rule) -> bool:
    """Answer whether another version of a key may be the same file with more lines."""
    return rule.grown is Grown.APPEND


def growing(rules: Sequence[Rule], refs: Iterable[ObjectRef]) -> set[KeyName]:
    """Answer the keys of those objects that may be versions of a growing file."""
    return {key_name(ref) for ref in refs if grows(rule_for(rules, ref.bucket, ref.key))}


def _is_like(text: str, glob: str) -> bool:
    return glob == "*" or fnmatchcase(text, glob)


def _covers(glob: str, other: str) -> bool:
    return glob == other or not glob.strip("*")


def _is_plain(glob: str) -> bool:
    return _WILD.isdisjoint(glob)
