"""A queue's policy: whether it lets a service send."""

import json
from typing import Any

import pytest

from core.policies import lets_send

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:uploads"
BUCKET = "arn:aws:s3:::logs"
ACCOUNT = "123456789012"
ALLOW: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
    "Condition": {"ArnEquals": {"aws:SourceArn": BUCKET}, "StringEquals": {"aws:SourceAccount": ACCOUNT}},
}


def _lets_send(*statements: dict[str, Any], account: str | None = ACCOUNT) -> bool | None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return lets_send(policy, queue_arn=QUEUE, service="s3.amazonaws.com", source_arn=BUCKET, account=account)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]}},
        {"Action": ["SQS:SendMessage", "sqs:GetQueueAttributes"]},
        {"Action": "sqs:*"},
        {"Action": "sqs:Send*"},
        {"Resource": "*"},
        {"Resource": "arn:aws:sqs:*:123456789012:up?oads"},
        {"Condition": {}},
        {"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:*:*:logs"}}},
        {"Condition": {"ForAnyValue:StringLike": {}}},
        {"Condition": {"StringEqualsIfExists": {"aws:SourceArn": ["arn:aws:s3:::other", BUCKET]}}},
    ],
    ids=str,
)
def test_a_statement_that_lets_the_bucket_send(change: dict[str, Any]) -> None:
    """In each of the ways it is written."""
    assert _lets_send(ALLOW | change) is True


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
        {"Action": "sqs:ReceiveMessage"},
        {"Resource": f"{QUEUE}-dead"},
        {"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::other"}}},
        {"Condition": {"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::l*"}}},
    ],
    ids=str,
)
def test_a_statement_that_does_not(change: dict[str, Any]) -> None:
    """Whatever else it permits."""
    assert _lets_send(ALLOW | change) is False


@pytest.mark.parametrize(
    "change",
    [
        {"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "5"}}},
        {"NotAction": "sqs:DeleteQueue"},
    ],
    ids=str,
)
def test_what_can_not_be_told(change: dict[str, Any]) -> None:
    """Another account may own the bucket, and much is not known from here."""
    assert _lets_send(ALLOW | change) is None


def test_a_refusal_wins_and_that_of_plain_http_is_none() -> None:
    """S3 speaks TLS."""
    refusal = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": QUEUE}
    plain = refusal | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    others = refusal | {"Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}

    assert [_lets_send(ALLOW, deny) for deny in (refusal, plain, others)] == [False, True, None]


def test_without_the_account_what_depends_on_it_can_not_be_told() -> None:
    """Nobody said who we are."""
    assert _lets_send(ALLOW, account=None) is None


@pytest.mark.parametrize(("policy", "answer"), [(None, False), ("{", None), ("{}", None)])
def test_none_permits_nothing_and_a_broken_one_says_nothing(policy: str | None, answer: bool | None) -> None:
    """Without a policy only the account itself may send."""
    assert lets_send(policy, queue_arn=QUEUE, service="s3.amazonaws.com", source_arn=BUCKET, account=ACCOUNT) is answer
