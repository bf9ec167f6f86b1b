"""Who may ask."""

import hmac
from collections.abc import Callable, Sequence
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.problems import Forbidden, Unauthorized

ELSEWHERE: Final = frozenset({"cross-site", "same-site"})  # `none`: somebody typed the address
THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost", "::1"})

Guard = Callable[..., None]  # a dependency of routes


def is_one_of(tokens: Sequence[str], sent: str) -> bool:
    """Answer whether `sent` is one of `tokens`, in a time that says nothing of them."""
    # As bytes: a text that is not ASCII is none of ours, and no error.
    found = [hmac.compare_digest(token.encode(), sent.encode()) for token in tokens]
    return any(found)


def by_token(tokens: Sequence[str]) -> Guard:
    """Let in whoever sends one of `tokens`; else Unauthorized is raised."""
    bearer = HTTPBearer(auto_error=False, description="One of `LOGTALLY_API_TOKEN`.")

    def guard(sent: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        if sent is None:
            raise Unauthorized("send a token: -H 'Authorization: Bearer …', as LOGTALLY_API_TOKEN has it")
        if not is_one_of(tokens, sent.credentials):
            raise Unauthorized("this token is none of LOGTALLY_API_TOKEN")

    return guard


def anybody(request: Request) -> None:
    """Let in everybody but a browser that the page of somebody else sends: then Forbidden is raised."""
    if request.headers.get("sec-fetch-site") in ELSEWHERE:
        raise Forbidden("another site's page may not ask this")


def from_this_machine(request: Request) -> None:
    """Let in whoever calls this machine by its own name, as `anybody` does: a name of somebody else may lead here."""
    if request.url.hostname not in THIS_MACHINE:
        raise Forbidden("without a token this answers to 127.0.0.1 and localhost alone")
    anybody(request)
