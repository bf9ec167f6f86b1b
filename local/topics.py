"""SNS's Publish, which refuses what ministack lets through."""

import re
from typing import Any, Final

from local.engine import Engine
from local.wire import Answer, Protocol, Request, params, refusal

SUBJECT: Final = re.compile(r"[!-~][ -~]{0,99}")  # ASCII, without line breaks, beginning with no space


async def answer(engine: Engine, request: Request) -> Answer:
    """Answer one request to SNS."""
    if request.operation == "Publish" and request.protocol is Protocol.QUERY:
        wanted = params(request)
        if "Subject" in wanted and not SUBJECT.fullmatch(wanted["Subject"]):
            return refusal(request, "InvalidParameter", "Invalid parameter: Subject")
        for attribute in _attributes(wanted):
            if not any(attribute["Value"].values()):
                message = f"The message attribute '{attribute['Name']}' must contain non-empty message attribute value."
                return refusal(request, "ParameterValueInvalid", message)
    return await engine.ask(request)


def _attributes(wanted: dict[str, Any]) -> list[dict[str, Any]]:
    attributes: dict[str, dict[str, Any]] = wanted.get("MessageAttributes", {}).get("entry", {})
    return [
        {"Name": one["Name"], "Value": {name: value for name, value in one["Value"].items() if name != "DataType"}}
        for one in attributes.values()
    ]
