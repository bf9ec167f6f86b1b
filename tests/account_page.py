"""What `docs/account.md` permits, and what the product asks of AWS: operations, and what IAM calls them."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
from botocore import xform_name
from msgspec import Struct

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "account.md"

TRANSACTION: Final = "TransactWriteItems"
# The words of a transaction's items, which IAM looks at instead of the transaction.
OF_TRANSACTIONS: Final = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
# Where IAM's name of an operation is not its own.
ACTIONS: Final = {
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
# What no operation shows: a version is read by the same GetObject.
UNSEEN_OF_A_WORKER: Final = {"s3:GetObjectVersion"}

# Whoever has credentials may ask whose they are: no policy needs to say so.
FREE: Final = {"sts:GetCallerIdentity"}


class Policies(Struct, frozen=True):
    """The actions that the page permits, role by role."""

    worker: set[str]
    reader: set[str]
    forget: set[str]  # besides what a reader may
    letters: set[str]  # of the dead-letter queue, besides what a reader may
    doctor: set[str]
    analyze: set[str]
    api: set[str]  # with the page


def permitted() -> Policies:
    """Answer what the policies of the page permit."""
    found = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return Policies(*(_actions(json.loads(policy)) for policy in found))


def action(service: str, operation: str) -> str:
    """Answer what IAM calls an operation that is no transaction."""
    assert operation != TRANSACTION
    name = f"{service}:{operation}"
    return ACTIONS.get(name, name)


def called() -> set[str]:
    """Answer the actions of all operations that stand in the code of `core.aws`."""
    operations = _operations()
    found: set[str] = set()
    for file in sorted((ROOT / "core" / "aws").glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for name in _names(tree):
            if name in operations:
                service, operation = operations[name]
                found |= _of_transactions() if operation == TRANSACTION else {action(service, operation)}
    return found


def _names(tree: ast.Module) -> Iterator[str]:
    """Yield every method that is called on something, and the first word that each paginator is asked for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr
            if node.func.attr == "get_paginator" and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)


def _of_transactions() -> set[str]:
    """Answer the actions of all transactions: their items are put together in several modules."""
    words = {
        node.value
        for file in (ROOT / "core" / "aws").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {OF_TRANSACTIONS["Put"], *(OF_TRANSACTIONS[word] for word in OF_TRANSACTIONS.keys() & words)}


def _operations() -> dict[str, tuple[str, str]]:
    """Answer the operations of the services that are used, by the names of their methods."""
    models = boto3.Session(region_name="us-east-1")._session  # noqa: SLF001 - boto3 itself names no operations
    return {
        xform_name(operation): (service, operation)
        for service in ("s3", "sqs", "dynamodb", "cloudwatch", "sns", "sts")
        for operation in models.get_service_model(service).operation_names
    }


def _actions(policy: dict[str, Any]) -> set[str]:
    return {name for statement in policy["Statement"] for name in statement["Action"]}
