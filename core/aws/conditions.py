"""The conditions of more than one write of the ledger, as DynamoDB takes them."""

from typing import Any, Final

ABSENT: Final = {"ConditionExpression": "attribute_not_exists(pk)"}


def rev_is(rev: int) -> dict[str, Any]:
    """Answer that a head is as it was read."""
    return {"ConditionExpression": "rev = :rev", "ExpressionAttributeValues": {":rev": {"N": str(rev)}}}
