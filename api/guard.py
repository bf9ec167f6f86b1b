"""Who may ask."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.problems import Forbidden, Unauthorized

ELSEWHERE: Final = frozenset({"cross-site", "same-site"})  # `none`: somebody typed the address
THIS_MACHINE: Final = ("127.0.0.1", "::1", "localhost")  # by these names it is asked without a token
_AS_SENT: Final = "|".join(re.escape(f"[{name}]" if ":" in name else name) for name in THIS_MACHINE)
_BY_ITS_OWN_NAME: Final = re.compile(rf"({_AS_SENT})(:\d{{1,5}})?", re.ASCII)

Guard = Callable[..., None]  # a dependency of routes


def which_of(tokens: Iterable[str], sent: str) -> str | None:
    """Answer which of `tokens` was sent, if it is one, in a time that says nothing of them."""
    # As bytes: a text that is not ASCII is none of ours, and no error.
    digest = _digest(sent)
    found = [token for token in tokens if hmac.compare_digest(_digest(token), digest)]
    return found[0] if found else None


def by_token(tokens: Sequence[str]) -> Guard:
    """Let in whoever sends one of `tokens`; else Unauthorized is raised."""
    bearer = HTTPBearer(auto_error=False, description="One of `LOGTALLY_API_TOKEN`.")

    def guard(sent: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        if sent is None:
            raise Unauthorized("send a token: -H 'Authorization: Bearer …', as LOGTALLY_API_TOKEN has it")
        if which_of(tokens, sent.credentials) is None:
            raise Unauthorized("this token is none of LOGTALLY_API_TOKEN")

    return guard


def anybody(request: Request) -> None:
    """Let in everybody but a browser that the page of somebody else sends: then Forbidden is raised."""
    if request.headers.get("sec-fetch-site") in ELSEWHERE:
        raise Forbidden("another site's page may not ask this")


def by_its_own_name(request: Request) -> None:
    """Let in whoever calls this machine by its own name: one of somebody else may lead here. Else raise Forbidden."""
    # As it was sent: what Starlette can't read as a name it takes for our own.
    hosts = request.headers.getlist("host")
    if len(hosts) != 1 or not _BY_ITS_OWN_NAME.fullmatch(hosts[0]):
        raise Forbidden("without a token this answers to 127.0.0.1 and localhost alone")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
