"""A signature is good for some minutes only. Whether it was made with the right key is not looked at."""

from datetime import UTC, datetime
from typing import Final

from local.wire import Answer, Protocol, Request, refusal

FORM: Final = "%Y%m%dT%H%M%SZ"


def refuse_stale(request: Request, *, now: float, age_s_max: float) -> Answer | None:
    """Answer as AWS does to a request whose signature is older or newer than it allows; else None."""
    signed = request.header("x-amz-date")
    if signed is None or "Credential=" not in (request.header("authorization") or ""):
        return None  # not signed: a presigned URL carries its own date
    signed_at = datetime.strptime(signed, FORM).replace(tzinfo=UTC).timestamp()
    if abs(now - signed_at) <= age_s_max:
        return None
    if request.protocol is Protocol.S3:
        message = "The difference between the request time and the current time is too large."
        return refusal(request, "RequestTimeTooSkewed", message, status=403)
    code = "InvalidSignatureException" if request.service == "dynamodb" else "SignatureDoesNotMatch"
    message = _expired(signed, now=now, age_s_max=age_s_max, late=now > signed_at)
    return refusal(request, code, message, status=400 if request.service == "dynamodb" else 403)


def _expired(signed: str, *, now: float, age_s_max: float, late: bool) -> str:
    words, edge = ("expired", "earlier") if late else ("not yet current", "later")
    limit = datetime.fromtimestamp(now - age_s_max if late else now + age_s_max, UTC)
    server = datetime.fromtimestamp(now, UTC)
    verb = "now" if late else "still"
    sign = "-" if late else "+"
    return (
        f"Signature {words}: {signed} is {verb} {edge} than {limit:{FORM}}"
        f" ({server:{FORM}} {sign} {age_s_max / 60:g} min.)"
    )
