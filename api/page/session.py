"""Who may look: a signed cookie for whoever has shown a token.

A cookie is signed with the token that was shown: without that token among the settings it is worth nothing, so changing
a token ends its sessions, and nothing has to be remembered here.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from fastapi import Request, Response
from itsdangerous import BadSignature, TimestampSigner

from api.guard import which_of
from core.limits import HOUR_S

COOKIE: Final = "logtally"
SALT: Final = "logtally.page"
SESSION_S_MAX: Final = 12 * HOUR_S  # a shift


class _Signer(TimestampSigner):
    def __init__(self, token: str, *, clock: Callable[[], float]) -> None:
        super().__init__(token, salt=SALT, key_derivation="hmac", digest_method=hashlib.sha256)
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock())


class Sessions:
    """The sessions of all tokens. None: everybody may look.

    `clock`: seconds since the epoch.
    """

    def __init__(self, tokens: tuple[str, ...], *, clock: Callable[[], float]) -> None:
        self.open = not tokens
        self._signers = {token: _Signer(token, clock=clock) for token in tokens}

    def may_look(self, request: Request) -> bool:
        """Answer whether whoever asks has a session that is not over, or needs none."""
        cookie = request.cookies.get(COOKIE)
        return self.open or (cookie is not None and any(_holds(signer, cookie) for signer in self._signers.values()))

    def token(self, shown: str) -> str | None:
        """Answer which token was shown, if it is one."""
        return which_of(self._signers, shown)

    def begin(self, response: Response, *, token: str, https: bool) -> None:
        """Let `response` set the cookie of a new session."""
        cookie = self._signers[token].sign(COOKIE).decode()
        response.set_cookie(COOKIE, cookie, max_age=SESSION_S_MAX, httponly=True, samesite="strict", secure=https)

    def end(self, response: Response, *, https: bool) -> None:
        """Let `response` take the cookie away."""
        response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=https)


def is_from_here(request: Request) -> bool:
    """Answer whether a request that changes something comes from a page of ours, and from no other site's.

    Browsers say so themselves. Where they don't (plain HTTP), the origin must be the host that was asked; behind a
    proxy that renames the host there is HTTPS, and they do. Whoever sends neither is no browser, and holds no cookie
    that somebody else could use.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


def _holds(signer: _Signer, cookie: str) -> bool:
    try:
        return signer.unsign(cookie, max_age=SESSION_S_MAX) == COOKIE.encode()
    except BadSignature:
        return False
