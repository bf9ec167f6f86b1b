"""Failures → `application/problem+json` (RFC 9457): which status, and a sentence that says what to do. One table."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from core.errors import Busy, Denied, KeyReused, LogtallyError, NotFound, Permanent, Throttled, Transient, Usage
from core.limits import NOTICE_BUSY_S
from core.printable import printable

MEDIA_TYPE: Final = "application/problem+json"
REFUSAL: Final = "logtally.refusal"  # in a scope: the status and the words for a body that is not read to its end
CLIENT_GONE: Final = 499  # as nginx names it; nobody reads it but the log

log = structlog.get_logger()


class Unauthorized(Usage):
    """No token, or none that we know."""


class Forbidden(Usage):
    """Something that nobody may ask for here."""


class TooLarge(Usage):
    """It takes longer than somebody with a browser waits, or is more than we take."""


class TooMany(Transient):
    """More is asked at once than we can answer."""


class NoAnswer(Transient):
    """AWS has not answered in time."""


class ClientGone(LogtallyError):
    """Nobody waits for the answer any more."""


class WrongParameter(BaseModel):
    """What is wrong with a parameter."""

    name: str
    problem: str


class Problem(BaseModel):
    """Why there is no answer, and what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    request_id: str
    parameters: list[WrongParameter] = []


# The first that fits decides.
_STATUSES: Final[tuple[tuple[type[LogtallyError], HTTPStatus], ...]] = (
    (Unauthorized, HTTPStatus.UNAUTHORIZED),
    (Forbidden, HTTPStatus.FORBIDDEN),
    (TooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (TooMany, HTTPStatus.TOO_MANY_REQUESTS),
    (Busy, HTTPStatus.CONFLICT),
    (KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (NoAnswer, HTTPStatus.GATEWAY_TIMEOUT),
    (NotFound, HTTPStatus.NOT_FOUND),
    (Usage, HTTPStatus.BAD_REQUEST),
    (Permanent, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Denied, HTTPStatus.SERVICE_UNAVAILABLE),
    (Throttled, HTTPStatus.SERVICE_UNAVAILABLE),
    (Transient, HTTPStatus.SERVICE_UNAVAILABLE),
)
_AGAIN_S: Final[Mapping[int, int]] = {409: NOTICE_BUSY_S, 429: 5, 503: 5, 504: 5}
_WORDS: Final[Mapping[int, str]] = {
    404: "there is nothing here: /docs says what there is",
    405: "not with this method: /docs says which",
}


def status_of(exc: LogtallyError) -> HTTPStatus:
    """Answer the status that a failure leads to."""
    return next((status for kind, status in _STATUSES if isinstance(exc, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Answer what the OpenAPI document says of these."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: schema}, "model": None}
        for status in statuses
    }


def problem(
    request: Request, status: int, detail: str, *, parameters: list[WrongParameter] | None = None
) -> JSONResponse:
    """Answer a problem."""
    body = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=printable(detail),
        request_id=request.scope.get("request_id", ""),
        parameters=parameters or [],
    )
    headers = {"Retry-After": str(_AGAIN_S[status])} if status in _AGAIN_S else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body.model_dump(), status, headers, media_type=MEDIA_TYPE)


def handle_in(app: FastAPI) -> None:
    """Let all failures of an app be answered as problems."""

    @app.exception_handler(ClientDisconnect)
    @app.exception_handler(ClientGone)
    async def _gone(request: Request, _exc: Exception) -> JSONResponse:
        # It has left; or we have stopped to listen, and of that it is told.
        refusal = request.scope.get(REFUSAL)
        return JSONResponse(None, CLIENT_GONE) if refusal is None else problem(request, *refusal)

    @app.exception_handler(LogtallyError)
    async def _known(request: Request, exc: LogtallyError) -> JSONResponse:
        status = status_of(exc)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("request.failed", why=str(exc))
        return problem(request, status, str(exc))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, exc: RequestValidationError) -> JSONResponse:
        wrong = [WrongParameter(name=str(error["loc"][-1]), problem=_said(error)) for error in exc.errors()]
        detail = "; ".join(f"{one.name}: {one.problem}" for one in wrong)
        return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, parameters=wrong)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, exc: HTTPException) -> JSONResponse:
        answer = problem(request, exc.status_code, _WORDS.get(exc.status_code, str(exc.detail)))
        answer.headers.update(exc.headers or {})
        if exc.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := _methods(app, request)):
            answer.headers["Allow"] = ", ".join(sorted(methods))
        return answer


def _methods(app: FastAPI, request: Request) -> set[str]:
    """Answer the methods of a path, of all its routes: Starlette says those of the first alone."""
    return {method.upper() for method in app.openapi()["paths"].get(request.url.path.removesuffix("/"), ())}


def _said(error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "missing":
            return "must be given"
        case "extra_forbidden":
            return "there is no such parameter"
        case _:
            text = str(error["msg"])
            return text[:1].lower() + text[1:]
