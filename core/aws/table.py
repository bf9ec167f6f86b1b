"""The ledger's DynamoDB table: reads that get to all keys, and writes that repeat themselves while nobody can say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from core.aws import keys
from core.aws.errors import FAILED, translate
from core.errors import Denied, LogtallyError, Throttled, Transient, Usage
from core.facts import Expiry
from core.limits import BATCH_GET_MAX
from core.writers import Nonce

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, KeySchemaElementTypeDef

    from core.aws.keys import Item

WRITE_ATTEMPTS: Final = 3  # each is three of the SDK
WRITE_BACKOFF_S_BASE: Final = 0.1
WRITE_BACKOFF_S_MAX: Final = 1.0
REASON_NONE: Final = "None"
REASON_REFUSED: Final = "ConditionalCheckFailed"
REASONS_TRANSIENT: Final = {REASON_NONE, "TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"}
PUT: Final = "Put"
KEYS: Final = {"pk": "S", "sk": "S"}
RECENT: Final = "recent"  # the index
RECENT_KEYS: Final = {"day": "S", "at": "S"}
TYPES: Final = {"S": "a string", "N": "a number", "B": "bytes"}

Action = dict[str, dict[str, Any]]  # of a transaction, without the table's name


class Table:
    """One table, by items and keys. Safe to use from several threads.

    Everything raises NotFound, Usage, Denied, Throttled, Transient or Permanent, as `core.aws.errors` names them.
    """

    def __init__(
        self, client: "DynamoDBClient", name: str, *, sleep: Callable[[float], object], jitter: Callable[[], float]
    ) -> None:
        self._client = client
        self._name = name
        self._what = f"table {name}"
        self._sleep = sleep
        self._jitter = jitter

    def check(self, *, recent: bool = False) -> None:
        """Ask whether the table is one that can be a ledger; with `recent`, whether its index is there, too.

        Raises Usage if it is not: another key would let two items fall together, and errors be lost or counted twice.
        """
        try:
            table = self._client.describe_table(TableName=self._name)["Table"]
        except FAILED as exc:
            raise translate(exc, what=self._what) from exc
        types = {attribute["AttributeName"]: attribute["AttributeType"] for attribute in table["AttributeDefinitions"]}
        _must_be(KEYS, table["KeySchema"], types, what=self._what)
        if not recent:
            return
        index = next((index for index in table.get("GlobalSecondaryIndexes", ()) if index["IndexName"] == RECENT), None)
        if index is None:
            raise Usage(f"{self._what} has no index {RECENT}; it needs one by {_keys(RECENT_KEYS)}, of all attributes")
        _must_be(RECENT_KEYS, index["KeySchema"], types, what=f"{self._what}, index {RECENT}")
        if index["Projection"]["ProjectionType"] != "ALL":
            raise Usage(f"{self._what}, index {RECENT} does not hold all attributes; it needs the projection ALL")

    def expiry(self) -> Expiry:
        """Answer whether items go when their time is over."""
        try:
            told = self._client.describe_time_to_live(TableName=self._name)["TimeToLiveDescription"]
        except FAILED as exc:
            raise translate(exc, what=self._what) from exc
        enabled = told.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
        return Expiry(enabled=enabled, attribute=told.get("AttributeName"))

    def has_backups(self) -> bool:
        """Answer whether the table can be restored to any point in time."""
        try:
            told = self._client.describe_continuous_backups(TableName=self._name)["ContinuousBackupsDescription"]
        except FAILED as exc:
            raise translate(exc, what=self._what) from exc
        return told.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED"

    def check_read(self) -> None:
        """Ask whether the table may be read as it is now: by the first of the slots, if there is one."""
        next(self.query("pk = :writer", {":writer": keys.WRITER}, ConsistentRead=True), None)

    def get(
        self, keys: Sequence["Item"], *, attributes: tuple[str, ...] = ()
    ) -> Iterator[Mapping[str, "AttributeValueTypeDef"]]:
        """Yield the items of `keys` that are there, as they are now, in any order."""
        wanted: dict[str, Any] = {"ConsistentRead": True}
        if attributes:
            wanted["ExpressionAttributeNames"] = {f"#{name}": name for name in attributes}
            wanted["ProjectionExpression"] = ", ".join(wanted["ExpressionAttributeNames"])
        for start in range(0, len(keys), BATCH_GET_MAX):
            left: Sequence[Any] = keys[start : start + BATCH_GET_MAX]
            attempt = 0
            while left:
                try:
                    asked: Any = {self._name: {**wanted, "Keys": left}}
                    answer = self._client.batch_get_item(RequestItems=asked)
                except FAILED as exc:
                    raise translate(exc, what=self._what) from exc
                found = answer["Responses"].get(self._name, [])
                yield from found
                left = [key for unread in answer["UnprocessedKeys"].values() for key in unread["Keys"]]
                attempt = 0 if found else attempt + 1
                if attempt == WRITE_ATTEMPTS:
                    raise Throttled(f"{self._what}: DynamoDB does not get to our keys")
                if left:
                    self._back_off(attempt)

    def one(self, key: "Item") -> "Item | None":
        """Answer one item as it is now; None if it is not there."""
        try:
            return self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")
        except FAILED as exc:
            raise translate(exc, what=self._what) from exc

    def query(self, condition: str, values: Mapping[str, str], **more: Any) -> Iterator["Item"]:
        """Yield the items under one key, a page at a time. `more`: what else a `Query` takes, such as an index."""
        texts: dict[str, AttributeValueTypeDef] = {name: {"S": text} for name, text in values.items()}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name, KeyConditionExpression=condition, ExpressionAttributeValues=texts, **more
        )
        try:
            for page in pages:
                yield from page["Items"]
        except FAILED as exc:
            raise translate(exc, what=self._what) from exc

    def put(self, puts: Sequence[dict[str, Any]], *, token: Nonce | None) -> tuple[bool, ...]:
        """Put all of `puts`, or none, as `write` does."""
        return self.write([{PUT: put} for put in puts], token=token)

    def write(self, actions: Sequence[Action], *, token: Nonce | None) -> tuple[bool, ...]:
        """Do all of `actions`, or none. Answer for each whether its condition refused it; none refused: all are done.

        Repeats itself while nobody can say. Raises Transient if that lasts.
        """
        failure: LogtallyError | None = None
        for attempt in range(WRITE_ATTEMPTS):
            if failure is not None:
                self._back_off(attempt)
            try:
                self._send(actions, token=token)
            except ClientError as exc:
                reasons = _reasons(exc)
                if REASON_REFUSED in reasons:
                    return tuple(reason == REASON_REFUSED for reason in reasons)
                transient = reasons and REASONS_TRANSIENT.issuperset(reasons)
                failure = (
                    Transient(f"{self._what}: {', '.join(reasons)}") if transient else translate(exc, what=self._what)
                )
                cause: Exception = exc
            except FAILED as exc:
                failure = translate(exc, what=self._what)
                cause = exc
            else:
                return (False,) * len(actions)
            if not isinstance(failure, Transient) or isinstance(failure, Denied):
                break
        assert failure is not None
        raise failure from cause

    def _send(self, actions: Sequence[Action], *, token: Nonce | None) -> None:
        if len(actions) == 1 and PUT in actions[0]:
            self._client.put_item(TableName=self._name, **actions[0][PUT])
            return
        assert token is not None, "a transaction is recognised by its token"
        named: Any = [{kind: {"TableName": self._name, **what} for kind, what in action.items()} for action in actions]
        self._client.transact_write_items(TransactItems=named, ClientRequestToken=token)

    def _back_off(self, attempt: int) -> None:
        self._sleep(min(WRITE_BACKOFF_S_MAX, WRITE_BACKOFF_S_BASE * 2.0**attempt) * self._jitter())


def _must_be(
    wanted: Mapping[str, str], schema: Sequence["KeySchemaElementTypeDef"], types: Mapping[str, str], *, what: str
) -> None:
    ordered = sorted(schema, key=lambda key: key["KeyType"])  # HASH is before RANGE
    found = {key["AttributeName"]: types[key["AttributeName"]] for key in ordered}
    if list(found.items()) != list(wanted.items()):
        raise Usage(f"{what} has the key {_keys(found)}; it needs {_keys(wanted)}")


def _keys(keys: Mapping[str, str]) -> str:
    return " and ".join(f"{name} ({TYPES[kind]})" for name, kind in keys.items())


def _reasons(exc: ClientError) -> list[str]:
    """Answer why each item of a write was cancelled, in order; empty if that is not what went wrong."""
    code = exc.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return [REASON_REFUSED]
    if code != "TransactionCanceledException":
        return []
    reasons: list[dict[str, str]] = exc.response.get("CancellationReasons", [])  # type: ignore[assignment]  # not in the stubs
    return [reason.get("Code", REASON_NONE) for reason in reasons]
