"""What a receipt handle is good for: ministack is milder than SQS where it is old, and harder where it deletes."""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from local.engine import Engine
from local.wire import Answer, Request, json_answer, refusal

FORM: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # as ministack makes them
STALE: Final = "ReceiptHandleIsInvalid"
INVALID: Final = "InvalidParameterValue"
HIDDEN_S_MAX: Final = 12 * 3600  # from the receive


class _InFlight(Struct, frozen=True, kw_only=True):
    received_at: float
    hidden_until: float


class Receipts:
    """The handles under which messages are in flight, by the cloud's clock."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._in_flight: dict[str, _InFlight] = {}

    def reset(self) -> None:
        """Forget all handles."""
        self._in_flight.clear()

    async def receive(self, request: Request) -> Answer:
        """Answer ReceiveMessage."""
        answer = await self._engine.ask(request)
        messages = json.loads(answer.body).get("Messages", ()) if answer.status == 200 else ()
        if messages:
            now = self._clock()
            hidden_s = await self._visibility_s(json.loads(request.body), region=request.region)
            still = {handle: one for handle, one in self._in_flight.items() if one.hidden_until > now}
            new = _InFlight(received_at=now, hidden_until=now + hidden_s)
            self._in_flight = still | {message["ReceiptHandle"]: new for message in messages}
        return answer

    async def delete(self, request: Request) -> Answer:
        """Answer DeleteMessage: an old handle deletes nothing, and SQS says that it did."""
        answer = await self._engine.ask(request)
        stale = answer.status == 400 and json.loads(answer.body)["__type"] == STALE
        return json_answer({}) if stale and FORM.fullmatch(json.loads(request.body)["ReceiptHandle"]) else answer

    async def delete_batch(self, request: Request) -> Answer:
        """Answer DeleteMessageBatch, each entry as `delete` would."""
        answer = await self._engine.ask(request)
        if answer.status != 200:
            return answer
        handles = {entry["Id"]: entry["ReceiptHandle"] for entry in json.loads(request.body)["Entries"]}
        told = json.loads(answer.body)
        stale = [one for one in told["Failed"] if one["Code"] == STALE and FORM.fullmatch(handles[one["Id"]])]
        return json_answer(
            {
                "Successful": told["Successful"] + [{"Id": one["Id"]} for one in stale],
                "Failed": [one for one in told["Failed"] if one not in stale],
            }
        )

    async def hide(self, request: Request) -> Answer:
        """Answer ChangeMessageVisibility: only what is in flight can be hidden, and never beyond 12 hours."""
        wanted = json.loads(request.body)
        reason = self._refused(wanted)
        if reason is not None:
            return refusal(request, INVALID, reason)
        answer = await self._engine.ask(request)
        if answer.status == 200:
            self._note(wanted)
        return answer

    async def hide_batch(self, request: Request) -> Answer:
        """Answer ChangeMessageVisibilityBatch, each entry as `hide` would."""
        body = json.loads(request.body)
        reasons = {entry["Id"]: self._refused(entry) for entry in body["Entries"]}
        good = [entry for entry in body["Entries"] if reasons[entry["Id"]] is None]
        failed = [
            {"Id": name, "Code": INVALID, "Message": reason, "SenderFault": True}
            for name, reason in reasons.items()
            if reason is not None
        ]
        if failed and not good:
            return json_answer({"Successful": [], "Failed": failed})
        answer = await self._engine.ask(request.with_body(json.dumps({**body, "Entries": good}).encode()))
        if answer.status != 200:
            return answer
        told = json.loads(answer.body)
        done = {one["Id"] for one in told["Successful"]}
        for entry in good:
            if entry["Id"] in done:
                self._note(entry)
        return json_answer({**told, "Failed": told["Failed"] + failed})

    def _refused(self, wanted: dict[str, Any]) -> str | None:
        now = self._clock()
        handle = wanted["ReceiptHandle"]
        one = self._in_flight.get(handle)
        if one is None or one.hidden_until <= now:
            return (
                f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not"
                " available for visibility timeout change."
            )
        if now + int(wanted["VisibilityTimeout"]) > one.received_at + HIDDEN_S_MAX:
            return (
                f"Value {wanted['VisibilityTimeout']} for parameter VisibilityTimeout is invalid. Reason: Total"
                f" VisibilityTimeout for the message is beyond the limit [{HIDDEN_S_MAX} seconds]."
            )
        return None

    def _note(self, wanted: dict[str, Any]) -> None:
        handle = wanted["ReceiptHandle"]
        hidden_until = self._clock() + int(wanted["VisibilityTimeout"])
        self._in_flight[handle] = replace(self._in_flight[handle], hidden_until=hidden_until)

    async def _visibility_s(self, wanted: dict[str, Any], *, region: str | None) -> int:
        if wanted.get("VisibilityTimeout") is not None:
            return int(wanted["VisibilityTimeout"])
        asked = {"QueueUrl": wanted["QueueUrl"], "AttributeNames": ["VisibilityTimeout"]}
        body = json.dumps(asked).encode()
        answer = await self._engine.ask_json("sqs", "GetQueueAttributes", body, region=region)
        return int(json.loads(answer.body)["Attributes"]["VisibilityTimeout"])
